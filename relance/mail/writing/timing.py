"""When a mail should arrive: the recipient's working hours and habits, by her own clock *(pure)* (ENG-04, D365-06).

    propose(now, zone=zone, work=work, opens=())      # the next good moment, and its reason

Where somebody is, is told by `relance.lib.whereabouts`: contact's field > account > country > telephone > sender.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from relance.lib import worktime
from relance.lib.worktime import Work

ENOUGH = 5
"""Openings from which a habit is read; fewer say nothing."""
SETTLED = 10
"""Minutes after the hour at which a mail is proposed: not among all those that leave on the hour."""


class Reason(StrEnum):
    """Why this moment."""

    NOW = "now"  # it is a good moment already
    HABIT = "habit"  # the hour at which this person opens most
    HOURS = "hours"  # the next working hours


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A moment with its reason; `openings` is how many a habit was read from."""

    at: datetime
    reason: Reason
    openings: int = 0


def is_outside(at: datetime, *, zone: ZoneInfo, work: Work) -> bool:
    """Whether the recipient is not at work then."""
    return not worktime.is_within(at, zone=zone, work=work)


def favourite_hour(opens: Iterable[datetime], *, zone: ZoneInfo, work: Work) -> tuple[int | None, int]:
    """The working hour at which somebody opens most, and from how many openings that is read."""
    hours = [
        local.hour
        for local in (at.astimezone(zone) for at in opens)
        if work.is_on(local.date()) and work.opens <= local.time() < work.closes
    ]
    if len(hours) < ENOUGH:
        return None, len(hours)
    (hour, _count), *_rest = sorted(Counter(hours).items(), key=lambda pair: (-pair[1], pair[0]))
    return hour, len(hours)


def propose(now: datetime, *, zone: ZoneInfo, work: Work, opens: Iterable[datetime]) -> Proposal:
    """The next good moment to arrive: at the hour of habit, else within working hours."""
    hour, count = favourite_hour(opens, zone=zone, work=work)
    if hour is not None:
        local = now.astimezone(zone)
        if local.hour == hour and not is_outside(now, zone=zone, work=work):
            return Proposal(at=now, reason=Reason.HABIT, openings=count)
        start = max(work.opens, work.opens.replace(hour=hour, minute=SETTLED))
        return Proposal(at=worktime.next_hour(now, start, zone=zone, work=work), reason=Reason.HABIT, openings=count)
    if not is_outside(now, zone=zone, work=work):
        return Proposal(at=now, reason=Reason.NOW)
    opening = worktime.into_hours(now, zone=zone, work=work)
    return Proposal(at=opening + timedelta(minutes=SETTLED), reason=Reason.HOURS)
