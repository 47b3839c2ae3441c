"""What is known of one recipient, how a hit changes it, and what it counts for in its message. *(pure)*

`counted` is the one definition of the counters of a message: a counter changes by the difference between what a
recipient counted for before and after. `COUNTERS` says the same in SQL, for the engine and for recounting (MASS-08):

    delivered = sent and not bounced; opened, not opened and untracked share it out; clicked likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.stamp import TrackMode
from relance.mail.tracking.verdict import Verdict

COUNTS = frozenset({Verdict.HUMAN})  # alerts, triggers and figures only know these (ENG-02)

COUNTERS: Mapping[str, str] = {
    "bounced": "bounced_at IS NOT NULL",
    "bounced_late": "state = 'sent' AND bounced_at IS NOT NULL",
    "opened": "state = 'sent' AND bounced_at IS NULL AND first_opened_at IS NOT NULL",
    "clicked": "state = 'sent' AND bounced_at IS NULL AND first_clicked_at IS NOT NULL",
    "replied": "replied_at IS NOT NULL",
    "opted_out": "opted_out_at IS NOT NULL",
    "complained": "complained_at IS NOT NULL",
    "untracked_opens": ("state = 'sent' AND bounced_at IS NULL AND first_opened_at IS NULL AND track <> 'full'"),
    "untracked_clicks": (
        "state = 'sent' AND bounced_at IS NULL AND first_clicked_at IS NULL AND track NOT IN ('full', 'clicks')"
    ),
}


class Facts(NamedTuple):
    """The columns of a recipient that the way back reads or writes; a tuple, since every opening makes some."""

    id: int
    message_id: int
    content_id: int
    began_at: datetime  # when the message began to leave
    person_id: int | None
    normal: str | None
    state: str
    track: str
    sent_at: datetime | None
    bounced_at: datetime | None
    bounce_kind: str
    bounce_text: str
    first_opened_at: datetime | None
    last_opened_at: datetime | None
    opens: int
    machine_hits: int
    first_clicked_at: datetime | None
    clicks: int
    replied_at: datetime | None
    auto_replied_at: datetime | None
    opted_out_at: datetime | None
    complained_at: datetime | None
    consent: str

    @property
    def is_silent(self) -> bool:
        """Whether the person has refused to be followed, also by pixels that she already has (UNSUB-06)."""
        return self.consent == "denied"

    def tells_of_files(self) -> bool | None:
        """Whether an opening of a followed file may name its reader; None: nothing at all is written down (ENG-01).

        The file is reached through its link however the copy is followed, so that is decided here.
        """
        if self.track == TrackMode.NONE:
            return None
        return self.track in (TrackMode.FULL, TrackMode.CLICKS)

    @property
    def is_delivered(self) -> bool:
        return self.state == "sent" and self.bounced_at is None


_CHANGING = {
    "bounced_at": "timestamptz",
    "bounce_kind": "text",
    "bounce_text": "text",
    "first_opened_at": "timestamptz",
    "last_opened_at": "timestamptz",
    "opens": "integer",
    "machine_hits": "integer",
    "first_clicked_at": "timestamptz",
    "clicks": "integer",
    "replied_at": "timestamptz",
    "auto_replied_at": "timestamptz",
    "opted_out_at": "timestamptz",
    "complained_at": "timestamptz",
}
# What `after` may change: the places in `Facts`, with the types of PostgreSQL. The statement that writes is made of it.
WRITTEN: Mapping[int, str] = {Facts._fields.index(name): kind for name, kind in _CHANGING.items()}


def counted(facts: Facts) -> tuple[bool, ...]:
    """What a recipient counts for in its message, in the order of COUNTERS."""
    bounced, delivered = facts.bounced_at is not None, facts.is_delivered
    opened, clicked = facts.first_opened_at is not None, facts.first_clicked_at is not None
    return (
        bounced,
        bounced and facts.state == "sent",
        delivered and opened,
        delivered and clicked,
        facts.replied_at is not None,
        facts.opted_out_at is not None,
        facts.complained_at is not None,
        delivered and not opened and facts.track != TrackMode.FULL,
        delivered and not clicked and facts.track not in (TrackMode.FULL, TrackMode.CLICKS),
    )


def difference(before: Facts, after: Facts) -> dict[str, int]:
    """How the counters of the message change; the hits of machines and people included."""
    old, new = counted(before), counted(after)
    changes = {name: now - was for name, was, now in zip(COUNTERS, old, new, strict=True) if now != was}
    for name, was, now in (
        ("open_hits", before.opens, after.opens),
        ("click_hits", before.clicks, after.clicks),
        ("machine_hits", before.machine_hits, after.machine_hits),
    ):
        if now != was:
            changes[name] = now - was
    return changes


def after(facts: Facts, hit: Hit, verdict: Verdict) -> Facts:
    """The facts once this hit is known; the order in which hits arrive does not matter."""
    if hit.kind in (HitKind.OPEN, HitKind.CLICK, HitKind.FILE):
        return _followed(facts, hit, verdict)
    at = hit.at
    match hit.kind:
        case HitKind.REPLY:
            return _opened(facts._replace(replied_at=_first(facts.replied_at, at)), at)
        case HitKind.AUTO_REPLY:
            return facts._replace(auto_replied_at=_first(facts.auto_replied_at, at))
        case HitKind.BOUNCE:
            return _bounced(facts, hit)
        case HitKind.COMPLAINT:
            return facts._replace(complained_at=_first(facts.complained_at, at))
        case HitKind.OPT_OUT:
            return facts._replace(opted_out_at=_first(facts.opted_out_at, at))
        case HitKind.OPT_IN:
            return facts._replace(opted_out_at=None)
    return facts


def _followed(facts: Facts, hit: Hit, verdict: Verdict) -> Facts:
    if verdict not in COUNTS:
        return facts._replace(machine_hits=facts.machine_hits + (verdict is Verdict.MACHINE))
    if hit.kind is HitKind.OPEN:
        return _opened(facts, hit.at, opens=1)
    if hit.kind is HitKind.CLICK:
        clicked = facts._replace(clicks=facts.clicks + 1, first_clicked_at=_first(facts.first_clicked_at, hit.at))
        return _opened(clicked, hit.at)
    return _opened(facts, hit.at)


def _opened(facts: Facts, at: datetime, *, opens: int = 0) -> Facts:
    return facts._replace(
        opens=facts.opens + opens,
        first_opened_at=_first(facts.first_opened_at, at),
        last_opened_at=at if facts.last_opened_at is None else max(facts.last_opened_at, at),
    )


def _bounced(facts: Facts, hit: Hit) -> Facts:
    """The first bounce stands, save that a hard one says more than a soft one."""
    kind = hit.detail.get("bounce", "soft")
    if facts.bounced_at is not None and not (kind == "hard" and facts.bounce_kind == "soft"):
        return facts
    text = hit.detail.get("text", "")[:500]
    return facts._replace(bounced_at=_first(facts.bounced_at, hit.at), bounce_kind=kind, bounce_text=text)


def _first(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
