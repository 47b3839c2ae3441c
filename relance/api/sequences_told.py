"""What the API reads and tells of sequences."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed
from relance.api.reading import Wanted
from relance.mail.models import Template
from relance.sequences import stats
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.sequences.models import Enrolment, Sequence
from relance.team.models import User

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


class PeopleNumbers(Schema):
    """People of a sequence by state."""

    enrolled: int
    active: int
    paused: int
    finished: int
    replied: int
    stopped: int


class SequenceOut(PeopleNumbers):
    """A sequence, its present version and its numbers."""

    id: int
    name: str
    version: int
    opt_out_link: bool
    language: str
    stops_company: bool
    creator_id: int | None
    steps: list[StepOut]
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


class StepNumbers(Schema):
    """The numbers of one step, over all versions; of a mail what became of it, of a task how many are done."""

    key: str
    position: int
    name: str
    waiting: int
    sent: int
    followed: int
    opened: int
    clicked: int
    replied: int
    bounced: int
    tasks_done: int
    tasks_open: int


class SequenceStatistics(PeopleNumbers):
    """What became of a sequence: the reply rate is that of those who finished; a second one is over all enrolled."""

    reply_rate: float | None
    reply_rate_of_enrolled: float | None
    exits: dict[str, int]
    steps: list[StepNumbers]


class StuckOut(Schema):
    """So many people who stand still in a sequence until somebody sees to it."""

    sequence_id: int
    user_id: int
    reason: str = Field(description="mailbox, sender, failed, task, template")
    people: int
    since: datetime


class StuckSequences(Schema):
    """All that stands still and concerns the caller."""

    items: list[StuckOut]


class LandingOut(Schema):
    """Where the people at one step would go on; `then` is empty where they would have reached the end."""

    scheduled: str
    people: int
    then: str


class SaveEffect(Schema):
    """What saving these steps would do to those enrolled."""

    affected: int
    changes_steps: bool
    landings: list[LandingOut]


class SequenceMail(Schema):
    """A mail of a sequence as one person would read it."""

    person_id: int | None
    subject: str
    html: str
    text: str
    unfilled: list[str] = Field(description="The fields that are empty for this person, with no words in their place.")


class PaceIn(Wanted):
    """How fast sequences leave from a mailbox."""

    per_day: int | None = Field(None, ge=1, le=99_999, description="At most so many mails in a day; null: no limit")
    gap: int = Field(0, ge=0, le=99_999, description="Seconds between two of them, at least")


class PaceOut(Schema):
    """How fast sequences leave from a mailbox."""

    mailbox_id: int
    per_day: int | None
    gap: int


class Enrolments(Listed):
    """A page of enrolments."""

    items: list[EnrolmentOut]


def show(sequence: Sequence) -> SequenceOut:
    """As the API tells it."""
    version, figures = sequence.current, stats.figures(sequence)
    return SequenceOut(
        id=sequence.pk, name=sequence.name, version=version.number, opt_out_link=sequence.opt_out_link,
        language=sequence.language, stops_company=sequence.stops_company, creator_id=sequence.creator_id,
        steps=[StepOut.from_orm(step) for step in version.steps.order_by("position")],
        exits=dict(stats.exits(sequence)), **asdict(figures),
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


def numbers(row: stats.StepFigures) -> StepNumbers:
    return StepNumbers(
        key=row.step.key, position=row.step.position, name=row.step.name, waiting=row.waiting, sent=row.sent,
        followed=row.followed, opened=row.opened, clicked=row.clicked, replied=row.replied, bounced=row.bounced,
        tasks_done=row.done, tasks_open=row.open,
    )  # fmt: skip
