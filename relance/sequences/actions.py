"""Define, save, clone and delete sequences (SEQ-01, SEQ-02, SEQ-12, SEQ-13); pause, resume, skip, remove people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import datetime, time

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Count, OuterRef
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail.mailboxes import may_change
from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.mail.senders import senders_of
from relance.sequences import course, rules
from relance.sequences.models import Enrolment, FooterLanguage, Pace, Sequence, Step, StepRun, Version
from relance.sequences.surroundings import steps_of
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation

MOST_STEPS = 50
LONGEST_WAIT = 365 * 24 * 60
State, Reason = Enrolment.State, Enrolment.Reason


class BadSequence(Refused):
    """What is missing, or cannot be."""


class NotGoing(Refused):
    """This person is not in the sequence any more, or not in the state for this."""


class SavedMeanwhile(Refused):
    """Somebody else has saved a newer version."""


@dataclass(frozen=True, kw_only=True)
class StepDraft:
    """A step as it is to be. `key`: which one it was; empty for a new one. `thread`: the key of the mail it answers."""

    kind: str
    key: str = ""
    name: str = ""
    template: Template | None = None
    wait_minutes: int = 0
    wait_days: int = 0
    hour: time | None = None
    thread: str = ""


@dataclass(frozen=True, kw_only=True)
class SequenceDraft:
    """A sequence as it is to be."""

    name: str
    steps: Many[StepDraft] = field(default_factory=tuple)
    opt_out_link: bool = True
    language: str = FooterLanguage.ENGLISH
    stops_company: bool = False


@dataclass(frozen=True, kw_only=True)
class Landing:
    """Where the people of one step would go on in the new version: the step's name, or the end (SEQ-12)."""

    scheduled: str
    people: int
    then: str


def require_definer(user: User) -> None:
    """Those whose role says so (SEQ-01)."""
    policy.require(user.may_define_sequences)


@transaction.atomic
def add(draft: SequenceDraft, *, by: User, now: datetime) -> Sequence:
    """A new sequence with its first version. Raises Forbidden, BadSequence."""
    require_definer(by)
    _check(draft, by)
    sequence = Sequence(creator=by, created_at=now)
    _name(sequence, draft, now=now)
    _write(sequence, draft.steps, number=1, by=by, now=now)
    return sequence


@transaction.atomic
def save(
    sequence: Sequence, draft: SequenceDraft, *, migrate: bool, by: User, now: datetime, base: int | None = None
) -> Sequence:
    """Save an edit. Changed steps make a new version: those enrolled keep theirs, or go over after what is scheduled.

    `base` is the version that was edited. Raises Forbidden, BadSequence, SavedMeanwhile.
    """
    require_definer(by)
    row = _row(sequence)
    _check(draft, by)
    current = row.current
    if base is not None and base != current.number:
        raise SavedMeanwhile(_("Somebody has saved a newer version of this sequence. Open it again, then change it."))
    _name(row, draft, now=now)
    if same_steps(current, draft.steps):
        return row
    version = _write(row, draft.steps, number=current.number + 1, by=by, now=now)
    if migrate:
        Enrolment.objects.filter(sequence=row, state__in=Enrolment.GOING).update(moves_to=version)
    return row


@transaction.atomic
def clone(sequence: Sequence, *, by: User, now: datetime) -> Sequence:
    """The same once more, to change freely while the first goes on. Raises Forbidden."""
    name = (_("%(name)s, copy") % {"name": sequence.name})[:120]
    return add(draft_of(sequence, name=name), by=by, now=now)


@transaction.atomic
def delete(sequence: Sequence, *, by: User, now: datetime) -> int:
    """For good: those enrolled receive nothing more; statistics and sent mail stay. How many were under way."""
    require_definer(by)
    row = _row(sequence)
    going = list(row.enrolments.filter(state__in=Enrolment.GOING).order_by("pk").values_list("pk", flat=True))
    Sequence.objects.filter(pk=row.pk).update(deleted_at=now)
    for pk in going:
        if (held := course.held(pk)) is not None:
            course.end(held, Reason.DELETED, now=now)
    return len(going)


