"""The private calendar feed (API-05): its file for other programs, and the page where one gets or ends its address."""

from __future__ import annotations

from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from relance.agenda import feed
from relance.agenda.models import CalendarFeed
from relance.lib import clock
from relance.web.signed_in import user_of
from relance.web.toast import toast


@require_safe
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind an address; who knows the address needs no sign-in, so it is kept out of every cache."""
    user = feed.reader_of(token)
    if user is None:
        raise Http404
    with translation.override(user.language):
        told = feed.calendar(user, now=clock.now(), address=settings.RELANCE_URL).encode()
    tag = f'"{sha256(told).hexdigest()[:32]}"'
    known = request.headers.get("If-None-Match") == tag
    answer = HttpResponse(b"" if known else told, status=304 if known else 200)
    answer["Content-Type"] = "text/calendar; charset=utf-8"
    answer["Content-Disposition"] = 'inline; filename="relance.ics"'
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def page(request: HttpRequest) -> HttpResponse:
    """One's address, once it is made."""
    user = user_of(request)
    if request.method == "POST":
        return _change(request)
    known = CalendarFeed.objects.filter(user=user).first()
    path = reverse("calendar-file", args=[feed.token_of(known)]) if known else ""
    return render(request, "profile/calendar.html", {"address": f"{settings.RELANCE_URL}{path}" if path else ""})


def _change(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.POST.get("act") == "withdraw":
        feed.withdraw(user)
        toast(request, _("The address leads nowhere any more."))
    else:
        feed.renew(user, now=clock.now())
        toast(request, _("The address is made. An older one leads nowhere any more."))
    return redirect("calendar-feed")
