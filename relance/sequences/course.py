"""One person's way through a sequence: the only writer of an enrolment's state. Every caller holds the row."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from relance import events
from relance.lib import live
from relance.mail import actions as mail
from relance.sequences import rules
from relance.sequences.models import Enrolment, Step, StepRun, Trace, Version
from relance.sequences.surroundings import House, facts_of, house_at, sender_zone, steps_of, zone_of

State, Reason, Waits = Enrolment.State, Enrolment.Reason, Enrolment.Waits
FINISHING = (Reason.COMPLETED, Reason.REPLIED)
"""What counts as finished (SEQ-11); every other end is a stop."""


def held(pk: int) -> Enrolment | None:
    """The row, locked, if it is still under way."""
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("person__account", "user", "mailbox")
    return rows.filter(pk=pk, state__in=Enrolment.GOING).first()


def trace(row: Enrolment, what: str, *, now: datetime, **detail: object) -> None:
    """Write down what was decided, and why."""
    Trace.objects.create(enrolment=row, at=now, what=what, detail=detail)
    with connection.cursor() as cursor:
        live.tell(cursor, f"sequence:{row.sequence_id}")


def end(row: Enrolment, reason: Enrolment.Reason, *, now: datetime, **detail: object) -> None:
    """It is over: what has not begun to leave never does."""
    for run in row.runs.filter(done_at=None, message__isnull=False).select_related("message"):
        if run.message is not None:
            mail.stop(run.message, why=reason, now=now)
    row.state = State.FINISHED if reason in FINISHING else State.STOPPED
    row.reason, row.ended_at, row.due_at, row.waits, row.resumes_at = reason, now, None, Waits.TIME, None
    row.save()
    trace(row, "ended", now=now, reason=reason, **detail)
    events.emit(events.SequenceEnded(row.pk))


def pause(
    row: Enrolment, reason: Enrolment.Reason, *, now: datetime, until: datetime | None = None, **detail: object
) -> None:
    """Nothing more for now; with `until` it goes on by itself."""
    row.state, row.reason, row.resumes_at = State.PAUSED, reason, until
    row.save()
    trace(row, "paused", now=now, reason=reason, **({"until": until.isoformat()} if until else {}), **detail)
    with connection.cursor() as cursor:
        live.tell(cursor, "today")  # which tells what stands still until somebody sees to it (attention)


def resume(row: Enrolment, *, now: datetime, **detail: object) -> None:
    """Go on where it was paused; what failed is not tried again, the next step follows."""
    failed = row.reason in (Reason.FAILED, Reason.TASK)
    row.state, row.reason, row.resumes_at = State.ACTIVE, "", None
    if row.due_at is not None:
        row.due_at = max(row.due_at, now)
    row.save()
    trace(row, "resumed", now=now, **detail)
    if failed:
        skip(row, now=now)


def skip(row: Enrolment, *, now: datetime) -> None:
    """Leave out the step that comes next, or that is under way."""
    step = present(row)
    for run in row.runs.filter(done_at=None).select_related("message"):
        if run.message is not None:
            mail.stop(run.message, why="skipped", now=now)
        StepRun.objects.filter(pk=run.pk).update(done_at=now)
    trace(row, "skipped", now=now, step=step.name if step else "")
    if step is not None:
        go_on(row, after=step, at=now, now=now)


def present(row: Enrolment) -> Step | None:
    """The step that comes next, or that is under way."""
    return row.version.steps.filter(position=row.position).first()


def go_on(row: Enrolment, *, after: Step, at: datetime, now: datetime, house: House | None = None) -> None:
    """A step is done: to the next one, which may be of a newer version, or to the end."""
    position = after.position + 1
    if row.moves_to is not None:
        position = rules.landing(after.key, old=_keys(row.version), new=_keys(row.moves_to))
        trace(row, "moved", now=now, version=row.moves_to.number)
        row.version, row.moves_to = row.moves_to, None
    steps, had = steps_of(row.version), set(row.runs.values_list("step__key", flat=True))
    place = rules.not_yet_had([step.key for step in steps], place=position, had=had)
    row.waits, row.is_booked = Waits.TIME, False
    if place > len(steps):
        end(row, Reason.COMPLETED, now=at)
        return
    step = steps[place - 1]
    set_due(row, step, after=at, house=house or house_at(now))
    trace(row, "next", now=now, step=step.name, due=row.due_at.isoformat() if row.due_at else "")


def set_due(row: Enrolment, step: Step, *, after: datetime, house: House) -> None:
    """This step comes next, counted from a moment."""
    zone = zone_of(row.person, row.user).zone if step.is_mail else sender_zone(row.user)
    row.position = step.position
    row.due_at = rules.due_at(facts_of(step), after=after, zone=zone, work=house.work)
    if row.resumes_at is not None:
        row.due_at = max(row.due_at, row.resumes_at)
    row.save()


def _keys(version: Version) -> list[str]:
    return list(version.steps.order_by("position").values_list("key", flat=True))
