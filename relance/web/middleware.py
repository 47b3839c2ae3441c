"""The surroundings of a request: the language and the time zone of the person who asks."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from relance.records import definitions
from relance.team import policy
from relance.team.models import User
from relance.web import arrivals


class Surroundings:
    """Speak the language of the person signed in, tell the hours of her time zone, and read custom fields once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with arrivals.awaited(), definitions.remembering():
            return self._surrounded(request)

    def _surrounded(self, request: HttpRequest) -> HttpResponse:
        # Who asks is looked up for every request: from here on it is she herself, not a promise of her (L1).
        user = request.user = get_user(request)
        if not isinstance(user, User):
            with timezone.override(timezone.get_default_timezone()):
                return self.get_response(request)
        if (arrival := arrivals.present()) is not None and arrival.user_id == user.pk:
            definitions.begin(arrival.edition)
            policy.lend(user, definitions.once("grants", lambda: policy.grants_of(user)))
        with translation.override(user.language), timezone.override(zone(user.time_zone)):
            request.LANGUAGE_CODE = user.language
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", user.language)
            return answer


def zone(name: str) -> ZoneInfo:
    """A time zone by its name; the installation's own where the name is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)
