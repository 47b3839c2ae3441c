"""The group commit: who may send its content now, of all connections at once, in one statement on their leases.

A copy may send its content only after its answer was GO: its place is then in `Lease.entered`, committed. In the same
statement the places are written that the relay has taken; their rows follow (`register`).
"""

from __future__ import annotations

from datetime import timedelta

from relance.mail.outbound import commits
from relance.mail.outbound.batch import Answer, Batch
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.group import GroupCommit
from relance.mail.outbound.line import Rows
from relance.mail.outbound.own_line import Connect
from relance.mail.outbound.register import Register


class Turnstile(GroupCommit[Batch]):
    """The only writer of what is under way under our leases."""

    WHAT = "a batch of those who enter"

    def __init__(self, connect: Connect, register: Register, *, lease: timedelta) -> None:
        super().__init__(connect, Batch)
        self._register = register
        self._lease = f"{lease.total_seconds()} seconds"

    def enter(self, copy: Copy, answer: Answer) -> None:
        """Commit that its content leaves, then answer; not GO if it was stopped, suppressed or lost in the meantime."""
        self._next.entering.append((copy, answer))
        self._ask()

    def taken(self, copy: Copy) -> None:
        """The relay took it: 250."""
        self._next.taken.append(copy.due)
        self._ask()

    async def _commit(self, group: Batch) -> None:
        """Whoever enters is answered only once it is durable."""
        line = await self._line.ready()
        passed = places_of(await line.run(commits.PASS, *group.values(), self._lease))
        for copy in group.answer(passed):
            self._register.turned_back(copy)

    def _put_off(self, group: Batch) -> None:
        """Nobody may enter; what was taken waits for better times."""
        group.refuse()
        self._next.taken[:0] = group.taken

    def _give_up(self, single: Batch) -> None:
        """It may not enter; what was taken is written into its rows all the same."""
        single.refuse()


def places_of(rows: Rows) -> dict[str, set[int]]:
    """The places that have entered under each token: rows of `commits.PASS`."""
    return {
        (token or b"").decode(): set(map(int, entered.split(b","))) if entered else set() for token, entered in rows
    }
