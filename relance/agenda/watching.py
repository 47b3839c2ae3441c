"""When a follow-up reminder is settled, when it is due, and what it may say *(pure)* (ENG-05).

A human click or reply implies that the mail was opened; an automatic answer is no reply. What was not followed is never
"not opened": the reminder says that nobody can know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Condition(StrEnum):
    """The one condition of a reminder."""

    NO_REPLY = "no_reply"
    NOT_OPENED = "not_opened"
    ANYWAY = "anyway"


class Settled(StrEnum):
    """Why a reminder is not needed any more."""

    REPLIED = "replied"
    CLICKED = "clicked"
    OPENED = "opened"


class Known(StrEnum):
    """What is known of the condition when the reminder is due."""

    SURE = "sure"
    NOT_FOLLOWED = "not_followed"  # openings were not followed: nobody can know
    PARTLY_FOLLOWED = "partly_followed"
    BOUNCED = "bounced"  # it never arrived
    NOT_SENT = "not_sent"  # it has not left


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of one recipient's copy; only what people did counts."""

    sent_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    replied_at: datetime | None = None
    bounced_at: datetime | None = None
    is_followed: bool = True


def is_settled(condition: Condition, copies: Sequence[Seen]) -> Settled | None:
    """Why it need not be asked any more: one of those written to has done what was waited for."""
    if condition is Condition.ANYWAY:
        return None
    if any(copy.replied_at for copy in copies):
        return Settled.REPLIED
    if condition is Condition.NO_REPLY:
        return None
    if any(copy.clicked_at for copy in copies):
        return Settled.CLICKED
    return Settled.OPENED if any(copy.opened_at for copy in copies) else None


def is_due(condition: Condition, copies: Sequence[Seen], *, due_at: datetime, now: datetime) -> bool:
    """Whether the seller is to be told now."""
    return now >= due_at and is_settled(condition, copies) is None


LONG_IN_HAND = timedelta(minutes=1)
A_SWEEP = timedelta(seconds=8)


def sure_at(*, opened_at: datetime, clicked_at: datetime | None, sent_at: datetime | None) -> datetime:
    """When a first opening may be told: at once, or once it can no more turn out to be a scanner's.

    A scanner acts when it is given the mail, and shows itself by following link after link: so a click, and whatever
    comes within a minute of the departure, waits for a moment.
    """
    is_early = sent_at is not None and opened_at < sent_at + LONG_IN_HAND
    return opened_at + A_SWEEP if is_early or clicked_at == opened_at else opened_at


def known(condition: Condition, copies: Sequence[Seen]) -> Known:
    """How sure one may be of what a due reminder says."""
    if not any(copy.sent_at for copy in copies):
        return Known.NOT_SENT
    if all(copy.bounced_at for copy in copies if copy.sent_at):
        return Known.BOUNCED
    if condition is not Condition.NOT_OPENED:
        return Known.SURE
    followed = [copy.is_followed for copy in copies if copy.sent_at]
    if all(followed):
        return Known.SURE
    return Known.PARTLY_FOLLOWED if any(followed) else Known.NOT_FOLLOWED
