"""From hits to verdicts: gathers what `verdict.judge` wants to know, and looks again at clicks that became a burst.

A scanner that follows every link is only known by its second link, so a burst takes the earlier clicks back (T3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from relance.mail.tracking import verdict
from relance.mail.tracking.book import Click
from relance.mail.tracking.facts import Facts
from relance.mail.tracking.hits import FOLLOWED, Hit, HitKind
from relance.mail.tracking.verdict import Verdict

BURST = timedelta(seconds=5)  # clicks on several links of one mail within this time are looked at together


class Judged(NamedTuple):
    """A hit with its verdict and the message that it belongs to; `facts` is None when it must name nobody."""

    hit: Hit
    message_id: int
    began_at: datetime  # when the message began to leave
    facts: Facts | None
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """What else is to be known of a batch with clicks: the clicks noted before, and how many links each mail has."""

    earlier: Sequence[Click] = ()
    links: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overturned:
    """An earlier click or opening, and what it is called now."""

    id: UUID
    recipient_id: int
    verdict: Verdict
    why: str
    opened_at: datetime | None = None  # of an opening


SWEEPS = frozenset({str(verdict.Why.ALL_LINKS), str(verdict.Why.MANY_LINKS)})
DOUBT = {Verdict.HUMAN: 0, Verdict.UNKNOWN: 1, Verdict.MACHINE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The clicks of one recipient around a moment, noted before or just arrived."""

    clicks: Mapping[UUID, tuple[datetime, int | None]]

    def others(self, at: datetime, link: int | None) -> int:
        """How many other links of the mail were followed around this moment."""
        near = {other for when, other in self.clicks.values() if abs(when - at) <= BURST}
        return len(near - {link})


def judge(hits: Sequence[Hit], of: Mapping[int, Facts], clicked: Clicked, own: set[str]) -> list[Judged]:
    """The verdict on each hit of a known recipient."""
    bursts = _bursts(hits, clicked.earlier)
    judged = []
    for hit in hits:
        assert hit.recipient_id is not None
        facts = of[hit.recipient_id]
        names = facts.tells_of_files() if hit.kind is HitKind.FILE else True
        if names is None:
            continue
        ruling, why = _ruling(hit, facts, bursts, clicked.links, hit.session in own)
        silent = not names or (facts.is_silent and hit.kind in FOLLOWED)
        judged.append(Judged(hit, facts.message_id, facts.began_at, None if silent else facts, ruling, why))
    return judged


def judge_alone(hits: Iterable[Hit], messages: Mapping[int, tuple[int, datetime]]) -> list[Judged]:
    """The verdict on hits that name a content only."""
    judged = []
    for hit in hits:
        message = messages.get(hit.content_id or 0)
        if message is not None and hit.kind in FOLLOWED:
            ruling, why = _ruling(hit, None, {}, {}, own=False)
            judged.append(Judged(hit, *message, None, ruling, why))
    return judged


def overturned(hits: Sequence[Hit], of: Mapping[int, Facts], clicked: Clicked) -> list[Overturned]:
    """The earlier clicks that the new ones show to be less of a person's than was thought."""
    bursts = _bursts(hits, clicked.earlier)
    found = []
    for click in clicked.earlier:
        again = Hit(
            id=click.id, kind=HitKind.CLICK, at=click.at, recipient_id=click.recipient_id, link=click.link,
            method=click.method, user_agent=click.user_agent,
        )  # fmt: skip
        ruling, why = _ruling(again, of[click.recipient_id], bursts, clicked.links, own=False)
        if DOUBT[ruling] > DOUBT[Verdict(click.verdict)]:
            found.append(Overturned(id=click.id, recipient_id=click.recipient_id, verdict=ruling, why=why))
    return found


