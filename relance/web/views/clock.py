"""The demo's clock: what time it is here, and a form that moves it (ADM-06)."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from relance.lib import clock
from relance.team.models import Organisation
from relance.team.workspace import organisation, reset_clock
from relance.web.toast import toast
from relance.web.way_back import way_back

SPANS = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
}


def page(request: HttpRequest) -> HttpResponse:
    """Show the clock, or move it. Only in a demo or test workspace."""
    if organisation().workspace == Organisation.Workspace.PRODUCTION:
        raise Http404
    if request.method == "POST":
        _move(request)
        return redirect(way_back(request, "back", "clock"))
    context = {"offset": clock.offset(), "real": clock.now() - clock.offset(), "live_topics": ["clock"]}
    return render(request, "clock/page.html", context)


def _move(request: HttpRequest) -> None:
    if request.POST.get("reset"):
        reset_clock()
        toast(request, _("The clock shows the real time again."))
        return
    span = SPANS.get(request.POST.get("advance", ""))
    if span is not None:
        app.configure_task("relance.travel", queue="clock").defer(seconds=span.total_seconds())
        toast(request, _("The clock is running ahead. Watch people read, click and answer."))
