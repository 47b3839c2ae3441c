"""What no event tells: a copy left out or failed, a task dropped or deleted, a sender who has left, lost news.

One look is bounded.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from relance.agenda.models import Task
from relance.mail.models import Recipient
from relance.sequences import course
from relance.sequences.models import Enrolment, StepRun
from relance.sequences.reacting import run_done

State, Reason, Waits = Enrolment.State, Enrolment.Reason, Enrolment.Waits
DEAD = ("bounced", "invalid")
ENDED = ("sent", "failed", "refused", "cancelled")
SLICE = 1000
"""How many of those who wait are looked at a time, so that a look costs the same however many wait."""
_reached = {Waits.MAIL: 0, Waits.TASK: 0}
"""The last enrolment looked at in this process; the next look goes on behind it, and begins again at the end."""


def settle(now: datetime) -> None:
    """Look at those whose sender has left, and at the next slice of those who wait for a mail or for a task."""
    _pause_those_left_behind(now)
    for run in _of_next(Waits.MAIL).filter(message__recipients__standing__in=ENDED):
        with transaction.atomic():
            _settle_mail(run, now=now)
    over = Q(task=None) | Q(task__done_at__isnull=False)
    for run in _of_next(Waits.TASK).filter(over, enrolment__state=State.ACTIVE).select_related("task"):
        with transaction.atomic():
            _settle_task(run, now=now)


def _pause_those_left_behind(now: datetime) -> None:
    """Whoever waits for a task of a colleague who has left, or for a day to come, is told of at once (SEQ-08)."""
    left = Enrolment.objects.filter(state=State.ACTIVE, user__is_active=False).exclude(waits=Waits.MAIL)
    for pk in left.order_by("pk").values_list("pk", flat=True)[:SLICE]:
        with transaction.atomic():
            row = course.held(pk)
            if row is not None and row.state == State.ACTIVE and not row.user.is_active:
                course.pause(row, Reason.SENDER, now=now)


def _of_next(waits: Enrolment.Waits) -> QuerySet[StepRun]:
    """The open steps of the next slice."""
    begin = _reached[waits]
    waiting = Enrolment.objects.filter(waits=waits, pk__gt=begin).order_by("pk")
    end = waiting.values_list("pk", flat=True)[SLICE - 1 : SLICE].first()
    _reached[waits] = end or 0
    runs = StepRun.objects.filter(enrolment__waits=waits, enrolment__pk__gt=begin, done_at=None)
    return (runs.filter(enrolment__pk__lte=end) if end else runs).order_by("enrolment")


def _settle_mail(run: StepRun, *, now: datetime) -> None:
    row = course.held(run.enrolment_id)
    copy = Recipient.objects.filter(message=run.message_id).first()
    if row is None or copy is None or row.waits != Waits.MAIL:
        return
    if copy.state == Recipient.State.SENT and copy.sent_at is not None:
        run_done(row, run.pk, at=copy.sent_at)
    elif copy.refused_because in ("opted_out", "complained"):
        course.end(row, Reason.OPTED_OUT, now=now)
    elif copy.refused_because in DEAD or copy.bounce_kind == "hard":
        course.end(row, Reason.BOUNCED, now=now)
    elif row.reason != Reason.FAILED:
        course.pause(row, Reason.FAILED, now=now, why=copy.reply_text or copy.refused_because)


def _settle_task(run: StepRun, *, now: datetime) -> None:
    row = course.held(run.enrolment_id)
    if row is None or row.waits != Waits.TASK:
        return
    if run.task is not None and run.task.status == Task.Status.DONE and run.task.done_at is not None:
        run_done(row, run.pk, at=run.task.done_at)
    else:
        course.pause(row, Reason.TASK, now=now)
