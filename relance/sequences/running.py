"""Run what is due: one step of one person once, after the facts have been looked at again (SEQ-03 to SEQ-08, D26)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from relance.agenda import actions as agenda
from relance.agenda.models import Task
from relance.mail import actions as mail
from relance.mail import answering, contents
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.mail.outbound.placeholders import PlaceholderErrors
from relance.mail.senders import senders_of
from relance.mail.templates import Parts, faults
from relance.records.fields import Values
from relance.sequences import course, pressure, rules
from relance.sequences.judging import judge
from relance.sequences.models import Enrolment, Pace, Step, StepRun
from relance.sequences.surroundings import House, facts_of, house_at, places_of, sender_zone, zone_of
from relance.team.policy import Forbidden

State, Reason, Waits = Enrolment.State, Enrolment.Reason, Enrolment.Waits
LONGEST = 0.8  # seconds of one tick: the schedule has other chores
ASK_AGAIN = timedelta(minutes=15)
AFTER_A_FAILURE = timedelta(hours=1)
logger = logging.getLogger(__name__)
DELIVERABLE = {"no_address": Reason.NO_ADDRESS, "opted_out": Reason.OPTED_OUT}


def run_due(now: datetime) -> int:
    """Do the steps that are due, each in its own transaction, for as long as a tick may last; how many."""
    begun, done = monotonic(), 0
    if not Enrolment.objects.filter(state=State.ACTIVE, due_at__lte=now).exists():
        return 0
    house = house_at(now)
    while monotonic() - begun < LONGEST and run_one(house, now=now):
        done += 1
    return done


@transaction.atomic
def run_one(house: House, *, now: datetime) -> bool:
    """The first that is due and that nobody else is just doing; False if there is none."""
    due = Enrolment.objects.filter(state=State.ACTIVE, due_at__lte=now).order_by("due_at", "id")
    rows = due.select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("person__account", "user__role", "mailbox", "sequence", "version", "moves_to").first()
    if row is None:
        return False
    try:
        with transaction.atomic():
            _run(row, house, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing is wrong with this one
    except Exception:
        logger.exception("enrolment %s failed and waits, so that the others go on", row.pk)
        again = now + AFTER_A_FAILURE
        Enrolment.objects.filter(pk=row.pk).update(due_at=again)
        course.trace(row, "postponed", now=now, why="crashed", due=again.isoformat())
    return True


def _run(row: Enrolment, house: House, *, now: datetime) -> None:
    if not _stands(row, now=now):
        return
    step = course.present(row)
    if step is None:
        course.end(row, Reason.COMPLETED, now=now)
    elif step.is_mail:
        _mail(row, step, house, now=now)
    else:
        _task(row, step, house, now=now)


def _stands(row: Enrolment, *, now: datetime) -> bool:
    """Look at the facts again; whoever may not be written to any more is stopped, or paused, with the reason."""
    if row.person is None:
        course.end(row, Reason.GONE, now=now)
    elif row.sequence.deleted_at is not None:
        course.end(row, Reason.DELETED, now=now)
    elif row.person.converted_at and row.person.converted_at > row.enrolled_at:
        course.end(row, Reason.CONVERTED, now=now)
    elif replied_at := _replied(row):
        row.replied_at = replied_at
        course.end(row, Reason.REPLIED, now=now)
    elif not row.user.is_active:
        course.pause(row, Reason.SENDER, now=now)
    else:
        return True
    return False


def _replied(row: Enrolment) -> datetime | None:
    copies = Recipient.objects.filter(person=row.person, replied_at__gte=row.enrolled_at)
    return copies.order_by("replied_at").values_list("replied_at", flat=True).first()


def _task(row: Enrolment, step: Step, house: House, *, now: datetime) -> None:
    """The task appears when its step begins, for whoever enrolled the person."""
    if not _first_time(row, step, now=now):
        return
    due = rules.task_due(facts_of(step), begun=now, zone=sender_zone(row.user), work=house.work)
    values: Values = {"subject": step.name, "due_at": due, "person": row.person_id}
    try:
        task = agenda.add(Task, values, by=row.user, now=now)
    except Forbidden as refused:
        course.pause(row, Reason.TASK, now=now, why=str(refused))
        return
    StepRun.objects.create(enrolment=row, step=step, task=task, at=now)
    row.waits, row.due_at = Waits.TASK, None
    row.save()
    course.trace(row, "task", now=now, step=step.name, due=due.isoformat())


def _first_time(row: Enrolment, step: Step, *, now: datetime) -> bool:
    """Whether this person has not had this step, in whatever version."""
    if not row.runs.filter(step__key=step.key).exists():
        return True
    course.go_on(row, after=step, at=now, now=now)
    return False


def _mail(row: Enrolment, step: Step, house: House, *, now: datetime) -> None:
    if not _first_time(row, step, now=now) or not _works(row, now=now) or not _deliverable(row, now=now):
        return
    if (later := _later(row, step, house, now=now)) > now:
        _postpone(row, later, now=now, why="time")
    elif (parent := _parent(row, step)) is not None and parent.state != Recipient.State.SENT:
        _without_parent(row, parent, now=now)
    elif (held := pressure.held(row, house, now=now)) is not None:
        _postpone(row, held.until, now=now, why=held.why)
    elif not row.is_booked and (slot := _booked(row, house, now=now)) > now:
        row.is_booked = True
        _postpone(row, slot, now=now, why="limit")
    else:
        _send(row, step, parent, house, now=now)


def _postpone(row: Enrolment, to: datetime, *, now: datetime, why: str) -> None:
    row.due_at = to
    row.save()
    course.trace(row, "postponed", now=now, why=why, due=to.isoformat())


def _works(row: Enrolment, *, now: datetime) -> bool:
    if row.mailbox.is_active and row.mailbox.state != Mailbox.State.BROKEN:
        return True
    course.pause(row, Reason.MAILBOX, now=now)
    return False


def _deliverable(row: Enrolment, *, now: datetime) -> bool:
    """The ledger and the address as they stand now; an address that was changed on the way is followed (D20)."""
    assert row.person_id is not None
    judged = judge([row.person_id], sequence_id=None)[0]
    if judged.refusal:
        course.end(row, DELIVERABLE.get(judged.refusal, Reason.BOUNCED), now=now)
        return False
    if judged.normal == row.normal:
        return True
    others = Enrolment.objects.filter(sequence=row.sequence_id, normal=judged.normal, state__in=Enrolment.GOING)
    if others.exclude(pk=row.pk).exists():
        course.end(row, Reason.GONE, now=now)
        return False
    row.normal = judged.normal
    return True


def _later(row: Enrolment, step: Step, house: House, *, now: datetime) -> datetime:
    assert row.due_at is not None
    zone = zone_of(row.person, row.user).zone
    return rules.postponed(row.due_at, hour=step.hour, now=now, zone=zone, work=house.work)


def _parent(row: Enrolment, step: Step) -> Recipient | None:
    """The copy that this step answers; None where it opens a thread, or where that step was left out."""
    if not step.thread:
        return None
    copies = Recipient.objects.filter(message__step_run__enrolment=row, message__step_run__step__key=step.thread)
    return copies.select_related("message__content", "message__sender", "message__mailbox", "person__owner").first()


def _without_parent(row: Enrolment, parent: Recipient, *, now: datetime) -> None:
    """An answer to a mail that may not have left waits; to one that did not leave, it asks (D26)."""
    if parent.state in (Recipient.State.FAILED, Recipient.State.CANCELLED, Recipient.State.REFUSED):
        course.pause(row, Reason.FAILED, now=now, why="parent")
    else:
        _postpone(row, now + ASK_AGAIN, now=now, why="parent")


def _booked(row: Enrolment, house: House, *, now: datetime) -> datetime:
    """Take the next free place of the mailbox; its limits are one row, held until the commit (SEQ-15)."""
    pace = Pace.objects.select_for_update().filter(mailbox=row.mailbox).first()
    if pace is None or (pace.per_day is None and not pace.gap):
        return now
    assert row.due_at is not None
    at = row.due_at if now - row.due_at < rules.LATE else now
    slot, places = rules.book(places_of(pace), at, zone=sender_zone(row.user), work=house.work)
    pace.next_at, pace.day, pace.taken = places.next_at, places.day, places.taken
    pace.save(update_fields=["next_at", "day", "taken"])
    return slot


def _send(row: Enrolment, step: Step, parent: Recipient | None, house: House, *, now: datetime) -> None:
    assert row.person is not None
    try:
        content = _content(row, step, parent)
    except PlaceholderErrors as faulty:  # a field that its template names has been retired since
        is_its_own = step.template is not None and faults(Parts.of(step.template))  # not of the mail that it answers
        course.pause(row, Reason.TEMPLATE if is_its_own else Reason.FAILED, now=now, why=str(faulty))
        return
    judged = judge([row.person.pk], sequence_id=None)[0]
    thread = answering.after_copy(parent) if parent else answering.Thread()
    signs = senders_of(step.template)
    message = mail.send_one(
        mail.Draft(
            kind=Message.Kind.SEQUENCE,
            send_key=f"step:{row.pk}:{step.pk}",
            content=content,
            mailbox=row.mailbox,
            sender=row.user,
            from_choice=signs.from_choice,
            reply_choice=signs.reply_choice,
            deliver_at=now,
            track_opens=house.known.track_opens,
            tracking=house.known.tracking,
            opt_out_link=row.sequence.opt_out_link,
            in_reply_to=thread.in_reply_to,
            references=thread.references,
        ),
        mail.Addressee(email=judged.email, normal=judged.normal, name=str(row.person), person_id=row.person.pk),
        now=now,
    )
    StepRun.objects.create(enrolment=row, step=step, message=message, at=now)
    row.waits, row.due_at, row.is_booked = Waits.MAIL, None, False
    row.save()
    course.trace(row, "sent", now=now, step=step.name, to=judged.email, zone=zone_of(row.person, row.user).name)


def _content(row: Enrolment, step: Step, parent: Recipient | None) -> Content:
    """The template as it is now (TPL-04), frozen once for all whom it finds unchanged."""
    template, link = step.template, row.sequence.opt_out_link
    assert template is not None
    subject = answering.answer_subject(parent.message.content.subject) if parent else template.subject
    language = row.sequence.language if link else template.language
    parts = Parts(subject=subject, html=template.html, text=template.text, language=language)
    known = step.frozen
    if known is not None and contents.parts_of(known) == parts and contents.has_files_of(known, template):
        return known
    content = contents.freeze(parts, list_headers=True, footer=link, template=template)
    Step.objects.filter(pk=step.pk).update(frozen=content)
    return content


def resume_due(now: datetime) -> None:
    """Go on with those whose absence is over, and with those whose mailbox, sender or template is right again."""
    paused = Enrolment.objects.filter(state=State.PAUSED)
    works = Q(mailbox__is_active=True) & ~Q(mailbox__state=Mailbox.State.BROKEN)
    _resume(paused.filter(resumes_at__lte=now), now=now)
    _resume(paused.filter(works, reason=Reason.MAILBOX), now=now)
    _resume(paused.filter(reason=Reason.SENDER, user__is_active=True), now=now)
    faulty = paused.filter(reason=Reason.TEMPLATE)
    if versions := set(faulty.values_list("version", "position").distinct()):
        steps = Step.objects.filter(version__in={version for version, _place in versions}).select_related("template")
        for step in steps:
            if (step.version_id, step.position) in versions and step.template and not faults(Parts.of(step.template)):
                _resume(faulty.filter(version=step.version_id, position=step.position), now=now)


def _resume(rows: QuerySet[Enrolment], *, now: datetime) -> None:
    for pk in rows.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = course.held(pk)
            if row is not None and row.state == State.PAUSED:
                course.resume(row, now=now)


def end_gone(now: datetime) -> None:
    """Whose record was deleted, or merged into one that has its own enrolment, is out (D20)."""
    gone = Enrolment.objects.filter(person=None, ended_at=None).values_list("pk", flat=True)
    for pk in gone[:500]:
        with transaction.atomic():
            row = course.held(pk)
            if row is not None and row.person_id is None:
                course.end(row, Reason.GONE, now=now)
