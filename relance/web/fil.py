"""The thread (`.fil`): the life of one mail to one person, as a row of nodes *(pure)*; DESIGN section 4.

Each node has a kind which decides its drawing: done, new (just happened), todo, machine, off or fail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

FRESH = timedelta(hours=1)


class Kind(StrEnum):
    DONE = "done"
    NEW = "new"
    TODO = "todo"
    MACHINE = "machine"
    OFF = "off"
    FAIL = "fail"


class Stage(StrEnum):
    """What a node tells of."""

    SENT = "sent"
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    OPENED = "opened"
    MACHINE = "machine"
    NOT_TRACKED = "not_tracked"
    CLICKED = "clicked"
    REPLIED = "replied"


class Node(NamedTuple):
    """One node of a thread: what it tells of, how it is drawn, and when it happened. A list holds two hundred (L1)."""

    stage: Stage
    kind: Kind
    at: datetime | None = None


class Life(NamedTuple):
    """What is known of one mail to one person; times are None for what has not happened."""

    sent_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    replied_at: datetime | None = None
    bounced_at: datetime | None = None
    scheduled_at: datetime | None = None
    failed: bool = False
    refused: bool = False
    unknown: bool = False
    tracked: bool = True
    machine_only: bool = False


class Copy(Protocol):
    """What is read of a Recipient: one person's copy of a mail."""

    state: str
    track: str
    queued_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    first_opened_at: datetime | None
    first_clicked_at: datetime | None
    replied_at: datetime | None
    bounced_at: datetime | None
    machine_hits: int


def life(copy: Copy) -> Life:
    """The life of a Recipient."""
    return Life(
        sent_at=copy.sent_at,
        opened_at=copy.first_opened_at,
        clicked_at=copy.first_clicked_at,
        replied_at=copy.replied_at,
        bounced_at=copy.bounced_at,
        scheduled_at=copy.next_attempt_at,
        failed=copy.state == "failed" and copy.bounced_at is None,
        refused=copy.state in ("refused", "cancelled"),
        unknown=copy.state == "unknown",
        tracked=copy.track == "full",
        machine_only=copy.machine_hits > 0,
    )


def nodes(life: Life, now: datetime) -> tuple[Node, ...]:
    """The nodes of a thread, in order. A click or a reply implies that the mail was opened (ENG-05)."""
    if life.refused:
        return (Node(stage=Stage.REFUSED, kind=Kind.OFF),)
    if life.failed:
        return (Node(stage=Stage.FAILED, kind=Kind.FAIL),)
    if life.bounced_at:
        return (_first(life), Node(stage=Stage.BOUNCED, kind=Kind.FAIL, at=life.bounced_at))
    return (_first(life), _opened(life, now), _step(Stage.CLICKED, life.clicked_at, now), _replied(life, now))


def _first(life: Life) -> Node:
    if life.sent_at:
        return Node(stage=Stage.SENT, kind=Kind.DONE, at=life.sent_at)
    if life.unknown:
        return Node(stage=Stage.UNKNOWN, kind=Kind.MACHINE)
    stage = Stage.SCHEDULED if life.scheduled_at else Stage.WAITING
    return Node(stage=stage, kind=Kind.TODO, at=life.scheduled_at)


def _opened(life: Life, now: datetime) -> Node:
    opened_at = life.opened_at or life.clicked_at
    if opened_at:
        return _step(Stage.OPENED, opened_at, now)
    if life.sent_at and not life.tracked:
        return Node(stage=Stage.NOT_TRACKED, kind=Kind.OFF)
    if life.machine_only:
        return Node(stage=Stage.MACHINE, kind=Kind.MACHINE)
    return Node(stage=Stage.OPENED, kind=Kind.TODO)


def _replied(life: Life, now: datetime) -> Node:
    return _step(Stage.REPLIED, life.replied_at, now)


def _step(stage: Stage, at: datetime | None, now: datetime) -> Node:
    if at is None:
        return Node(stage=stage, kind=Kind.TODO)
    return Node(stage=stage, kind=Kind.NEW if now - at < FRESH else Kind.DONE, at=at)
