"""The live stream of a page: where it is, and the signed ticket that says which topics this page may follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from relance.lib import keys, tokens

LIFE = timedelta(hours=12)
SHARED = ("clock",)


def ticket(topics: Sequence[str], now: datetime) -> str:
    """A ticket for these topics, good for half a day; the edge checks it without a database."""
    return tokens.sign_ticket(keys.derive(settings.SECRET, "live"), [*SHARED, *topics], now + LIFE)


def meta(topics: Sequence[str]) -> SafeString:
    """The meta element that `live.js` reads; nothing where the live stream is off. Tickets live by the real time."""
    if not settings.LIVE:
        return SafeString("")
    now = datetime.now(UTC)
    return _meta(
        tuple(topics), settings.RELANCE_EDGE_URL, now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    )


@lru_cache(256)
def _meta(topics: tuple[str, ...], edge: str, moment: datetime) -> SafeString:
    """One signature serves all pages of five minutes: most of them follow the same topics (L1)."""
    return format_html('<meta name="relance-live" content="{}/live" data-ticket="{}">', edge, ticket(topics, moment))
