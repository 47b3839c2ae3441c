"""Who calls: a bearer token, its scope, and how often it may call."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.team.actions import holder_of
from relance.team.models import ApiToken, User
from relance.team.policy import Forbidden

CALLS_A_MINUTE = 600
READING = ("GET", "HEAD", "OPTIONS")


class TooManyCalls(Refused):
    """More calls in this minute than one token may make."""


class Caller(HttpRequest):
    """A request of the API: its user is known."""

    user: User
    token: ApiToken


class Key(HttpBearer):
    """`Authorization: Bearer relance_...`"""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token, if it opens anything. Raises Forbidden for a write with a reading token, TooManyCalls."""
        found = holder_of(token, now=clock.now())
        if found is None:
            return None
        request.user = found.user
        if not request.headers.get("Accept-Language"):
            translation.activate(found.user.language)
        count(found)
        if found.scope == ApiToken.Scope.READ and request.method not in READING:
            raise Forbidden(_("This token only reads. Make one that writes."))
        return found


def count(token: ApiToken) -> None:
    """Count one call of this token in this minute. Raises TooManyCalls."""
    minute = f"api-calls:{token.pk}:{int(clock.now().timestamp() // 60)}"
    calls = cache.get_or_set(minute, 0, timeout=120) or 0
    if calls >= CALLS_A_MINUTE:
        raise TooManyCalls(
            _("This token has made %(limit)d calls in this minute. Wait for the next one.") % {"limit": CALLS_A_MINUTE}
        )
    cache.set(minute, calls + 1, timeout=120)
