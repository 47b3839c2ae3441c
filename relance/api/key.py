"""Who calls: a bearer token, its scope, and how often it may call."""

from __future__ import annotations

from dataclasses import dataclass

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
MINUTE = 60
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, kw_only=True)
class Calls:
    """How many calls a token may make in this minute, how many are left, and the seconds until the next one."""

    limit: int
    left: int
    reset: int

    def headers(self) -> dict[str, int]:
        """As callers read it."""
        return {"RateLimit-Limit": self.limit, "RateLimit-Remaining": max(self.left, 0), "RateLimit-Reset": self.reset}


class TooManyCalls(Refused):
    """More calls in this minute than one token may make; `wait` in seconds."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(
            _("This token has made %(limit)d calls in this minute. Wait for the next one.") % {"limit": calls.limit}
        )
        self.wait = calls.reset


class Caller(HttpRequest):
    """A request of the API: its user is known."""

    user: User
    token: ApiToken
    calls: Calls


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
        calls = count(found)
        request.calls = calls  # type: ignore[attr-defined]
        if calls.left < 0:
            raise TooManyCalls(calls)
        if found.scope == ApiToken.Scope.READ and request.method not in READING:
            raise Forbidden(_("This token only reads. Make one that writes."))
        return found


def count(token: ApiToken) -> Calls:
    """Count one call of this token in this minute; `left` is below zero when it is one too many."""
    second = int(clock.now().timestamp())
    minute = f"api-calls:{token.pk}:{second // MINUTE}"
    made = (cache.get(minute) or 0) + 1
    if made <= CALLS_A_MINUTE:
        cache.set(minute, made, timeout=2 * MINUTE)
    return Calls(limit=CALLS_A_MINUTE, left=CALLS_A_MINUTE - made, reset=MINUTE - second % MINUTE)
