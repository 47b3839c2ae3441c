"""What moves, silence and sums mean for deals. *(pure)*"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

GAP = 1 << 16
CENT = Decimal("0.01")


class State(StrEnum):
    """What a deal is: the kind of its stage."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Step(StrEnum):
    """What a move means to people."""

    MADE = "made"
    FORWARD = "forward"
    BACK = "back"
    WON = "won"
    LOST = "lost"
    REOPENED = "reopened"
    ELSEWHERE = "elsewhere"  # into another pipeline


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stage as the rules see it."""

    pipeline: int
    position: int
    state: State


@dataclass(frozen=True, kw_only=True)
class Ended:
    """When a deal was won or lost; neither while it is open."""

    won_at: datetime | None = None
    lost_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Worth:
    """A sum in one currency, and the same weighted by the probability of each stage."""

    currency: str
    count: int
    amount: Decimal
    weighted: Decimal


def ended(state: State, *, at: datetime) -> Ended:
    """The dates that go with a state."""
    return Ended(won_at=at if state is State.WON else None, lost_at=at if state is State.LOST else None)


def step(source: Place | None, target: Place) -> Step:
    """What it means to come from one stage into another."""
    if source is None:
        return Step.MADE
    if target.state is not State.OPEN:
        return Step(target.state.value)
    if source.state is not State.OPEN:
        return Step.REOPENED
    if source.pipeline != target.pipeline:
        return Step.ELSEWHERE
    return Step.FORWARD if target.position > source.position else Step.BACK


def quiet_days(last_sign: datetime, now: datetime, *, after: int) -> int:
    """For how many whole days a deal gave no sign; 0 while that is fewer than `after`, or where `after` is 0."""
    days = (now - last_sign).days
    return days if after and days >= after else 0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a deal's last days; every moment may be missing but the first two."""

    created_at: datetime
    touched_at: datetime
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    replied_at: datetime | None = None
    bounced_at: datetime | None = None


class Sign(StrEnum):
    """The last thing that a deal gave to see."""

    NEW = "new"
    ADDED = "added"
    TOUCHED = "touched"
    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """The last sign of a deal, and for how many days it has been quiet since; 0 while it is not."""

    sign: Sign
    at: datetime
    quiet: int = 0


NEW_FOR = timedelta(days=1)


def pulse(facts: Facts, now: datetime, *, after: int) -> Pulse:
    """What a deal last gave to see: a mail of its people, or its own change; quiet `after` days without any."""
    mails = {
        Sign.SENT: facts.sent_at,
        Sign.OPENED: facts.opened_at,
        Sign.CLICKED: facts.clicked_at,
        Sign.REPLIED: facts.replied_at,
        Sign.BOUNCED: facts.bounced_at,
    }
    seen = [(at, sign) for sign, at in mails.items() if at is not None and at >= facts.created_at]
    new = Sign.NEW if now - facts.created_at < NEW_FOR else Sign.ADDED
    made = new if facts.touched_at == facts.created_at else Sign.TOUCHED
    at, sign = max([(facts.touched_at, made), *seen], key=lambda one: one[0])
    return Pulse(sign=sign, at=at, quiet=quiet_days(at, now, after=after))


@dataclass(frozen=True, kw_only=True)
class Stay:
    """How long a deal has been in a stage, all its visits together; `since` is its last coming there."""

    stage: int
    spent: timedelta
    since: datetime


def stays(moves: Sequence[tuple[int, datetime]], until: datetime) -> dict[int, Stay]:
    """The time a deal has spent in each stage: its moves (stage, when) in their order, up to a moment."""
    found: dict[int, Stay] = {}
    ends = [at for _stage, at in moves[1:]] + [until]
    for (stage, since), end in zip(moves, ends, strict=True):
        before = found[stage].spent if stage in found else timedelta(0)
        found[stage] = Stay(stage=stage, spent=before + max(end - since, timedelta(0)), since=since)
    return found


def weighted(amount: Decimal, probability: int) -> Decimal:
    """What an amount counts for at a probability in percent, to the cent."""
    return (amount * probability / 100).quantize(CENT, ROUND_HALF_UP)


def totals(rows: Iterable[tuple[str, int, Decimal, int]]) -> tuple[Worth, ...]:
    """Sums by currency, the largest first; each row: currency, how many, their sum, the probability of their stage."""
    sums: dict[str, tuple[int, Decimal, Decimal]] = {}
    for currency, count, amount, probability in rows:
        so_far, whole, weight = sums.get(currency, (0, Decimal(0), Decimal(0)))
        sums[currency] = (so_far + count, whole + amount, weight + weighted(amount, probability))
    found = [Worth(currency=key, count=n, amount=whole, weighted=w) for key, (n, whole, w) in sums.items()]
    return tuple(sorted(found, key=lambda one: (-one.amount, one.currency)))


def between(above: int | None, below: int | None) -> int | None:
    """A place in a column between two others, its ends being open; None where no room is left and all are to be laid
    out anew."""
    if above is None and below is None:
        return 0
    if above is None:
        assert below is not None
        return below - GAP
    if below is None:
        return above + GAP
    middle = (above + below) // 2
    return middle if above < middle < below else None


def laid_out(ids: Sequence[int]) -> dict[int, int]:
    """Places for a whole column in this order, with room between them."""
    return {pk: number * GAP for number, pk in enumerate(ids)}
