"""Follow-up reminders of sent mails (ENG-05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.agenda import reminders
from relance.agenda.models import Reminder
from relance.api.key import Caller
from relance.api.paging import Listed, Page, paged
from relance.api.reading import Moment, Wanted
from relance.insights.mails import personal
from relance.lib import clock

router = Router(tags=["Reminders"])


class ReminderOut(Schema):
    """What to be told if a mail has not had its effect by then."""

    id: int
    message_id: int
    condition: str = Field(description="no_reply, not_opened, anyway")
    due_at: datetime
    state: str = Field(description="waiting, due, settled, done")
    settled_by: str = Field(description="replied, clicked, opened")
    settled_at: datetime | None
    created_at: datetime


class Reminders(Listed):
    """A page of reminders."""

    items: list[ReminderOut]


class ReminderIn(Wanted):
    """A reminder of a mail that one has sent."""

    message_id: int
    condition: Literal["no_reply", "not_opened", "anyway"]
    due_at: Moment


class ReminderChange(Wanted):
    """Ask again then, if its condition still holds."""

    due_at: Moment


class Which(Page):
    """Which of them."""

    state: Literal["", "waiting", "due", "settled", "done"] = ""


def found(request: Caller, reminder_id: int) -> Reminder:
    """One of the caller's. Raises Http404."""
    return get_object_or_404(Reminder.objects.visible_to(request.user), pk=reminder_id)


@router.get("", response=Reminders, summary="My reminders")
def index(request: Caller, response: HttpResponse, asked: Query[Which]) -> dict[str, Any]:
    """Newest first."""
    rows = Reminder.objects.visible_to(request.user)
    rows = rows.filter(state=asked.state) if asked.state else rows
    return paged(request, response, rows.order_by("-pk"), asked, _show)


@router.post("", response={201: ReminderOut}, summary="Set a reminder")
def add(request: Caller, wanted: ReminderIn) -> Status[ReminderOut]:
    """It shows only if its condition holds at that time, and goes when the condition holds no more."""
    message = get_object_or_404(personal(request.user), pk=wanted.message_id)
    row = reminders.remind(message, condition=wanted.condition, due_at=wanted.due_at, by=request.user, now=clock.now())
    return Status(201, _show(row))


@router.get("/{int:reminder_id}", response=ReminderOut, summary="One reminder")
def read(request: Caller, reminder_id: int) -> ReminderOut:
    """Waiting, due, settled by what somebody did, or done."""
    return _show(found(request, reminder_id))


@router.patch("/{int:reminder_id}", response=ReminderOut, summary="Put a reminder off")
def put_off(request: Caller, reminder_id: int, wanted: ReminderChange) -> ReminderOut:
    """It waits again, whatever it was."""
    row = found(request, reminder_id)
    reminders.put_off(row, until=wanted.due_at, by=request.user, now=clock.now())
    return _show(found(request, row.pk))


@router.post("/{int:reminder_id}/done", response=ReminderOut, summary="Finish a reminder")
def finish(request: Caller, reminder_id: int) -> ReminderOut:
    """It has been seen to."""
    reminders.finish(found(request, reminder_id), by=request.user, now=clock.now())
    return _show(found(request, reminder_id))


@router.delete("/{int:reminder_id}/done", response=ReminderOut, summary="Reopen a reminder")
def reopen(request: Caller, reminder_id: int) -> ReminderOut:
    """Not after all."""
    reminders.reopen(found(request, reminder_id), by=request.user)
    return _show(found(request, reminder_id))


def _show(row: Reminder) -> ReminderOut:
    return ReminderOut(**{name: getattr(row, name) for name in ReminderOut.model_fields})
