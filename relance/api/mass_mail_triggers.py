"""What a mass mail sets off when it is opened, clicked or bounces (MASS-04)."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails import found
from relance.api.reading import Wanted
from relance.campaigns import triggers
from relance.campaigns.models import Trigger
from relance.lib import clock

router = Router(tags=["Mass mails"])
MOST = 20  # what is too many is refused with a sentence, what is absurd at the door
Event = Literal["opened", "clicked", "bounced"]


class UpdateIn(Wanted):
    """What a field of the record shall hold."""

    field: str = Field(max_length=80)
    value: Any = None


class ErrandIn(Wanted):
    """A task or a call: due `days` after the event, or on a `day`; without `owner_id` it is the record owner's."""

    subject: str = Field(max_length=200)
    days: int | None = 0
    day: str = Field("", max_length=10, examples=["2026-12-01"])
    hour: str = Field("09:00", max_length=5)
    owner_id: int | None = None
    status: str = Field("", max_length=8)
    priority: str = Field("normal", max_length=6)

    def errand(self) -> triggers.Errand:
        """As the verb takes it."""
        return triggers.Errand(**self.model_dump())


class TriggerIn(Wanted):
    """As many fields, tasks and calls as the settings allow, at first 3, 2 and 2; for a bounce fields only."""

    updates: list[UpdateIn] = Field([], max_length=MOST)
    tasks: list[ErrandIn] = Field([], max_length=MOST)
    calls: list[ErrandIn] = Field([], max_length=MOST)


class TriggerOut(Schema):
    """What follows from an event, and how often it has fired."""

    event: str
    updates: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    fired: int
    failed: int = Field(description="How often something stood in the way.")


def show(trigger: Trigger) -> TriggerOut:
    """A trigger as the API tells."""
    runs = trigger.runs.all()
    return TriggerOut(
        event=trigger.event, updates=trigger.updates, tasks=trigger.tasks, calls=trigger.calls,
        fired=runs.count(), failed=runs.exclude(why="").count(),
    )  # fmt: skip


@router.get("/{int:mass_mail_id}/triggers", response=list[TriggerOut], summary="What it sets off")
def index(request: Caller, mass_mail_id: int) -> list[TriggerOut]:
    """For each event that sets something off."""
    return [show(trigger) for trigger in found(request, mass_mail_id).triggers.all()]


@router.put("/{int:mass_mail_id}/triggers/{event}", response=TriggerOut, summary="Set what an event sets off")
def put(request: Caller, mass_mail_id: int, event: Event, wanted: TriggerIn) -> TriggerOut:
    """Instead of what it set off before; fires once for each recipient."""
    draft = triggers.TriggerDraft(
        event=event, updates=[(one.field, one.value) for one in wanted.updates],
        tasks=[one.errand() for one in wanted.tasks], calls=[one.errand() for one in wanted.calls],
    )  # fmt: skip
    return show(triggers.set_trigger(found(request, mass_mail_id), draft, by=request.user, now=clock.now()))


@router.delete("/{int:mass_mail_id}/triggers/{event}", response={204: None}, summary="Take a trigger away")
def remove(request: Caller, mass_mail_id: int, event: Event) -> Status[None]:
    """Nothing follows from this event any more."""
    triggers.remove_trigger(found(request, mass_mail_id), event, by=request.user, now=clock.now())
    return Status(204, None)
