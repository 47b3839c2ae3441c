"""Working days, holidays, hours and zones: when something that was promised falls due (SEQ-04, SEQ-05). *(pure)*

    elapsed(sent_at, timedelta(days=1), zone=paris, work=work)      # exactly 24 hours, then out of the week-end
    working_days_after(now, 3, zone=paris, work=work)               # counted strictly after that day
    at_hour(moment, time(9), zone=paris, work=work, after=sent_at)  # at nine, on the day that was reached

A time reached by elapsed hours is not touched by a change of the clocks. A time set by the clock that does not exist
(02:30 in spring) becomes one hour later, one that exists twice is the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset(range(5))
DAY = timedelta(days=1)
FURTHEST = 400
"""After so many days off in a row, a day is taken as it comes."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The days (Monday is 0) and hours of a house, and the dates on which it is closed."""

    days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    opens: time = time(9)
    closes: time = time(18)

    def is_on(self, day: date) -> bool:
        """Whether somebody works on this day."""
        return day.weekday() in self.days and day not in self.holidays


def elapsed(start: datetime, wait: timedelta, *, zone: ZoneInfo, work: Work) -> datetime:
    """So much later by the watch; if that is a day off, the next working day at the same local time."""
    return rolled(start + wait, zone=zone, work=work)


def rolled(moment: datetime, *, zone: ZoneInfo, work: Work) -> datetime:
    """The moment itself on a working day, else the next working day at the same local time."""
    local = moment.astimezone(zone)
    day = working_day(local.date(), work=work)
    return moment if day == local.date() else by_the_clock(day, local.time(), zone=zone)


def working_day(day: date, *, work: Work) -> date:
    """This day, or the first working day after it."""
    found = day
    for _ in range(FURTHEST):
        if work.is_on(found):
            return found
        found += DAY
    return day


def working_days_after(start: datetime, count: int, *, zone: ZoneInfo, work: Work) -> datetime:
    """So many working days later, counted strictly after the day of `start`, at the same local time.

    Saturday and one more is Monday. None at all is the moment itself, moved out of the days off.
    """
    local = start.astimezone(zone)
    if count <= 0:
        return rolled(start, zone=zone, work=work)
    day = local.date()
    for _ in range(count):
        day = working_day(day + DAY, work=work)
    return by_the_clock(day, local.time(), zone=zone)


def at_hour(moment: datetime, hour: time, *, zone: ZoneInfo, work: Work, after: datetime) -> datetime:
    """That hour on the local date of `moment`; on the next day only where it would lie before `after`."""
    day = working_day(moment.astimezone(zone).date(), work=work)
    found = by_the_clock(day, hour, zone=zone)
    if found < after:
        found = by_the_clock(working_day(day + DAY, work=work), hour, zone=zone)
    return found


def next_hour(moment: datetime, hour: time, *, zone: ZoneInfo, work: Work) -> datetime:
    """The first time after `moment` that this hour strikes on a working day."""
    day = moment.astimezone(zone).date()
    return at_hour(by_the_clock(day, hour, zone=zone), hour, zone=zone, work=work, after=moment)


def into_hours(moment: datetime, *, zone: ZoneInfo, work: Work) -> datetime:
    """The moment itself within working hours, else the next opening."""
    local = moment.astimezone(zone)
    if work.is_on(local.date()) and work.opens <= local.time() < work.closes:
        return moment
    day = local.date() if local.time() < work.opens else local.date() + DAY
    return by_the_clock(working_day(day, work=work), work.opens, zone=zone)


def is_within(moment: datetime, *, zone: ZoneInfo, work: Work) -> bool:
    """Whether somebody is at work then."""
    return into_hours(moment, zone=zone, work=work) == moment


def by_the_clock(day: date, hour: time, *, zone: ZoneInfo) -> datetime:
    """A local time as a moment in UTC: one hour later where it does not exist, the first where it exists twice."""
    wanted = datetime.combine(day, hour.replace(tzinfo=None, fold=0), tzinfo=zone)
    return wanted.astimezone(UTC)
