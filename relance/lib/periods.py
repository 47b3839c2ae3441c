"""Stretches of days that are told from today: the last 30 days, this quarter. *Pure.*"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SPAN = re.compile(r"([1-9]\d{0,3})([dwmy])")


class Unit(StrEnum):
    """What a span is counted in."""

    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


@dataclass(frozen=True)
class Span:
    """So many days, weeks, months or years."""

    number: int
    unit: Unit


class Period(StrEnum):
    """A stretch of the calendar; weeks begin on Monday (ISO 8601)."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    NEXT_WEEK = "next_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    NEXT_MONTH = "next_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    NEXT_QUARTER = "next_quarter"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    NEXT_YEAR = "next_year"


MONTHS = {"month": 1, "quarter": 3, "year": 12}
AWAY = {"last": -1, "this": 0, "next": 1, "yesterday": -1, "today": 0, "tomorrow": 1}


def span(text: str) -> Span:
    """`30d`, `6w`, `3m`, `1y`. Raises ValueError."""
    found = SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Span(int(found[1]), Unit(found[2]))


def moved(day: date, by: Span, sign: int) -> date:
    """The day so much later (sign 1) or earlier (-1); the 31st becomes the last day of a shorter month.

    Stops at the ends of the calendar.
    """
    try:
        if by.unit in (Unit.DAY, Unit.WEEK):
            return day + sign * timedelta(days=by.number * (7 if by.unit is Unit.WEEK else 1))
        return _months(day, sign * by.number * (12 if by.unit is Unit.YEAR else 1))
    except (ValueError, OverflowError):
        return date.max if sign > 0 else date.min


def _months(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def bounds(period: Period, today: date) -> tuple[date, date]:
    """The first day of a period, and the first one after it."""
    which, _, what = period.partition("_")
    if not what:
        start = today + timedelta(days=AWAY[which])
        return start, start + timedelta(days=1)
    if what == "week":
        start = today - timedelta(days=today.weekday()) + timedelta(weeks=AWAY[which])
        return start, start + timedelta(weeks=1)
    length = MONTHS[what]
    first = date(today.year, (today.month - 1) // length * length + 1, 1)
    return _months(first, length * AWAY[which]), _months(first, length * (AWAY[which] + 1))
