"""When a step falls due, which one comes next, where an edit leaves people, what a sequence would do. *(pure)*"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from zoneinfo import ZoneInfo

from relance.lib import worktime
from relance.lib.worktime import Work

LATE = timedelta(hours=2)
"""A step that is later than this, as after an outage, does not leave in the night (SPEC section 12)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepFacts:
    """What decides when a step runs. `key` is the same step in every version."""

    key: str
    is_mail: bool
    wait: timedelta = timedelta(0)
    days: int = 0
    hour: time | None = None


def due_at(step: StepFacts, *, after: datetime, zone: ZoneInfo, work: Work) -> datetime:
    """When a mail leaves, counted from the step before; a task appears at once (SEQ-05)."""
    if not step.is_mail:
        return after
    due = worktime.elapsed(after, step.wait, zone=zone, work=work)
    return worktime.at_hour(due, step.hour, zone=zone, work=work, after=after) if step.hour else due


def task_due(step: StepFacts, *, begun: datetime, zone: ZoneInfo, work: Work) -> datetime:
    """By when a task is to be done: working days, counted strictly after the day on which it appears."""
    due = worktime.working_days_after(begun, step.days, zone=zone, work=work)
    return worktime.at_hour(due, step.hour, zone=zone, work=work, after=begun) if step.hour else due


def postponed(due: datetime, *, hour: time | None, now: datetime, zone: ZoneInfo, work: Work) -> datetime:
    """When a due mail may leave now: never on a day off; if it is late, at its hour or within working hours."""
    if now - due <= LATE:
        return worktime.rolled(now, zone=zone, work=work)
    if hour is not None:
        return worktime.next_hour(now, hour, zone=zone, work=work)
    return worktime.into_hours(now, zone=zone, work=work)


def back_at(day: date | None, *, now: datetime, absence_days: int, zone: ZoneInfo, work: Work) -> datetime:
    """When an absence is over: the first working day back, or after so many working days; when work begins."""
    if day is None:
        day = worktime.working_days_after(now, absence_days, zone=zone, work=work).astimezone(zone).date()
    found = worktime.by_the_clock(worktime.working_day(day, work=work), work.opens, zone=zone)
    return max(found, now)


def landing(scheduled: str, *, old: Sequence[str], new: Sequence[str]) -> int:
    """The step of the new version that comes after the one already scheduled; past the end if none does (SEQ-12).

    If that step is gone, the nearest one before it that is still there counts.
    """
    place = old.index(scheduled) if scheduled in old else -1
    for key in reversed(old[: place + 1]):
        if key in new:
            return new.index(key) + 2
    return 1


def not_yet_had(keys: Sequence[str], *, place: int, had: Collection[str]) -> int:
    """The first step from a place on that this person has not had, in whatever version; past the end if none is left.

    A step that an edit has moved behind the one already scheduled is not done a second time.
    """
    left = (number for number, key in enumerate(keys, start=1) if number >= place and key not in had)
    return next(left, len(keys) + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """How many mails of sequences a mailbox sends in a day, how far apart, and what is taken already (SEQ-15)."""

    per_day: int | None = None
    gap: timedelta = timedelta(0)
    next_at: datetime | None = None
    day: date | None = None
    taken: int = 0


def book(places: Places, at: datetime, *, zone: ZoneInfo, work: Work) -> tuple[datetime, Places]:
    """The first free place at or after a moment, and what is taken then. Days are those of the sender."""
    slot = max(at, places.next_at) if places.next_at and places.gap else at
    if slot != at:
        slot = worktime.rolled(slot, zone=zone, work=work)
    day, taken = slot.astimezone(zone).date(), 0
    if places.day is not None and day <= places.day:
        day, taken = places.day, places.taken
        if places.per_day and taken >= places.per_day:
            day, taken = worktime.working_day(day + worktime.DAY, work=work), 0
        if slot.astimezone(zone).date() < day:
            slot = worktime.by_the_clock(day, at.astimezone(zone).time(), zone=zone)
    ahead = max(slot + places.gap, places.next_at) if places.next_at else slot + places.gap
    return slot, replace(places, next_at=ahead, day=day, taken=taken + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Traveller:
    """Somebody who would be enrolled."""

    id: int
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One step of one person in a dry run: when a mail would leave, or a task be due."""

    person_id: int
    position: int
    is_mail: bool
    at: datetime


def dry_run(
    people: Sequence[Traveller],
    steps: Sequence[StepFacts],
    *,
    start: datetime,
    sender_zone: ZoneInfo,
    work: Work,
    places: Places,
) -> list[Planned]:
    """The calendar of what would go out if nobody answered and every task were done on the day it is due (SEQ-10)."""
    if not steps:
        return []
    zones = {person.id: person.zone for person in people}
    waiting = [
        (due_at(steps[0], after=start, zone=person.zone, work=work), order, person.id, 0)
        for order, person in enumerate(people)
    ]
    heapify(waiting)
    planned: list[Planned] = []
    while waiting:
        due, order, person_id, index = heappop(waiting)
        step, at = steps[index], due
        if step.is_mail:
            at, places = book(places, due, zone=sender_zone, work=work)
        else:
            at = task_due(step, begun=due, zone=sender_zone, work=work)
        planned.append(Planned(person_id=person_id, position=index + 1, is_mail=step.is_mail, at=at))
        if index + 1 < len(steps):
            following = due_at(steps[index + 1], after=at, zone=zones[person_id], work=work)
            heappush(waiting, (following, order, person_id, index + 1))
    return sorted(planned, key=lambda each: (each.at, each.person_id))


def by_day(planned: Sequence[Planned], *, zone: ZoneInfo) -> Mapping[date, list[Planned]]:
    """The calendar, day by day."""
    days: dict[date, list[Planned]] = {}
    for each in planned:
        days.setdefault(each.at.astimezone(zone).date(), []).append(each)
    return days


def shortest(steps: Sequence[StepFacts]) -> timedelta:
    """How long it takes at least, by the watch."""
    return sum((step.wait if step.is_mail else timedelta(days=step.days) for step in steps), timedelta(0))
