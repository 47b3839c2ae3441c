"""Sequences: define, enrol, dry run, and each person's way (SEQ-01 to SEQ-15)."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from relance.api.key import Caller
from relance.api.mailboxes import mine
from relance.api.paging import Page, PageQuery, paged
from relance.api.sequences_told import (
    DryRunOut,
    EnrolledOut,
    EnrolmentOut,
    Enrolments,
    EnrolmentTold,
    Key,
    LandingOut,
    LeftOut,
    PaceIn,
    PaceOut,
    PeopleIn,
    PlannedOut,
    SaveEffect,
    SequenceChange,
    SequenceIn,
    SequenceMail,
    SequenceOut,
    Sequences,
    SequenceStatistics,
    StuckOut,
    StuckSequences,
    TraceOut,
    draft,
    numbers,
    show,
    tell,
)
from relance.lib import clock
from relance.people.models import Person
from relance.sequences import actions, attention, enrolling, previewing, stats
from relance.sequences.models import Enrolment, Pace, Sequence

router = Router(tags=["Sequences"])


def found(pk: int) -> Sequence:
    """A sequence that is there. Raises Http404."""
    return get_object_or_404(Sequence.objects.filter(deleted_at=None), pk=pk)


def theirs(request: Caller) -> QuerySet[Enrolment]:
    """The enrolments of people whom the caller may see."""
    visible = Person.objects.visible_to(request.user).order_by().values("pk")
    return Enrolment.objects.filter(person__in=visible, sequence__deleted_at=None).select_related("version")


@router.get("", response=Sequences, summary="Sequences", operation_id="sequences_index")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> Page | dict[str, Any]:
    """All sequences: every colleague may use them."""
    return paged(request, response, Sequence.objects.filter(deleted_at=None), page, show)


@router.post("", response={201: SequenceOut}, summary="Define a sequence", operation_id="sequences_add")
def add(request: Caller, wanted: SequenceIn) -> Status[SequenceOut]:
    """For those whose role defines sequences."""
    return Status(201, show(actions.add(draft(wanted, request.user), by=request.user, now=clock.now())))


@router.get("/{int:sequence_id}", response=SequenceOut, summary="A sequence", operation_id="sequences_read")
def read(request: Caller, sequence_id: int) -> SequenceOut:
    """With its steps and its numbers."""
    return show(found(sequence_id))


@router.get("/stuck", response=StuckSequences, summary="What stands still", operation_id="sequences_stuck")
def stuck(request: Caller) -> dict[str, Any]:
    """The caller's people who are paused until somebody sees to it; those of colleagues who left, for definers."""
    return {
        "items": [
            StuckOut(
                sequence_id=each.sequence.pk, user_id=each.sender.pk, reason=each.reason, people=each.people,
                since=each.since,
            )
            for each in attention.stuck(request.user)
        ]
    }  # fmt: skip


@router.get(
    "/{int:sequence_id}/statistics", response=SequenceStatistics, summary="Statistics",
    operation_id="sequences_statistics",
)  # fmt: skip
def statistics(request: Caller, sequence_id: int) -> SequenceStatistics:
    """People by state, the reply rate, exits by reason, and each step."""
    sequence = found(sequence_id)
    known = stats.figures(sequence)
    return SequenceStatistics(
        reply_rate=known.reply_rate, reply_rate_of_enrolled=known.reply_rate_of_enrolled,
        exits=dict(stats.exits(sequence)),
        steps=[numbers(each) for each in stats.of_steps(sequence)], **asdict(known),
    )  # fmt: skip


@router.post("/{int:sequence_id}/effect", response=SaveEffect, summary="Effect", operation_id="sequences_effect")
def effect(request: Caller, sequence_id: int, wanted: SequenceIn) -> SaveEffect:
    """How many people saving these steps would touch, and where each would go on; nothing is written."""
    sequence, steps = found(sequence_id), draft(wanted, request.user).steps
    actions.require_definer(request.user)
    return SaveEffect(
        affected=actions.affected(sequence), changes_steps=not actions.same_steps(sequence.current, steps),
        landings=[
            LandingOut(scheduled=each.scheduled, people=each.people, then=each.then)
            for each in actions.landings(sequence, steps)
        ],
    )  # fmt: skip


@router.get(
    "/{int:sequence_id}/mails/{key}", response=SequenceMail, summary="Read a mail as a person would",
    operation_id="sequences_preview",
)  # fmt: skip
def preview(
    request: Caller, sequence_id: int, key: str, person_id: Annotated[Key | None, Query()] = None
) -> SequenceMail:
    """The mail of the step of this key, filled in for this person, or else for one who is enrolled."""
    sequence = found(sequence_id)
    step = get_object_or_404(sequence.current.steps.filter(template__isnull=False), key=key)
    mail = previewing.read(step, sequence, person_id, by=request.user)
    return SequenceMail(
        person_id=mail.reader.pk if mail.reader else None, subject=mail.seen.subject, html=mail.seen.html,
        text=mail.seen.text, unfilled=list(mail.unfilled),
    )  # fmt: skip


