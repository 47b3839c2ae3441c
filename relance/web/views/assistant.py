"""The Assistant's cards: put off, dismissed, brought back; and the alert of a first opening in any page (ENG-03)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from relance.agenda import alerts as agenda_alerts
from relance.agenda import assistant
from relance.agenda.waiting import waiting
from relance.lib import clock, zones
from relance.lib.refusal import Refused
from relance.team.models import User
from relance.web import format as fmt
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

HOURS = {"hour": 1, "hours": 3}
MORNING = 9


@require_POST
def act(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """One card: later, done with, or shown again."""
    user, now = user_of(request), clock.now()
    try:
        match verb:
            case "later":
                assistant.put_aside(key, by=user, now=now, until=_later(request.POST.get("for", ""), user, now))
                toast(request, _("Put off."), undo=reverse("card", args=[key, "back"]))
            case "done":
                assistant.put_aside(key, by=user, now=now)
                toast(request, _("Done with."), undo=reverse("card", args=[key, "back"]))
            case "back":
                assistant.bring_back(key, by=user)
    except Refused as refused:
        problem(request, str(refused))
    return redirect("today")


def _later(wanted: str, user: User, now: datetime) -> datetime:
    """In some hours, or tomorrow morning by her own clock."""
    if wanted in HOURS:
        return now + timedelta(hours=HOURS[wanted])
    local = now.astimezone(zones.zone(user.time_zone))
    return (local + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """What has just happened, as toasts for the page that is open; each is given out once."""
    news = agenda_alerts.take_new(user_of(request), now=clock.now())
    if not news:
        return HttpResponse(status=204)
    return render(request, "today/alerts.html", {"alerts": news})


@require_GET
def counts(request: HttpRequest) -> JsonResponse:
    """How much waits in each place of the side bar, as numbers and as they are written."""
    waits = asdict(waiting(user_of(request), now=clock.now()))
    return JsonResponse(
        {name: {"count": count, "told": fmt.figure(count, get_language())} for name, count in waits.items()}
    )
