"""How fast, and when again: caps, gaps, retries and the hours in which mass mails may start. *(pure)*

next_slot(Cap(limit=100, window=timedelta(hours=1)), usage, now=now)       # CAMP-04, SEQ-15
retry_at(attempt, now=now, first_try_at=first, rng=rng)                    # Retry(at) or GiveUp(reason): D6
mass_start(wanted_at, started=starts, zone=zone)                           # Start(at, moved): MASS-03
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

NO_GAP = timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most ``limit`` mails in any ``window``, and at least ``gap`` between two."""

    limit: int
    window: timedelta = timedelta(hours=1)
    gap: timedelta = NO_GAP


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What was sent in the window that ends now: how many, the oldest of them, and the last ever."""

    count: int = 0
    oldest_at: datetime | None = None
    last_at: datetime | None = None


def room(cap: Cap, usage: Usage) -> int:
    """How many more may go in this window."""
    return max(0, cap.limit - usage.count)


def next_slot(cap: Cap, usage: Usage, *, now: datetime) -> datetime:
    """The first moment at which one more may go; ``now`` when it may go at once."""
    slot = now
    if not room(cap, usage):
        slot = max(slot, (usage.oldest_at or now) + cap.window)
    if usage.last_at:
        slot = max(slot, usage.last_at + cap.gap)
    return slot


FIRST_DELAY = timedelta(minutes=5)  # greylisting is mostly over by then
LONGEST_DELAY = timedelta(hours=4)
JITTER = 0.3
GIVE_UP_AFTER = timedelta(hours=48)


class GiveUpReason(StrEnum):
    """Why no more attempts are made."""

    TRIED_LONG_ENOUGH = "tried_long_enough"


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again; the mail failed after ``tried_for``."""

    reason: GiveUpReason
    tried_for: timedelta


def retry_at(
    attempt: int, *, now: datetime, first_try_at: datetime, rng: Random, give_up_after: timedelta = GIVE_UP_AFTER
) -> Retry | GiveUp:
    """When to try again after the ``attempt``-th refusal (from 1): each wait about twice the last, never in step with
    other mails, a last try at the very end of the time allowed (D6)."""
    deadline = first_try_at + give_up_after
    if now >= deadline:
        return GiveUp(GiveUpReason.TRIED_LONG_ENOUGH, now - first_try_at)
    doubled = FIRST_DELAY * 2 ** min(max(attempt, 1) - 1, 10)
    delay = min(doubled, LONGEST_DELAY) * (1 + JITTER * rng.random())
    return Retry(min(now + delay, deadline))


@dataclass(frozen=True, slots=True)
class Start:
    """When a mass mail starts; ``moved`` when the hour it asked for was full."""

    at: datetime
    moved: bool


def mass_start(wanted_at: datetime, *, started: Iterable[datetime], zone: ZoneInfo, limit: int = 3) -> Start:
    """The time asked for, or the next clock hour of the organisation's zone with room (MASS-03). An immediate mail
    that would be moved is refused by its action. Raises ValueError when no hour can ever have room."""
    if limit < 1:
        raise ValueError("no mass mail may ever start")
    taken = Counter(hour_of(start, zone) for start in started)
    hour = hour_of(wanted_at, zone)
    if taken[hour] < limit:
        return Start(wanted_at, moved=False)
    while taken[hour] >= limit:
        hour = hour_of(hour + timedelta(hours=1), zone)
    return Start(hour, moved=True)


def in_same_hour(wanted_at: datetime, others: Iterable[datetime], zone: ZoneInfo) -> int:
    """How many of the others fall into the same clock hour of the zone."""
    hour = hour_of(wanted_at, zone)
    return sum(hour_of(other, zone) == hour for other in others)


def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """The beginning, in UTC, of the clock hour that a moment lies in; the hour that comes twice in autumn is two."""
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
