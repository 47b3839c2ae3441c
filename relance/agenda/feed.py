"""A colleague's calls and tasks as a calendar file behind a private address (API-05, RFC 5545).

The address holds a random part and a signature of it by the installation's secret, so that neither a backup nor a
guess opens it. Tasks are events too, since most calendars show no to-dos (`docs/decisions/0011-tasks-are-events.md`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.agenda.links import Named, abouts
from relance.agenda.models import CalendarFeed, Call, Priority, Task
from relance.lib import keys
from relance.lib.content_lines import joined, line, raw
from relance.team.models import User
from relance.team.workspace import organisation

PAST, AHEAD = timedelta(days=90), timedelta(days=400)
MOST = 2_000
TASK_LENGTH = 15  # minutes
SIGNATURE = 32  # characters
PRIORITIES = {Priority.HIGH: "1", Priority.NORMAL: "5", Priority.LOW: "9"}


def token_of(feed: CalendarFeed) -> str:
    """What stands in the address."""
    return f"{feed.nonce}-{_signature(feed.nonce)}"


def _signature(nonce: str) -> str:
    key = keys.derive(settings.SECRET, "calendar feed")
    return hmac.new(key, nonce.encode(), "sha256").hexdigest()[:SIGNATURE]


@transaction.atomic
def renew(user: User, *, now: datetime) -> CalendarFeed:
    """A new address; the old one, if there was one, leads nowhere from now on."""
    feed, _made = CalendarFeed.objects.update_or_create(
        user=user, defaults={"nonce": secrets.token_hex(16), "made_at": now}
    )
    return feed


def withdraw(user: User) -> None:
    """No address leads to this calendar any more."""
    CalendarFeed.objects.filter(user=user).delete()


def reader_of(token: str) -> User | None:
    """Whose calendar an address shows; None for one that is not ours, not any more, or of somebody who has left."""
    nonce, _dash, signature = token.partition("-")
    if not hmac.compare_digest(signature.encode(), _signature(nonce).encode()):
        return None
    feed = CalendarFeed.objects.filter(nonce=nonce, user__is_active=True).select_related("user__role").first()
    return feed.user if feed else None


def calendar(user: User, *, now: datetime, address: str) -> str:
    """One's calls and tasks with a date, of the last three months and the next year. `address` begins links to them."""
    rows = [*_rows(Call, user, now), *_rows(Task, user, now)]
    name = f"Relance, {user}"
    return joined(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Relance//Relance//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            line("NAME", name),
            line("X-WR-CALNAME", name),
            raw("REFRESH-INTERVAL", "PT15M", value="DURATION"),
            "X-PUBLISHED-TTL:PT15M",
            *_events(rows, user, address),
            "END:VCALENDAR",
        )
    )


def _rows(model: type[Task] | type[Call], user: User, now: datetime) -> list[Task | Call]:
    rows = model.objects.visible_to(user).filter(owner=user, due_at__gte=now - PAST, due_at__lt=now + AHEAD)
    return list(rows.exclude(status="dropped").order_by("-due_at", "-id")[:MOST])


def _events(rows: Iterable[Task | Call], user: User, address: str) -> Iterator[str]:
    house = str(organisation().installation)
    for model in (Call, Task):
        mine = [row for row in rows if isinstance(row, model)]
        named = abouts([vars(row) for row in mine], user)
        for row in mine:
            yield from _event(row, named[row.pk], house, address)


def _event(row: Task | Call, about: list[Named], house: str, address: str) -> Iterator[str]:
    kind = "call" if isinstance(row, Call) else "task"
    page = f"{address}/{kind}s/{row.pk}"
    minutes = row.minutes if isinstance(row, Call) else TASK_LENGTH
    names = ", ".join(one.name for one in about)
    assert row.due_at is not None  # only rows with a date are asked for
    yield "BEGIN:VEVENT"
    yield f"UID:{kind}-{row.pk}@{house}"
    yield f"DTSTAMP:{_moment(row.updated_at)}"
    yield f"CREATED:{_moment(row.created_at)}"
    yield f"LAST-MODIFIED:{_moment(row.updated_at)}"
    yield f"DTSTART:{_moment(row.due_at)}"
    yield f"DURATION:PT{max(minutes, 1)}M"
    yield line("SUMMARY", f"{'✓ ' if row.done_at else ''}{row.subject}{f' ({names})' if names else ''}")
    yield line("DESCRIPTION", "\n".join(part for part in (row.note, page) if part))
    yield raw("URL", page)
    yield line("CATEGORIES", str(_("Call") if kind == "call" else _("Task")))
    yield f"PRIORITY:{PRIORITIES[Priority(row.priority)]}"
    yield "STATUS:CONFIRMED"
    yield f"TRANSP:{'OPAQUE' if kind == 'call' and not row.done_at else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    """In UTC: every calendar shows it by its own clock, also where the clocks change (RFC 5545 section 3.3.5)."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
