"""Base32 (RFC 4648, small letters) of 25 bytes, as every Message-ID and bounce address wants one. *(pure)*

Forty groups of five bits are spread to forty bytes by halving six times, which whole numbers do faster than a loop:
a third of the time of `base64.b32encode`.

    >>> encode(bytes(24) + b"\\xff")
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaah7'
"""

from __future__ import annotations

LENGTH = 25
LETTERS = b"abcdefghijklmnopqrstuvwxyz234567"
_TABLE = LETTERS + bytes(256 - len(LETTERS))


def encode(whole: bytes) -> str:
    """The 40 characters of 25 bytes."""
    spread = int.from_bytes(whole, "big")
    for mask, down, up in _HALVINGS:
        spread = (spread & mask) | (spread >> down & mask) << up
    return spread.to_bytes(40, "big").translate(_TABLE).decode("ascii")


def _halving(groups: int) -> tuple[int, int, int]:
    """Cut fields of so many groups in two halves: the mask of the lower ones, and how far the upper ones move."""
    half = groups // 2
    lower = sum(((1 << half * 5) - 1) << place * 8 for place in range(0, 64, groups))
    return lower, half * 5, half * 8


_HALVINGS = [_halving(groups) for groups in (64, 32, 16, 8, 4, 2)]
