"""What became of a sequence: people by state, exits by reason, each step's mails and tasks (SEQ-11)."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from relance.mail.models import Recipient
from relance.sequences.models import Enrolment, Sequence, Step, StepRun, Version

State = Enrolment.State
NAMES = ("sent", "followed", "opened", "clicked", "replied", "bounced", "done", "open")
FINISHED = Q(enrolments__state=State.FINISHED)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Numbers of people."""

    enrolled: int
    active: int
    paused: int
    finished: int
    replied: int
    stopped: int

    @property
    def going(self) -> int:
        """Under way: active, or paused."""
        return self.active + self.paused

    @property
    def reply_rate(self) -> float | None:
        """Of those who finished, the share who replied; None while nobody has."""
        return self.replied / self.finished if self.finished else None

    @property
    def reply_rate_of_enrolled(self) -> float | None:
        """Of all who were ever enrolled, the share who replied; None while nobody was (C-3)."""
        return self.replied / self.enrolled if self.enrolled else None


@dataclass(frozen=True, kw_only=True)
class StepFigures:
    """Numbers of one step, over all versions; `followed` are the mails whose openings can be known."""

    step: Step
    waiting: int
    sent: int
    followed: int
    opened: int
    clicked: int
    replied: int
    bounced: int
    done: int
    open: int


def listed() -> QuerySet[Sequence]:
    """The sequences that are not deleted, with the numbers of the list."""
    latest = Version.objects.filter(sequence=OuterRef("pk")).order_by("-number")
    steps = latest.annotate(many=Count("steps")).values("many")[:1]
    rows = Sequence.objects.filter(deleted_at=None).select_related("creator")
    return rows.annotate(
        steps=Coalesce(Subquery(steps), 0),
        enrolled=Count("enrolments"),
        active=Count("enrolments", filter=Q(enrolments__state__in=Enrolment.GOING)),
        finished=Count("enrolments", filter=FINISHED),
        replied=Count("enrolments", filter=FINISHED & Q(enrolments__replied_at__isnull=False)),
    ).order_by("name", "id")


def figures(sequence: Sequence) -> Figures:
    """The numbers of one sequence."""
    states = dict(sequence.enrolments.values_list("state").annotate(Count("pk")).order_by())
    replied = sequence.enrolments.filter(state=State.FINISHED, replied_at__isnull=False).count()
    return Figures(
        enrolled=sum(states.values()), active=states.get(State.ACTIVE, 0), paused=states.get(State.PAUSED, 0),
        finished=states.get(State.FINISHED, 0), stopped=states.get(State.STOPPED, 0), replied=replied,
    )  # fmt: skip


def exits(sequence: Sequence) -> list[tuple[str, int]]:
    """Why people left, the most frequent first."""
    ended = sequence.enrolments.filter(ended_at__isnull=False)
    counts = ended.values_list("reason").annotate(people=Count("pk")).order_by("-people", "reason")
    return list(counts)


def of_steps(sequence: Sequence) -> list[StepFigures]:
    """Each step of the present version with its numbers."""
    steps: Many[Step] = list(sequence.current.steps.select_related("template").order_by("position"))
    counts = _counted(sequence)
    waiting = _waiting(sequence)
    return [_figures(step, counts.get(step.key, {}), waiting.get(step.key, 0)) for step in steps]


def _figures(step: Step, row: dict[str, int], waiting: int) -> StepFigures:
    return StepFigures(step=step, waiting=waiting, **{name: row.get(name, 0) for name in NAMES})


def _counted(sequence: Sequence) -> dict[str, dict[str, int]]:
    copy, mail = "message__recipients__", Q(message__isnull=False)
    runs = StepRun.objects.filter(enrolment__sequence=sequence).values("step__key").order_by()
    found = runs.annotate(
        sent=Count("pk", filter=Q(**{f"{copy}sent_at__isnull": False})),
        followed=Count("pk", filter=Q(**{f"{copy}sent_at__isnull": False, f"{copy}track": Recipient.Track.FULL})),
        opened=Count("pk", filter=Q(**{f"{copy}first_opened_at__isnull": False})),
        clicked=Count("pk", filter=Q(**{f"{copy}first_clicked_at__isnull": False})),
        replied=Count("pk", filter=Q(**{f"{copy}replied_at__isnull": False})),
        bounced=Count("pk", filter=Q(**{f"{copy}bounced_at__isnull": False})),
        done=Count("pk", filter=~mail & Q(done_at__isnull=False)),
        open=Count("pk", filter=~mail & Q(done_at=None)),
    )
    return {key: dict(zip(NAMES, numbers, strict=True)) for key, *numbers in found.values_list("step__key", *NAMES)}


def _waiting(sequence: Sequence) -> dict[str, int]:
    """How many people wait at each step, by its key."""
    here = Step.objects.filter(version=OuterRef("version"), position=OuterRef("position")).values("key")[:1]
    going = sequence.enrolments.filter(state__in=Enrolment.GOING).annotate(key=Subquery(here))
    return dict(going.values_list("key").annotate(Count("pk")).order_by())