def affected(sequence: Sequence) -> int:
    """How many people are under way."""
    return sequence.enrolments.filter(state__in=Enrolment.GOING).count()


def landings(sequence: Sequence, steps: Many[StepDraft]) -> list[Landing]:
    """Where each group of people would go on, if they went over to these steps (SEQ-12)."""
    runs = StepRun.objects.filter(enrolment=OuterRef("pk")).order_by("step__key").values("step__key").distinct()
    going = sequence.enrolments.filter(state__in=Enrolment.GOING).annotate(had=ArraySubquery(runs))
    groups = going.values("version_id", "position", "had").annotate(people=Count("pk"))
    new = [step.key or f"new {index}" for index, step in enumerate(steps)]
    found: dict[tuple[int, int], Landing] = {}
    for group in groups.order_by("version_id", "position", "had"):
        old = list(Step.objects.filter(version_id=group["version_id"]).order_by("position"))
        scheduled = next((step for step in old if step.position == group["position"]), old[-1])
        after = rules.landing(scheduled.key, old=[step.key for step in old], new=new)
        place = rules.not_yet_had(new, place=after, had=[*group["had"], scheduled.key])
        then = _called(steps[place - 1]) if place <= len(steps) else ""
        before = found.get((scheduled.pk, place))
        people = group["people"] + (before.people if before else 0)
        found[scheduled.pk, place] = Landing(scheduled=scheduled.name, people=people, then=then)
    return list(found.values())


def draft_of(sequence: Sequence, *, name: str = "") -> SequenceDraft:
    """The sequence as it stands, to be changed."""
    return SequenceDraft(
        name=name or sequence.name, opt_out_link=sequence.opt_out_link, language=sequence.language,
        stops_company=sequence.stops_company, steps=tuple(map(_step_draft, steps_of(sequence.current))),
    )  # fmt: skip


def _step_draft(step: Step) -> StepDraft:
    return StepDraft(
        kind=step.kind, key=step.key, name=step.name, template=step.template, wait_minutes=step.wait_minutes,
        wait_days=step.wait_days, hour=step.hour, thread=step.thread,
    )  # fmt: skip


def same_steps(version: Version, steps: Many[StepDraft]) -> bool:
    """Whether nothing but the name was changed."""
    return [_step_draft(step) for step in steps_of(version)] == [_whole(step) for step in steps]


def _whole(step: StepDraft) -> StepDraft:
    """As it would be kept."""
    is_mail = step.kind == Step.Kind.MAIL
    return StepDraft(
        kind=step.kind, key=step.key, name=_called(step), template=step.template if is_mail else None,
        wait_minutes=step.wait_minutes if is_mail else 0, wait_days=0 if is_mail else step.wait_days,
        hour=step.hour, thread=step.thread if is_mail else "",
    )  # fmt: skip


def _called(step: StepDraft) -> str:
    name = " ".join(step.name.split())
    return (name or (step.template.name if step.template else ""))[:160]


def _check(draft: SequenceDraft, by: User) -> None:
    """Everything that a person can get wrong."""
    if not draft.name.strip():
        raise BadSequence(_("Give the sequence a name."))
    if draft.language not in FooterLanguage.values:
        raise BadSequence(_("The unsubscribe link does not exist in this language."))
    if len(draft.steps) > MOST_STEPS:
        raise BadSequence(_("A sequence has at most %(most)d steps.") % {"most": MOST_STEPS})
    mails: set[str] = set()
    usable = set(Template.objects.visible_to(by).values_list("pk", flat=True))
    for number, step in enumerate(draft.steps, start=1):
        _check_step(number, step, mails, usable)
        if step.kind == Step.Kind.MAIL and step.key:
            mails.add(step.key)


