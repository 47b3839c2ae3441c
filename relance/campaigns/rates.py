"""Shares with honest intervals, and what can be said of their difference *(pure)*.

Wilson's interval for one share (Wilson 1927), Newcombe's for the difference of two (1998, method 10): both hold at
small numbers and at 0 or 100 %, where the usual formula does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many of so many; `low` and `high` hold the true share in 95 of 100 such mails."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that was seen."""
        return self.hits / self.of if self.of else 0.0


def rate(hits: int, of: int, *, z: float = Z95) -> Rate:
    """A share with Wilson's interval; without anybody nothing is known: from 0 to 1."""
    if of <= 0:
        return Rate(hits=0, of=0, low=0.0, high=1.0)
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if hits == 0 else max(middle - half, 0.0)
    return Rate(hits=hits, of=of, low=low, high=1.0 if hits == of else min(middle + half, 1.0))


def difference(first: Rate, second: Rate) -> tuple[float, float]:
    """Between which values the second share exceeds the first (Newcombe); (-1, 1) where nothing is known."""
    if not first.of or not second.of:
        return -1.0, 1.0
    seen = second.share - first.share
    down = math.hypot(second.share - second.low, first.high - first.share)
    up = math.hypot(second.high - second.share, first.share - first.low)
    return seen - down, seen + up


def is_clear(first: Rate, second: Rate) -> bool:
    """Whether the two differ by more than chance would explain."""
    low, high = difference(first, second)
    return low > 0 or high < 0
