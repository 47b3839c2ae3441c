"""Sequences: define, enrol, dry run, and each person's way (SEQ-01 to SEQ-15)."""

from __future__ import annotations

from collections.abc import Sequence as Many
from datetime import datetime, time
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, Page, PageQuery, paged
from relance.api.reading import Wanted
from relance.lib import clock
from relance.mail.models import Template
from relance.people.models import Person
from relance.sequences import actions, enrolling, stats
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.sequences.models import Enrolment, Sequence
from relance.team.models import User

router = Router(tags=["Sequences"])
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Language = Literal["fr", "en", "de", "es", "it", "nl", "pt"]
MOST = 10_000


class StepIn(Wanted):
    """A step: a mail with its template, or a task. `key` says which one it was; `thread` the key it answers."""

    kind: Literal["mail", "task"]
    key: str = Field("", max_length=32, pattern="^[0-9A-Za-z]*$")
    name: str = Field("", max_length=160)
    template_id: Key | None = None
    wait_minutes: int = Field(0, ge=0, le=525_600, description="Of a mail: by the watch, after the step before")
    wait_days: int = Field(0, ge=0, le=365, description="Of a task: working days to do it")
    hour: time | None = None
    thread: str = Field("", max_length=32, description="The key of the mail it answers; empty: a new thread")


class SequenceIn(Wanted):
    """A sequence with all its steps, in their order."""

    name: str = Field(max_length=120)
    steps: list[StepIn] = Field(default_factory=list, max_length=50)
    opt_out_link: bool = True
    language: Language = "en"
    stops_company: bool = False


class SequenceChange(SequenceIn):
    """The same, to be saved; `migrate`: those enrolled go over after the step that is scheduled."""

    migrate: bool = False
    base: int | None = Field(None, ge=1, le=10**6, description="The version that was edited")


class StepOut(Schema):
    """A step."""

    key: str
    kind: str
    name: str
    template_id: int | None
    wait_minutes: int
    wait_days: int
    hour: time | None
    thread: str


class SequenceOut(Schema):
    """A sequence, its present version and its numbers."""

    id: int
    name: str
    version: int
    opt_out_link: bool
    language: str
    stops_company: bool
    creator_id: int | None
    steps: list[StepOut]
    enrolled: int
    active: int
    paused: int
    finished: int
    replied: int
    stopped: int
    exits: dict[str, int]


class Sequences(Listed):
    """A page of sequences."""

    items: list[SequenceOut]


class PeopleIn(Wanted):
    """Who is to be enrolled."""

    person_ids: list[Key] = Field(min_length=1, max_length=MOST)


class EnrolledOut(Schema):
    """What came of it: new enrolments, and how many were left out for which reason."""

    ids: list[int]
    left: dict[str, int]


class PlannedOut(Schema):
    """One step of one person in a dry run."""

    person_id: int
    position: int
    kind: str
    at: datetime


class LeftOut(Schema):
    """Somebody who would be left out."""

    person_id: int
    name: str
    reason: str


class DryRunOut(Schema):
    """The calendar of what would go out, and who would be left out and why."""

    planned: list[PlannedOut]
    refused: list[LeftOut]


class TraceOut(Schema):
    """What was decided, and why."""

    at: datetime
    what: str
    detail: dict[str, Any]


class EnrolmentOut(Schema):
    """One person's way through a sequence."""

    id: int
    sequence_id: int
    person_id: int | None
    user_id: int
    version: int
    state: str
    reason: str
    position: int
    waits: str
    due_at: datetime | None
    resumes_at: datetime | None
    replied_at: datetime | None
    enrolled_at: datetime
    ended_at: datetime | None


class EnrolmentTold(EnrolmentOut):
    """The same, with its trace."""

    traces: list[TraceOut]


class Enrolments(Listed):
    """A page of enrolments."""

    items: list[EnrolmentOut]


def found(pk: int) -> Sequence:
    """A sequence that is there. Raises Http404."""
    return get_object_or_404(Sequence.objects.filter(deleted_at=None), pk=pk)


def show(sequence: Sequence) -> SequenceOut:
    """As the API tells it."""
    version, figures = sequence.current, stats.figures(sequence)
    return SequenceOut(
        id=sequence.pk, name=sequence.name, version=version.number, opt_out_link=sequence.opt_out_link,
        language=sequence.language, stops_company=sequence.stops_company, creator_id=sequence.creator_id,
        steps=[StepOut.from_orm(step) for step in version.steps.order_by("position")], enrolled=figures.enrolled,
        active=figures.active, paused=figures.paused, finished=figures.finished, replied=figures.replied,
        stopped=figures.stopped, exits=dict(stats.exits(sequence)),
    )  # fmt: skip


def draft(wanted: SequenceIn, by: User) -> SequenceDraft:
    """The request as a draft."""
    ids = [step.template_id for step in wanted.steps if step.template_id]
    templates = Template.objects.visible_to(by).in_bulk(ids)
    steps = tuple(
        StepDraft(
            kind=step.kind, key=step.key, name=step.name, template=templates.get(step.template_id or 0),
            wait_minutes=step.wait_minutes, wait_days=step.wait_days, hour=step.hour, thread=step.thread,
        )
        for step in wanted.steps
    )  # fmt: skip
    return SequenceDraft(
        name=wanted.name, steps=steps, opt_out_link=wanted.opt_out_link, language=wanted.language,
        stops_company=wanted.stops_company,
    )  # fmt: skip


def tell(row: Enrolment) -> EnrolmentOut:
    """An enrolment as the API tells it."""
    names = [name for name in EnrolmentOut.model_fields if name != "version"]
    return EnrolmentOut(version=row.version.number, **{name: getattr(row, name) for name in names})


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
