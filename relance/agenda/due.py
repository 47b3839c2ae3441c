"""What a colleague has to do until tonight: for Today, for the Assistant's cards, for the numbers in the side bar."""

from __future__ import annotations

from datetime import datetime

from relance.agenda import rules
from relance.agenda.models import Call, Calls, Task, Tasks
from relance.agenda.rules import When
from relance.lib import zones
from relance.team.models import User


def until_tonight(user: User, *, now: datetime) -> tuple[Tasks, Calls]:
    """Her open tasks and calls until the end of her own day, the most overdue first; none without a date."""
    _start, tonight = rules.span(When.TODAY, now=now, zone=zones.zone(user.time_zone))
    tasks = Task.objects.open().filter(owner=user, due_order__lt=tonight).order_by("due_order", "id")
    calls = Call.objects.open().filter(owner=user, due_at__lt=tonight).order_by("due_at", "id")
    return tasks, calls
