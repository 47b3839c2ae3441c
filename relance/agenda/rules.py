"""When something is overdue, due today or this week, and the weeks of a calendar *(pure)*: by the reader's day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

END_OF_WORK = time(18)
"""What a day without an hour means for something to be done."""
QUARTER = timedelta(minutes=15)
WEEK = timedelta(days=7)


class When(StrEnum):
    """How near something is, as lists and Today tell it."""

    OVERDUE = "overdue"
    TODAY = "today"
    TOMORROW = "tomorrow"
    WEEK = "week"
    LATER = "later"
    NONE = "none"


def when(due_at: datetime | None, *, now: datetime, zone: ZoneInfo) -> When:
    """How near a due time is; what is past is overdue, also today."""
    if due_at is None:
        return When.NONE
    if due_at < now:
        return When.OVERDUE
    day, today = due_at.astimezone(zone).date(), now.astimezone(zone).date()
    if day <= today + timedelta(days=1):
        return When.TODAY if day == today else When.TOMORROW
    return When.WEEK if day < monday(today) + WEEK else When.LATER


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there, also where the clocks change."""
    return datetime.combine(day, time.min, zone)


def span(near: When, *, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From when until when (not included) something is due to be `near`: today is the whole day, also what is past.

    This week ends with its Sunday and holds today.
    """
    today = now.astimezone(zone).date()
    day = timedelta(days=1)
    match near:
        case When.OVERDUE:
            return None, now
        case When.TODAY:
            return midnight(today, zone), midnight(today + day, zone)
        case When.TOMORROW:
            return midnight(today + day, zone), midnight(today + 2 * day, zone)
        case When.WEEK:
            return midnight(today, zone), midnight(monday(today) + WEEK, zone)
        case When.LATER:
            return midnight(monday(today) + WEEK, zone), None
        case When.NONE:
            return None, None


def monday(day: date) -> date:
    """The first day of its week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def weeks_of(month: date) -> Iterator[list[date]]:
    """The weeks that a sheet of this month shows, whole ones from Monday to Sunday."""
    first = month.replace(day=1)
    start = monday(first)
    while start < first or start.month == first.month:
        yield [start + timedelta(days=number) for number in range(7)]
        start += WEEK


def next_month(month: date, by: int = 1) -> date:
    """The first day of the month `by` months further."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def at_work(day: date, zone: ZoneInfo) -> datetime:
    """The moment that a day without an hour stands for."""
    return datetime.combine(day, END_OF_WORK, zone)


def soon(now: datetime) -> datetime:
    """The next quarter of an hour: when a call is proposed to begin."""
    past = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now - past + (QUARTER if past else timedelta(0))
