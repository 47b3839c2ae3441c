"""The rules of mass mail *(pure)*: legal moves, the last minutes before a departure, lateness, who may act."""

from __future__ import annotations

from datetime import datetime, timedelta

DRAFT, SCHEDULED, STOPPED, LATE, LAUNCHED = "draft", "scheduled", "stopped", "late", "launched"

# Before the launch. From then on the message has its own life, see relance.mail.actions.
MOVES = {
    DRAFT: frozenset({SCHEDULED, LAUNCHED}),
    SCHEDULED: frozenset({SCHEDULED, STOPPED, LATE, LAUNCHED}),
    STOPPED: frozenset({SCHEDULED, LAUNCHED}),
    LATE: frozenset({SCHEDULED, STOPPED, LAUNCHED}),
    LAUNCHED: frozenset(),
}


def is_frozen(scheduled_at: datetime, *, now: datetime, minutes: int) -> bool:
    """Whether an edit stops the mail, so near to its time; exactly so many minutes count as near (MASS-06, ZMM-30)."""
    return scheduled_at - now <= timedelta(minutes=minutes)


def is_late(scheduled_at: datetime, *, now: datetime, hours: int) -> bool:
    """Whether it asks instead of leaving by itself: its time passed longer ago than that (MASS-09, D16)."""
    return now - scheduled_at > timedelta(hours=hours)


def may_act(*, creator_id: int, user_id: int) -> bool:
    """Only its creator edits, launches, pauses or stops a mass mail (MASS-07)."""
    return creator_id == user_id


def may_stop(*, creator_id: int, user_id: int, administers: bool) -> bool:
    """Its creator, and an administrator in an emergency (ZMM-34)."""
    return administers or creator_id == user_id


def may_delete_now(status: str) -> bool:
    """What is being prepared, sent or paused is stopped first, so that nothing leaves unseen."""
    return status not in ("preparing", "sending", "paused")
