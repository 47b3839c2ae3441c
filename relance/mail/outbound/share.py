"""Which connections of a mailbox are ours, when several processes send side by side *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Process `number` of `of`, counted from one. All of them together open what a mailbox allows, and no more."""

    number: int = 1
    of: int = 1

    def connections(self, mailbox_id: int, allowed: int) -> int:
        """Of so many that the mailbox allows; with fewer than processes, its number says whose they are."""
        each, rest = divmod(max(1, allowed), self.of)
        return each + ((self.number - 1 + mailbox_id) % self.of < rest)

    def sharers(self, allowed: int) -> int:
        """How many processes have connections of a mailbox that allows so many."""
        return min(self.of, max(1, allowed))


def each_of(most: int, sharers: int) -> int:
    """What each may count by itself, so that all together pass no more than `most` before one of them has counted up.

    Never fewer than two: one event alone is no series.
    """
    return max(min(2, most), -(-most // sharers))


def share_of(words: str) -> Share:
    """The share that `1/2` names. Raises ValueError."""
    number, of = map(int, words.split("/"))
    if not 1 <= number <= of:
        raise ValueError(words)
    return Share(number=number, of=of)
