"""Which of two mails did better *(pure)*: one look at a sample fixed beforehand, by Fisher's exact test.

Looked at once, at its hour, the test takes chance for a difference in at most five of a hundred cases. Whoever looks
every hour and stops at the first good moment is misled far more often, so nobody can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ALPHA = 0.05
WHOLE = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which mail goes on, whether the difference is clear, and how probable chance alone makes one as large."""

    winner: str
    clear: bool
    p: float


def verdict(a: tuple[int, int], b: tuple[int, int], *, alpha: float = ALPHA) -> Verdict:
    """Hits and people of both. Without a clear difference A goes on, since it was there first."""
    p = fisher(a, b)
    if p >= alpha:
        return Verdict(winner="a", clear=False, p=p)
    better = a[0] * b[1] > b[0] * a[1]
    return Verdict(winner="a" if better else "b", clear=True, p=p)


def fisher(a: tuple[int, int], b: tuple[int, int]) -> float:
    """The two-sided probability of tables at most as probable as this one, its margins given."""
    (hits_a, of_a), (hits_b, of_b) = a, b
    hits, of = hits_a + hits_b, of_a + of_b
    if not of_a or not of_b:
        return 1.0
    whole = _choose(of, hits)
    odds = [_choose(of_a, k) + _choose(of_b, hits - k) - whole for k in range(max(0, hits - of_b), min(of_a, hits) + 1)]
    seen = odds[hits_a - max(0, hits - of_b)]
    return min(1.0, math.fsum(math.exp(one) for one in odds if one <= seen + 1e-7))


def _choose(of: int, k: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)


def stretch(letter: str, *, share: int) -> tuple[int, int]:
    """Which part of the 65,536 places an arm has: every address lies in one place, so in one arm only."""
    half = WHOLE * share // 200
    return {"a": (0, half), "b": (half, 2 * half), "": (2 * half, WHOLE)}[letter]
