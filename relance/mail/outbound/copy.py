"""One recipient's copy on its way out, and what is to be written about it *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.mail.outbound.due import Due
from relance.mail.outbound.recipients import MailKind
from relance.mail.tracking.stamp import TrackMode
from relance.mail.transport.transaction import Letter


class Lease:
    """The right to send one recipient's copy: fenced by its token, for as long as the database's clock says."""

    __slots__ = ("id", "token")

    def __init__(self, id: int, token: str) -> None:
        self.id = id
        self.token = token


class Copy:
    """A copy that is rendered and may leave."""

    __slots__ = ("due", "letter", "track")

    def __init__(self, due: Due, track: TrackMode, letter: Letter) -> None:
        self.due = due
        self.track = track
        self.letter = letter

    @property
    def lease(self) -> Lease:
        """Under which it is written."""
        return lease_of(self.due)

    @property
    def attempts(self) -> int:
        """How often it was tried before."""
        return self.due.attempts

    @property
    def first_try_at(self) -> datetime:
        """When it was to leave."""
        return self.due.begins_at

    @property
    def give_up_after(self) -> timedelta:
        """For how long it is tried."""
        return timedelta(hours=self.due.mail.retry_hours)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for its news: a person for that of a personal mail, a sequence for its next step."""
        return self.due.mail.kind != MailKind.MASS


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
    is_awaited: bool = False


def lease_of(due: Due) -> Lease:
    """The right under which a leased recipient is written."""
    return Lease(due.id, due.token)


def released(due: Due, *, at: datetime) -> Record:
    """Back into the queue as if nobody had touched it: no attempt is counted."""
    return Record(lease=lease_of(due), state="queued", at=at)


def refused(due: Due, because: str, *, at: datetime) -> Record:
    """Left out by the gate, with its reason."""
    return Record(lease=lease_of(due), state="refused", at=at, because=because)