def swept(judged: Iterable[Judged], again: Iterable[Overturned]) -> dict[int, tuple[datetime, datetime]]:
    """Whose links a machine followed one after the other, and around which time its openings are no person's either."""
    found: dict[int, tuple[datetime, datetime]] = {}
    named = {each.recipient_id for each in again if each.why in SWEEPS and each.verdict is Verdict.MACHINE}
    for each in judged:
        if each.facts is None or each.hit.kind is not HitKind.CLICK or each.verdict is not Verdict.MACHINE:
            continue
        if each.why in SWEEPS or each.facts.id in named:
            first, last = found.get(each.facts.id, (each.hit.at, each.hit.at))
            found[each.facts.id] = min(first, each.hit.at - BURST), max(last, each.hit.at + BURST)
    return found


def overturned_looks(
    looks: Iterable[tuple[UUID, int, datetime]], around: Mapping[int, tuple[datetime, datetime]]
) -> list[Overturned]:
    """The openings that whoever swept through the links has made."""
    return [
        Overturned(id=id, recipient_id=to, verdict=Verdict.MACHINE, why=str(verdict.Why.ALL_LINKS), opened_at=at)
        for id, to, at in looks
        if around[to][0] <= at <= around[to][1]
    ]


def _bursts(hits: Iterable[Hit], earlier: Iterable[Click]) -> Mapping[int | None, Burst]:
    clicks: defaultdict[int | None, dict[UUID, tuple[datetime, int | None]]] = defaultdict(dict)
    for click in earlier:
        clicks[click.recipient_id][click.id] = click.at, click.link
    for hit in hits:
        if hit.kind is HitKind.CLICK:
            clicks[hit.recipient_id][hit.id] = hit.at, hit.link
    return {recipient: Burst(clicks=found) for recipient, found in clicks.items()}


PLAIN = {
    HitKind.REPLY: Verdict.HUMAN,
    HitKind.OPT_OUT: Verdict.HUMAN,
    HitKind.OPT_IN: Verdict.HUMAN,
    HitKind.COMPLAINT: Verdict.HUMAN,
    HitKind.AUTO_REPLY: Verdict.MACHINE,
    HitKind.BOUNCE: Verdict.MACHINE,
    HitKind.DELAY: Verdict.MACHINE,
}


def _ruling(
    hit: Hit, facts: Facts | None, bursts: Mapping[int | None, Burst], links: Mapping[int, int], own: bool
) -> tuple[Verdict, str]:
    if hit.kind not in FOLLOWED:
        return PLAIN[hit.kind], str(hit.kind)
    others = in_mail = 0
    if hit.kind is HitKind.CLICK and facts is not None:
        others = bursts[hit.recipient_id].others(hit.at, hit.link)
        in_mail = links.get(facts.message_id, 0)
    since = _since_delivery(hit, facts)
    return _known(hit.kind, hit.method, hit.user_agent, since, others, in_mail, own, hit.prefetch)


@lru_cache(maxsize=4096)
def _known(
    kind: HitKind, method: str, user_agent: str, since: timedelta | None, others: int, in_mail: int, own: bool,
    prefetch: bool,
) -> tuple[Verdict, str]:  # fmt: skip
    """The verdict and its reason; the same programs ask all day long."""
    given = verdict.judge(
        verdict.Hit(
            action=verdict.Action(kind),
            method=method,
            user_agent=user_agent,
            since_delivery=since,
            other_links=others,
            links_in_mail=in_mail,
            own_session=own,
            prefetch=prefetch,
        )
    )
    return given.verdict, str(given.why)


LONG_AGO = timedelta(hours=1)  # what is said of an hour after delivery is said of any later time


def _since_delivery(hit: Hit, facts: Facts | None) -> timedelta | None:
    """Zero while the sending has not been recorded yet: the relay has the mail since this very moment."""
    if facts is None:
        return None
    if facts.sent_at is None:
        return timedelta(0) if facts.state in ("leased", "in_data") else None
    return min(max(hit.at - facts.sent_at, timedelta(0)), LONG_AGO)
