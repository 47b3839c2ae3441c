"""One recipient's copy on its way out, and what is to be written about it *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from relance.mail.transport.transaction import Letter


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to send one recipient's copy: fenced by its token, for as long as the database's clock says."""

    id: int
    token: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A copy that is rendered and may leave."""

    lease: Lease
    message_id: int
    normal: str
    priority: int
    attempts: int
    first_try_at: datetime
    give_up_after: timedelta
    track: str
    letter: Letter

    @property
    def is_urgent(self) -> bool:
        """A personal mail: it overtakes, and its news travels at once."""
        return self.priority == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The new state of one recipient. `tried` is 1 when an attempt came to something."""

    lease: Lease
    state: str
    at: datetime
    code: int | None = None
    text: str | None = None
    tried: int = 0
    next_at: datetime | None = None
    bounce: str = ""
    because: str = ""


def released(lease: Lease, *, at: datetime, next_at: datetime | None = None) -> Record:
    """Back into the queue as if nobody had touched it: no attempt is counted."""
    return Record(lease=lease, state="queued", at=at, next_at=next_at)


def refused(lease: Lease, because: str, *, at: datetime) -> Record:
    """Left out by the gate, with its reason."""
    return Record(lease=lease, state="refused", at=at, because=because)
