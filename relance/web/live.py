"""The live stream of a page: where it is, and the signed ticket that says which topics this page may follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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
    return format_html(
        '<meta name="relance-live" content="{}/live" data-ticket="{}">',
        settings.RELANCE_EDGE_URL,
        ticket(topics, datetime.now(UTC)),
    )
