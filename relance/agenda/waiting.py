"""How much waits for a colleague, place by place: the numbers beside the names in the side bar (DESIGN 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.agenda import assistant, rules
from relance.agenda.models import Call, Task
from relance.agenda.rules import When
from relance.lib import zones
from relance.mail import folders
from relance.team.models import User

MOST = 999


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Cards of Today, unread mails of the inbox, her open tasks and calls until tonight; none is counted beyond 999."""

    today: int
    inbox: int
    tasks: int
    calls: int


def waiting(user: User, *, now: datetime) -> Waiting:
    """What waits for her at this moment, by her own day."""
    _start, tonight = rules.span(When.TODAY, now=now, zone=zones.zone(user.time_zone))
    tasks = Task.objects.open().filter(owner=user, due_order__lt=tonight)
    calls = Call.objects.open().filter(owner=user, due_at__lt=tonight)
    return Waiting(
        today=min(len(assistant.cards(user, now=now, to_do=False)), MOST),
        inbox=min(folders.unread(user), MOST),
        tasks=tasks[:MOST].count(),
        calls=calls[:MOST].count(),
    )
