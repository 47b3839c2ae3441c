"""The rules of mass mail *(pure)*: legal moves, the last minutes, lateness, who may act, triggers and follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DRAFT, SCHEDULED, STOPPED, LATE, LAUNCHED = "draft", "scheduled", "stopped", "late", "launched"

# Before the launch. From then on the message has its own life, see relance.mail.actions.
MOVES = {
    DRAFT: frozenset({SCHEDULED, LAUNCHED}),
    SCHEDULED: frozenset({SCHEDULED, STOPPED, LATE, LAUNCHED}),
    STOPPED: frozenset({SCHEDULED, LAUNCHED}),
    LATE: frozenset({SCHEDULED, STOPPED, LAUNCHED}),
    LAUNCHED: frozenset(),
}

# A follow-up waits as a draft for the first mail; one to those who open stays scheduled, and is planned again.
FOLLOW_UP_MOVES = {
    DRAFT: frozenset({SCHEDULED, STOPPED}),
    SCHEDULED: frozenset({SCHEDULED, STOPPED}),
    STOPPED: frozenset({SCHEDULED}),
    LATE: frozenset({SCHEDULED, STOPPED}),
}


def is_frozen(scheduled_at: datetime, *, now: datetime, minutes: int) -> bool:
    """Whether an edit stops the mail, so near to its time; exactly so many minutes count as near (MASS-06, ZMM-30)."""
    return scheduled_at - now <= timedelta(minutes=minutes)


def is_late(scheduled_at: datetime, *, now: datetime, hours: int) -> bool:
    """Whether it asks instead of leaving by itself: its time passed longer ago than that (MASS-09, D16)."""
    return now - scheduled_at > timedelta(hours=hours)


START_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30))
"""Before the second try of a start that broke off, the third, and so on: five tries in all, within an hour."""


def wait_after(tries: int) -> timedelta | None:
    """How long a start that has broken off so many times waits for its next try; None: it is not tried again."""
    return START_WAITS[tries - 1] if tries <= len(START_WAITS) else None


def may_act(*, creator_id: int, user_id: int) -> bool:
    """Only its creator edits, launches, pauses or stops a mass mail (MASS-07)."""
    return creator_id == user_id


def may_stop(*, creator_id: int, user_id: int, administers: bool) -> bool:
    """Its creator, and an administrator in an emergency (ZMM-34)."""
    return administers or creator_id == user_id


def may_delete_now(status: str) -> bool:
    """What is being prepared, sent or paused is stopped first, so that nothing leaves unseen."""
    return status not in ("preparing", "sending", "paused")


# Trigger actions (MASS-04).
OPENED, CLICKED, BOUNCED = "opened", "clicked", "bounced"


@dataclass(frozen=True, kw_only=True)
class Acts:
    """So many fields, tasks and calls: of one trigger, or at most."""

    updates: int = 0
    tasks: int = 0
    calls: int = 0


def trigger_fault(event: str, acts: Acts, *, most: Acts) -> str:
    """What a trigger may not be, as a word: too many of something, more than fields on a bounce, nothing at all."""
    if event == BOUNCED and (acts.tasks or acts.calls):
        return "fields_only"
    for what in ("updates", "tasks", "calls"):
        if getattr(acts, what) > getattr(most, what):
            return what
    return "" if acts != Acts() else "nothing"


def due_on(happened_at: datetime, *, days: int, at: time, zone: ZoneInfo) -> datetime:
    """So many days after something happened, at an hour of the clock; today's hour that has passed is tomorrow's."""
    day = happened_at.astimezone(zone).date() + timedelta(days=days)
    due = datetime.combine(day, at, tzinfo=zone)
    if due < happened_at:
        due = datetime.combine(day + timedelta(days=1), at, tzinfo=zone)
    return datetime.fromtimestamp(due.timestamp(), tz=UTC)


# Follow-ups (MASS-05).
MOST_DAYS = 365


def follow_up_fault(who: str, *, days: int | None, at: datetime | None) -> str:
    """What a follow-up may not be, as a word: a date for those who opened, no moment or two, days out of reach."""
    if who == OPENED and at is not None:
        return "days_only"
    if (days is None) == (at is None):
        return "when"
    return "days" if days is not None and not 0 <= days <= MOST_DAYS else ""


# When a mail stops by itself (CAMP-06, ADM-03). A first few say nothing yet.
FEWEST_SENT, FEWEST_BOUNCES, FEWEST_COMPLAINTS = 50, 5, 2


def breach(*, sent: int, hard: int, complained: int, bounce_percent: int, complaint_permille: int) -> str:
    """Which limit a mail has passed, as a word; 0 is no limit."""
    if sent < FEWEST_SENT:
        return ""
    if complaint_permille and complained >= FEWEST_COMPLAINTS and complained * 1000 > complaint_permille * sent:
        return "complaints"
    if bounce_percent and hard >= FEWEST_BOUNCES and hard * 100 > bounce_percent * sent:
        return "bounces"
    return ""
