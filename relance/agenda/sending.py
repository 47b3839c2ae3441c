"""Send a written mail with its reminder, and take both back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from relance.agenda import reminders
from relance.agenda.models import Reminder
from relance.mail.models import Message, SavedDraft
from relance.mail.writing import leaving
from relance.team.models import User


@transaction.atomic
def send(draft: SavedDraft, *, by: User, now: datetime, undo: timedelta = timedelta(0)) -> Message:
    """As `leaving.send`, with the reminder that was asked for. Raises TooEarly too."""
    message = leaving.send(draft, by=by, now=now, undo=undo)
    if draft.remind_if and draft.remind_at:
        reminders.remind(message, condition=draft.remind_if, due_at=draft.remind_at, by=by, now=now)
    return message


@transaction.atomic
def take_back(draft: SavedDraft, *, by: User, now: datetime) -> SavedDraft:
    """As `leaving.take_back`; its reminder goes with it and is kept on the draft."""
    message_id = draft.message_id
    taken = leaving.take_back(draft, by=by, now=now)
    Reminder.objects.filter(message=message_id).delete()
    return taken
