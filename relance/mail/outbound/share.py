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

    @property
    def is_first(self) -> bool:
        """What needs doing only once is done by this one."""
        return self.number == 1


def share_of(words: str) -> Share:
    """The share that `1/2` names. Raises ValueError."""
    number, of = map(int, words.split("/"))
    if not 1 <= number <= of:
        raise ValueError(words)
    return Share(number=number, of=of)
