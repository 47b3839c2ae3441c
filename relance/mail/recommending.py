"""Which template to use: ranked by what it brought, shrunk towards what is usual, silent on noise (TPL-05). *(pure)*

A beta prior stands for the organisation's usual rate; each template's own mails move it, the more the more there are.
The interval is where the rate lies with nine chances in ten; where two overlap, no order is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

PRIOR = 20.0  # mails of which the usual rate is worth
ENOUGH = 30  # followed mails below which nothing is said
NINETY = 1.645  # standard deviations on either side


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of a template: mails whose effect could be seen, and those that had it."""

    key: int
    seen: int
    worked: int


@dataclass(frozen=True, kw_only=True)
class Rated:
    """A template with its shrunken rate and the interval in which it lies."""

    key: int
    seen: int
    rate: float
    low: float
    high: float
    is_enough: bool

    @property
    def percent(self) -> tuple[int, int, int]:
        """The rate and its interval in whole per cents."""
        return round(100 * self.rate), round(100 * self.low), round(100 * self.high)


def rated(records: Iterable[Record]) -> list[Rated]:
    """All of them, those with enough behind them first, the best lower bound before."""
    many = list(records)
    usual = usual_rate(many)
    made = [_rated(record, usual) for record in many]
    return sorted(made, key=lambda each: (not each.is_enough, -each.low if each.is_enough else 0.0, each.key))


def beside(records: Iterable[Record], key: int, *, others: int = 2) -> list[Rated]:
    """This template, then the best of the others that have enough behind them."""
    many = rated(records)
    mine = [each for each in many if each.key == key]
    return [*mine, *[each for each in many if each.key != key and each.is_enough][:others]]


def are_apart(one: Rated, other: Rated) -> bool:
    """Whether more than chance stands between them: both have enough behind them, and their intervals do not touch."""
    return one.is_enough and other.is_enough and (one.low > other.high or other.low > one.high)


def usual_rate(records: Sequence[Record]) -> float:
    """Of all mails together; a half where there are none, which says nothing."""
    seen = sum(record.seen for record in records)
    return sum(record.worked for record in records) / seen if seen else 0.5


def _rated(record: Record, usual: float) -> Rated:
    alpha = PRIOR * usual + record.worked
    whole = PRIOR + record.seen
    rate = alpha / whole
    spread = NINETY * sqrt(rate * (1 - rate) / (whole + 1))
    return Rated(
        key=record.key, seen=record.seen, rate=rate, low=max(0.0, rate - spread), high=min(1.0, rate + spread),
        is_enough=record.seen >= ENOUGH,
    )  # fmt: skip


def recommended(records: Iterable[Record]) -> Rated | None:
    """The one to propose: enough behind it, and better than usual by more than chance. None: not enough data."""
    many = list(records)
    first = next(iter(rated(many)), None)
    if first is None or not first.is_enough or first.low <= usual_rate(many):
        return None
    return first