def _check_step(number: int, step: StepDraft, mails: set[str], usable: set[int]) -> None:
    at = {"number": number}
    if step.kind == Step.Kind.MAIL:
        if step.template is None or step.template.pk not in usable:
            raise BadSequence(_("Step %(number)d: choose a template.") % at)
        if SenderChoice.ORGANISATION in senders_of(step.template) and not organisation().mail_address:
            raise BadSequence(
                _(
                    "Step %(number)d is sent by the organisation, which has no sender address yet. Enter it in the"
                    " settings."
                )
                % at
            )
        if step.thread and step.thread not in mails:
            raise BadSequence(_("Step %(number)d answers a mail that does not come before it.") % at)
    elif step.kind != Step.Kind.TASK or not _called(step):
        raise BadSequence(_("Step %(number)d: say what is to be done.") % at)
    if not (0 <= step.wait_minutes <= LONGEST_WAIT and 0 <= step.wait_days <= 365):
        raise BadSequence(_("Step %(number)d: wait a year at most.") % at)


def _name(sequence: Sequence, draft: SequenceDraft, *, now: datetime) -> None:
    sequence.name = " ".join(draft.name.split())[:120]
    sequence.opt_out_link, sequence.language = draft.opt_out_link, draft.language
    sequence.stops_company, sequence.updated_at = draft.stops_company, now
    sequence.save()


def _write(sequence: Sequence, steps: Many[StepDraft], *, number: int, by: User, now: datetime) -> Version:
    version = Version.objects.create(sequence=sequence, number=number, by=by, created_at=now)
    Step.objects.bulk_create(
        Step(
            version=version, position=position, key=step.key or new_key(), kind=step.kind, name=step.name,
            template=step.template, wait_minutes=step.wait_minutes, wait_days=step.wait_days, hour=step.hour,
            thread=step.thread,
        )
        for position, step in enumerate(map(_whole, steps), start=1)
    )  # fmt: skip
    return version


def new_key() -> str:
    """What a step is called in every version."""
    return secrets.token_hex(6)


def _row(sequence: Sequence) -> Sequence:
    row = Sequence.objects.select_for_update().filter(pk=sequence.pk, deleted_at=None).first()
    if row is None:
        raise NotGoing(_("This sequence was deleted."))
    return row


def pause(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Nothing more to this person for now. Raises Forbidden, NotGoing."""
    with transaction.atomic():
        row = _mine(enrolment, by)
        if row.state != State.ACTIVE:
            raise NotGoing(_("This person is paused already."))
        course.pause(row, Reason.BY_HAND, now=now, by=by.name)


def resume(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Go on. Raises Forbidden, NotGoing."""
    with transaction.atomic():
        row = _mine(enrolment, by)
        if row.state != State.PAUSED:
            raise NotGoing(_("This person is not paused."))
        course.resume(row, now=now, by=by.name)


def skip(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Leave out the next step. Raises Forbidden, NotGoing."""
    with transaction.atomic():
        course.skip(_mine(enrolment, by), now=now)


def remove(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Take this person out. Raises Forbidden, NotGoing."""
    with transaction.atomic():
        course.end(_mine(enrolment, by), Reason.REMOVED, now=now, by=by.name)


def _mine(enrolment: Enrolment, by: User) -> Enrolment:
    """Whoever may change the person may change her way."""
    row = course.held(enrolment.pk)
    if row is None:
        raise NotGoing(_("This person is not in the sequence any more."))
    policy.require(row.person is None or policy.allows(by, row.person.kind, "edit", row.person) or row.user_id == by.pk)
    return row


@transaction.atomic
def set_pace(mailbox: Mailbox, *, per_day: int | None, gap: int, by: User) -> Pace:
    """How fast sequences leave from a mailbox (SEQ-15). Raises Forbidden."""
    policy.require(may_change(mailbox, by))
    pace, _made = Pace.objects.get_or_create(mailbox=mailbox)
    pace.per_day, pace.gap = per_day, gap
    pace.save(update_fields=["per_day", "gap"])
    return pace
