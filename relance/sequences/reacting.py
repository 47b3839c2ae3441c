"""What happens elsewhere and touches a sequence: a mail left, an answer, a bounce, an opt-out, a task done (SEQ-08).

Each reaction takes a batch of one event and is safe to run twice. `settling` finds what no event tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from relance import events
from relance.agenda.models import Task
from relance.lib import clock
from relance.mail import contents
from relance.mail.inbound.parse import parse
from relance.mail.inbound.told import absence
from relance.mail.models import Received, Recipient
from relance.people.models import Address, Suppression
from relance.sequences import course, rules
from relance.sequences.models import Enrolment, StepRun
from relance.sequences.surroundings import house_at, zone_of

State, Reason, Waits = Enrolment.State, Enrolment.Reason, Enrolment.Waits
SCOPES = ("everything", "marketing", "sequences", "invalid")


def mail_left(batch: Sequence[events.MessageSent]) -> None:
    """A mail of a sequence has left: the next step's delay begins."""
    ids = [event.recipient_id for event in batch]
    for copy in Recipient.objects.filter(pk__in=ids, message__kind="sequence"):
        _left(copy)


def _left(copy: Recipient) -> None:
    run = StepRun.objects.filter(message=copy.message_id, done_at=None).first()
    row = course.held(run.enrolment_id) if run else None
    if run is None or row is None or copy.sent_at is None:
        return
    run_done(row, run.pk, at=copy.sent_at)


def run_done(row: Enrolment, run_id: int, *, at: datetime) -> None:
    """Once, whoever comes first."""
    if StepRun.objects.filter(pk=run_id, done_at=None).update(done_at=at):
        run = StepRun.objects.select_related("step").get(pk=run_id)
        course.go_on(row, after=run.step, at=at, now=clock.now())


def answered(batch: Sequence[events.MessageReplied]) -> None:
    """Whoever answers is out of every sequence; where the sequence says so, the colleagues too."""
    for copy in _copies(batch):
        for row in _of(copy):
            row.replied_at = copy.replied_at
            course.end(row, Reason.REPLIED, now=clock.now(), subject=contents.subject_of(copy))
            _colleagues(row)
        ended = Enrolment.objects.filter(runs__message=copy.message_id, replied_at=None)
        ended.exclude(state__in=Enrolment.GOING).update(replied_at=copy.replied_at)


def _colleagues(row: Enrolment) -> None:
    account = row.person.account_id if row.person else None
    if account is None or not row.sequence.stops_company:
        return
    others = Enrolment.objects.filter(sequence=row.sequence_id, person__account=account)
    for other in _held(others):
        course.end(other, Reason.COLLEAGUE, now=clock.now(), name=str(row.person))


def wrote(batch: Sequence[events.MessageReceived]) -> None:
    """Whoever writes by herself, in answer to no mail of ours, is out as well; her absence pauses as any other."""
    kinds = (Received.Kind.REPLY, Received.Kind.AUTO_REPLY)
    found = Received.objects.filter(pk__in=[event.received_id for event in batch], kind__in=kinds)
    for received in found.filter(recipient=None, is_outgoing=False).order_by("pk"):
        rows = _held(Enrolment.objects.filter(_from(received), enrolled_at__lte=_written(received)))
        if received.kind == Received.Kind.AUTO_REPLY:
            _away(rows, received)
            continue
        for row in rows:
            row.replied_at = _written(received)
            course.end(row, Reason.REPLIED, now=clock.now(), subject=received.subject)
            _colleagues(row)


def _written(received: Received) -> datetime:
    return received.dated_at or received.received_at


def _from(received: Received) -> Q:
    """By the address that it is followed at, or by any other of the same person."""
    persons = Address.objects.filter(normal=received.from_normal).values("person")
    return Q(normal=received.from_normal) | Q(person__in=persons)


def away(batch: Sequence[events.MessageAutoReplied]) -> None:
    """An automatic answer pauses until the first working day back, or for five working days (SPEC section 12)."""
    for copy in _copies(batch):
        received = Received.objects.filter(recipient=copy, kind=Received.Kind.AUTO_REPLY).order_by("-id").first()
        _away(_of(copy), received)


def _away(rows: Iterable[Enrolment], received: Received | None) -> None:
    now = clock.now()
    house = house_at(now)
    back = absence(parse(received.content), now=now).over if received else None
    for row in rows:
        if row.state == State.PAUSED and row.reason != Reason.AWAY:
            continue
        zone = zone_of(row.person, row.user).zone
        until = rules.back_at(back, now=now, absence_days=house.known.absence_days, zone=zone, work=house.work)
        if row.due_at is not None:
            row.due_at = max(row.due_at, until)
        course.pause(row, Reason.AWAY, now=now, until=until, named=back is not None)


def bounced(batch: Sequence[events.MessageBounced]) -> None:
    """A dead address is written to no more."""
    dead = [copy for copy in _copies(batch) if copy.bounce_kind == "hard" and copy.normal]
    _end_of({copy.normal for copy in dead if copy.normal}, Reason.BOUNCED)


def opted_out(batch: Sequence[events.PersonOptedOut]) -> None:
    """Out of all present sequences; the gate sees to the future ones (UNSUB-01)."""
    lines = Suppression.objects.filter(pk__in=[event.suppression_id for event in batch], scope__in=SCOPES)
    _end_of(set(lines.values_list("normal", flat=True)), Reason.OPTED_OUT)


def converted(batch: Sequence[events.PersonConverted]) -> None:
    """A lead that has become a contact."""
    for row in _held(Enrolment.objects.filter(person__in=[event.person_id for event in batch])):
        course.end(row, Reason.CONVERTED, now=clock.now())


def task_finished(batch: Sequence[events.TaskFinished]) -> None:
    """The task of a step is done: the next step's delay begins (SEQ-06)."""
    for task in Task.objects.filter(
        pk__in=[event.task_id for event in batch], step_run__isnull=False, step_run__done_at=None, done_at__isnull=False
    ):
        row = course.held(task.step_run.enrolment_id)
        if row is not None and task.done_at is not None:
            run_done(row, task.step_run.pk, at=task.done_at)


def _copies(
    batch: Iterable[events.MessageReplied | events.MessageAutoReplied | events.MessageBounced],
) -> QuerySet[Recipient]:
    ids = [event.recipient_id for event in batch]
    return Recipient.objects.filter(pk__in=ids).select_related("message__content").order_by("pk")


def _of(copy: Recipient) -> list[Enrolment]:
    """The enrolments under way of whoever has this copy, held."""
    of_person = Q(person=copy.person_id) if copy.person_id else Q(pk__in=[])
    of_address = Q(normal=copy.normal) if copy.normal else Q(pk__in=[])
    return _held(Enrolment.objects.filter(of_person | of_address))


def _end_of(normals: set[str], reason: Enrolment.Reason) -> None:
    for row in _held(Enrolment.objects.filter(normal__in=normals)):
        course.end(row, reason, now=clock.now())


def _held(rows: QuerySet[Enrolment]) -> list[Enrolment]:
    found = rows.filter(state__in=Enrolment.GOING).order_by("pk").values_list("pk", flat=True)
    return [row for pk in found if (row := course.held(pk)) is not None]
