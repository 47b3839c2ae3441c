"""What moves, silence and sums mean for deals. *(pure)*"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
