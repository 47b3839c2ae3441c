"""What "in the last 30 days" or "before 1 March" means for a field: from when, and until just before when. *(pure)*

Days are those of the asker's calendar; a day of a moment reaches from midnight to midnight where the asker lives.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from relance.lib import periods, written
from relance.lib.criteria import Operator
from relance.lib.periods import Period

Op = Operator
When = TypeVar("When", date, datetime)
FIRST, LAST = date(1, 1, 3), date(9999, 12, 28)  # beyond these no zone can tell a midnight
Ends = tuple[date | None, date | None]
Moments = tuple[datetime | None, datetime | None]


def days(operator: Operator, given: tuple[str, ...], *, today: date) -> Ends:
    """The first day, and the first one after; None is open. Raises ValueError."""
    if operator is Op.DURING:
        return periods.bounds(Period(given[0]), today)
    if operator in (Op.LAST, Op.NEXT, Op.OLDER):
        there = periods.moved(today, periods.span(given[0]), 1 if operator is Op.NEXT else -1)
        ends = {Op.LAST: (there, _after(today)), Op.NEXT: (today, _after(there)), Op.OLDER: (None, there)}
        return ends[operator]
    first, last = written.day(given[0]), written.day(given[-1])
    return _ends(operator, (first, _after(first)), (last, _after(last)))


def moments(operator: Operator, given: tuple[str, ...], *, now: datetime, zone: ZoneInfo) -> Moments:
    """The first moment, and the first one after; None is open. Spans count back from this very moment.

    Raises ValueError.
    """
    here = now.astimezone(zone)
    if operator in (Op.LAST, Op.NEXT, Op.OLDER):
        day = periods.moved(here.date(), periods.span(given[0]), 1 if operator is Op.NEXT else -1)
        there = datetime.combine(_safe(day), here.timetz())
        soon = now + timedelta(seconds=1)
        return {Op.LAST: (there, soon), Op.NEXT: (now, there), Op.OLDER: (None, there)}[operator]
    if operator is Op.DURING:
        first, after = periods.bounds(Period(given[0]), here.date())
        return _midnight(first, zone), _midnight(after, zone)
    return _ends(operator, _stretch(given[0], zone), _stretch(given[-1], zone))


def _ends(operator: Operator, first: tuple[When, When], last: tuple[When, When]) -> tuple[When | None, When | None]:
    match operator:
        case Op.BEFORE:
            return None, first[0]
        case Op.AFTER:
            return first[1], None
        case Op.AT_LEAST:
            return first[0], None
        case Op.AT_MOST:
            return None, first[1]
        case _:
            return first[0], last[1]


def _stretch(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A day from its midnight to the next one; a moment to the next second."""
    if ":" in text:
        moment = written.moment(text, zone)
        return moment, moment + timedelta(seconds=1)
    day = written.day(text)
    return _midnight(day, zone), _midnight(_after(day), zone)


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _safe(day: date) -> date:
    return min(max(day, FIRST), LAST)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(_safe(day), time.min, zone)
