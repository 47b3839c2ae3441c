"""The group commit: who may send its content now, of all connections at once, in one statement on their leases.

There is no timer: what comes while one commit is written is the next. A copy may send its content only after its answer
was GO: its place is then in `Lease.entered`, committed. In the same statement the places are written that the relay has
taken; their rows follow (`register`).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import psycopg

from relance.lib import outage
from relance.mail.outbound import commits
from relance.mail.outbound.batch import Answer, Batch
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.line import Rows
from relance.mail.outbound.own_line import Connect, OwnLine
from relance.mail.outbound.register import Register

logger = logging.getLogger(__name__)


class Turnstile:
    """The only writer of what is under way under our leases."""

    def __init__(self, connect: Connect, register: Register, *, lease: timedelta) -> None:
        self._line = OwnLine(connect)
        self._register = register
        self._lease = f"{lease.total_seconds()} seconds"
        self._next = Batch()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def enter(self, copy: Copy, answer: Answer) -> None:
        """Commit that its content leaves, then answer; not GO if it was stopped, suppressed or lost in the meantime."""
        self._next.entering.append((copy, answer))
        self._ask()

    def taken(self, copy: Copy) -> None:
        """The relay took it: 250."""
        self._next.taken.append(copy.due)
        self._ask()

    async def settle(self) -> None:
        """Wait until everything asked for so far is written."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        try:
            while True:
                await self._wake.wait()
                await self._gather()
                self._wake.clear()
                batch, self._next = self._next, Batch()
                await self._write(batch)
                if not self._wake.is_set():
                    self._idle.set()
        finally:
            await self._line.close()

    async def _gather(self) -> None:
        """Hear whoever is speaking already: the batch leaves when a turn of the loop has brought nothing more."""
        before = -1
        while len(self._next) > before:
            before = len(self._next)
            await asyncio.sleep(0)

    def _ask(self) -> None:
        if not self._wake.is_set():
            self._idle.clear()
            self._wake.set()

    async def _write(self, batch: Batch) -> None:
        try:
            try:
                await self._commit(batch)
            except psycopg.errors.DeadlockDetected:  # with whoever stops a message; nothing was written
                await self._commit(batch)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            await self._wait_for_database(batch, error)
        except psycopg.Error as error:
            logger.warning("a group commit was refused by the database: %s", error)
            await self._one_by_one(batch)

    async def _commit(self, batch: Batch) -> None:
        """One transaction; whoever enters is answered only once it is durable."""
        line = await self._line.ready()
        passed = places_of(await line.run(commits.PASS, *batch.values(), self._lease))
        for copy in batch.answer(passed):
            self._register.turned_back(copy)

    async def _wait_for_database(self, batch: Batch, error: Exception) -> None:
        """Nobody may enter; what was taken waits for better times (D13)."""
        outage.database.away(error)
        batch.refuse()
        self._next.taken[:0] = batch.taken
        await self._line.close()
        await asyncio.sleep(0.2)
        self._ask()

    async def _one_by_one(self, batch: Batch) -> None:
        """Something in the batch is unacceptable: find out what, so that the others do not suffer (D14)."""
        for single in batch.singles():
            try:
                await self._commit(single)
            except psycopg.Error:
                single.refuse()  # what was taken is written into its rows all the same


def places_of(rows: Rows) -> dict[str, set[int]]:
    """The places that have entered under each token: rows of `commits.PASS`."""
    return {
        (token or b"").decode(): set(map(int, entered.split(b","))) if entered else set() for token, entered in rows
    }
