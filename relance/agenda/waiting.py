"""How much waits for a colleague, place by place: the numbers beside the names in the side bar (DESIGN 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.agenda import assistant
from relance.agenda.due import until_tonight
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
    tasks, calls = until_tonight(user, now=now)
    return Waiting(
        today=min(len(assistant.cards(user, now=now, to_do=False)), MOST),
        inbox=min(folders.unread(user), MOST),
        tasks=tasks[:MOST].count(),
        calls=calls[:MOST].count(),
    )