@router.get("/pace/{int:mailbox_id}", response=PaceOut, summary="The pace", operation_id="sequences_pace")
def pace(request: Caller, mailbox_id: int) -> PaceOut:
    """How fast sequences leave from a mailbox."""
    row = Pace.objects.filter(mailbox=get_object_or_404(mine(request), pk=mailbox_id)).first()
    return PaceOut(mailbox_id=mailbox_id, per_day=row.per_day if row else None, gap=row.gap if row else 0)


@router.put("/pace/{int:mailbox_id}", response=PaceOut, summary="Set the pace", operation_id="sequences_set_pace")
def set_pace(request: Caller, mailbox_id: int, wanted: PaceIn) -> PaceOut:
    """For those who may change the mailbox."""
    box = get_object_or_404(mine(request), pk=mailbox_id)
    row = actions.set_pace(box, per_day=wanted.per_day, gap=wanted.gap, by=request.user)
    return PaceOut(mailbox_id=box.pk, per_day=row.per_day, gap=row.gap)


@router.put("/{int:sequence_id}", response=SequenceOut, summary="Save a sequence", operation_id="sequences_save")
def save(request: Caller, sequence_id: int, wanted: SequenceChange) -> SequenceOut:
    """Changed steps make a new version; those enrolled keep theirs unless `migrate`."""
    row = actions.save(
        found(sequence_id), draft(wanted, request.user), migrate=wanted.migrate, by=request.user, now=clock.now(),
        base=wanted.base,
    )  # fmt: skip
    return show(row)


@router.delete("/{int:sequence_id}", response={204: None}, summary="Delete for good", operation_id="sequences_delete")
def delete(request: Caller, sequence_id: int) -> Status[None]:
    """Those enrolled get nothing more."""
    actions.delete(found(sequence_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{int:sequence_id}/clone", response={201: SequenceOut}, summary="Clone", operation_id="sequences_clone")
def clone(request: Caller, sequence_id: int) -> Status[SequenceOut]:
    """The same once more."""
    return Status(201, show(actions.clone(found(sequence_id), by=request.user, now=clock.now())))


@router.post("/{int:sequence_id}/dry-run", response=DryRunOut, summary="Dry run", operation_id="sequences_dry_run")
def dry_run(request: Caller, sequence_id: int, wanted: PeopleIn) -> DryRunOut:
    """What would go out, when and to whom, and who would be left out; nothing is written."""
    run = enrolling.plan(found(sequence_id), wanted.person_ids, by=request.user, now=clock.now())
    return DryRunOut(planned=_planned(run), refused=_refused(run))


def _planned(run: enrolling.DryRun) -> list[PlannedOut]:
    return [
        PlannedOut(
            person_id=each.person_id, position=each.position, kind="mail" if each.is_mail else "task", at=each.at
        )
        for each in run.planned
    ]


def _refused(run: enrolling.DryRun) -> list[LeftOut]:
    return [LeftOut(person_id=each.person_id, name=each.name, reason=each.refusal) for each in run.refused]


@router.post(
    "/{int:sequence_id}/enrolments", response={201: EnrolledOut}, summary="Enrol people", operation_id="sequences_enrol"
)
def enrol(request: Caller, sequence_id: int, wanted: PeopleIn) -> Status[EnrolledOut]:
    """Any colleague may; whoever cannot be written to is left out, with the reason."""
    done = enrolling.enrol(found(sequence_id), wanted.person_ids, by=request.user, now=clock.now())
    return Status(201, EnrolledOut(ids=list(done.ids), left=done.left))


@router.get(
    "/{int:sequence_id}/enrolments", response=Enrolments, summary="People in it", operation_id="sequences_people"
)
def people(
    request: Caller, response: HttpResponse, sequence_id: int, page: PageQuery,
    state: Annotated[Literal["active", "paused", "finished", "stopped"] | None, Query()] = None,
) -> Page | dict[str, Any]:  # fmt: skip
    """Whom the caller may see."""
    rows = theirs(request).filter(sequence=found(sequence_id))
    return paged(request, response, rows.filter(state=state) if state else rows, page, tell)


@router.get(
    "/enrolments/{int:enrolment_id}", response=EnrolmentTold, summary="Why?", operation_id="sequences_read_enrolment"
)
def read_enrolment(request: Caller, enrolment_id: int) -> EnrolmentTold:
    """One person's way, with what was decided and why."""
    row = get_object_or_404(theirs(request), pk=enrolment_id)
    traces: Many[TraceOut] = [TraceOut.from_orm(trace) for trace in row.traces.all()]
    return EnrolmentTold(**tell(row).model_dump(), traces=list(traces))


VERBS = {"pause": actions.pause, "resume": actions.resume, "skip": actions.skip, "remove": actions.remove}


@router.post(
    "/enrolments/{int:enrolment_id}/{verb}", response=EnrolmentOut, summary="Pause, resume, skip or remove",
    operation_id="sequences_act_on_enrolment",
)  # fmt: skip
def act_on_enrolment(
    request: Caller, enrolment_id: int, verb: Literal["pause", "resume", "skip", "remove"]
) -> EnrolmentOut:
    """Raises 409 where it is not under way."""
    row = get_object_or_404(theirs(request), pk=enrolment_id)
    VERBS[verb](row, by=request.user, now=clock.now())
    return tell(get_object_or_404(theirs(request), pk=enrolment_id))
