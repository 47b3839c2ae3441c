"""From hits to verdicts: gathers what `verdict.judge` wants to know, and looks again at clicks that became a burst.

A scanner that follows every link is only known by its second link, so a burst takes the earlier clicks back (T3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from relance.mail.tracking import verdict
from relance.mail.tracking.book import Click
from relance.mail.tracking.facts import Facts
from relance.mail.tracking.hits import FOLLOWED, Hit, HitKind
from relance.mail.tracking.verdict import Verdict

BURST = timedelta(seconds=5)  # clicks on several links of one mail within this time are looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A hit with its verdict and the message that it belongs to; `facts` is None when it must name nobody."""

    hit: Hit
    message_id: int
    facts: Facts | None
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overturned:
    """An earlier click, and what it is called now."""

    id: UUID
    recipient_id: int
    verdict: Verdict
    why: str


DOUBT = {Verdict.HUMAN: 0, Verdict.UNKNOWN: 1, Verdict.MACHINE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The clicks of one recipient around a moment, noted before or just arrived."""

    clicks: Mapping[UUID, tuple[datetime, int | None]]

    def others(self, at: datetime, link: int | None) -> int:
        """How many other links of the mail were followed around this moment."""
        near = {other for when, other in self.clicks.values() if abs(when - at) <= BURST}
        return len(near - {link})


def judge(hits: Sequence[Hit], of: Mapping[int, Facts], earlier: Sequence[Click], own: set[str]) -> list[Judged]:
    """The verdict on each hit of a known recipient."""
    bursts = _bursts(hits, earlier)
    judged = []
    for hit in hits:
        assert hit.recipient_id is not None
        facts = of[hit.recipient_id]
        ruling, why = _ruling(hit, facts, bursts[hit.recipient_id], hit.session in own)
        silent = facts.is_silent and hit.kind in FOLLOWED
        judged.append(
            Judged(hit=hit, message_id=facts.message_id, facts=None if silent else facts, verdict=ruling, why=why)
        )
    return judged


def judge_alone(hits: Iterable[Hit], messages: Mapping[int, int]) -> list[Judged]:
    """The verdict on hits that name a content only."""
    judged = []
    for hit in hits:
        message_id = messages.get(hit.content_id or 0)
        if message_id is not None and hit.kind in FOLLOWED:
            ruling, why = _ruling(hit, None, Burst(clicks={}), own=False)
            judged.append(Judged(hit=hit, message_id=message_id, facts=None, verdict=ruling, why=why))
    return judged


def overturned(hits: Sequence[Hit], of: Mapping[int, Facts], earlier: Sequence[Click]) -> list[Overturned]:
    """The earlier clicks that the new ones show to be less of a person's than was thought."""
    bursts = _bursts(hits, earlier)
    found = []
    for click in earlier:
        again = Hit(
            id=click.id, kind=HitKind.CLICK, at=click.at, recipient_id=click.recipient_id, link=click.link,
            method=click.method, user_agent=click.user_agent,
        )  # fmt: skip
        ruling, why = _ruling(again, of[click.recipient_id], bursts[click.recipient_id], own=False)
        if DOUBT[ruling] > DOUBT[Verdict(click.verdict)]:
            found.append(Overturned(id=click.id, recipient_id=click.recipient_id, verdict=ruling, why=why))
    return found


def _bursts(hits: Iterable[Hit], earlier: Iterable[Click]) -> Mapping[int | None, Burst]:
    clicks: defaultdict[int | None, dict[UUID, tuple[datetime, int | None]]] = defaultdict(dict)
    for click in earlier:
        clicks[click.recipient_id][click.id] = click.at, click.link
    for hit in hits:
        if hit.kind is HitKind.CLICK:
            clicks[hit.recipient_id][hit.id] = hit.at, hit.link
    return defaultdict(
        lambda: Burst(clicks={}), {recipient: Burst(clicks=found) for recipient, found in clicks.items()}
    )


PLAIN = {
    HitKind.REPLY: Verdict.HUMAN,
    HitKind.OPT_OUT: Verdict.HUMAN,
    HitKind.OPT_IN: Verdict.HUMAN,
    HitKind.COMPLAINT: Verdict.HUMAN,
    HitKind.AUTO_REPLY: Verdict.MACHINE,
    HitKind.BOUNCE: Verdict.MACHINE,
    HitKind.DELAY: Verdict.MACHINE,
}


def _ruling(hit: Hit, facts: Facts | None, burst: Burst, own: bool) -> tuple[Verdict, str]:
    if hit.kind not in FOLLOWED:
        return PLAIN[hit.kind], str(hit.kind)
    asked = verdict.Hit(
        action=verdict.Action(hit.kind),
        method=hit.method,
        user_agent=hit.user_agent,
        since_delivery=_since_delivery(hit, facts),
        other_links=burst.others(hit.at, hit.link) if hit.kind is HitKind.CLICK else 0,
        links_in_mail=facts.links if facts else 0,
        own_session=own,
        prefetch=hit.prefetch,
    )
    given = _known(asked)
    return given.verdict, str(given.why)


_known = lru_cache(maxsize=4096)(verdict.judge)  # the same programs ask all day long
LONG_AGO = timedelta(hours=1)  # what is said of an hour after delivery is said of any later time


def _since_delivery(hit: Hit, facts: Facts | None) -> timedelta | None:
    """Zero while the sending has not been recorded yet: the relay has the mail since this very moment."""
    if facts is None:
        return None
    if facts.sent_at is None:
        return timedelta(0) if facts.state in ("leased", "in_data") else None
    return min(max(hit.at - facts.sent_at, timedelta(0)), LONG_AGO)
