"""The group commit: what all connections want written now goes in one transaction; what comes meanwhile is the next.

There is no timer. A copy may send its content only after its answer was GO: its row is then `in_data`, committed. An
outcome is tried again until the database takes it; one that it never takes stays `in_data`, and becomes *unknown*.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import psycopg

from relance.lib import outage
from relance.mail.outbound import bounds, commits
from relance.mail.outbound.batch import Answer, Batch, Sent, array, ids_of
from relance.mail.outbound.copy import Copy, Record
from relance.mail.outbound.desk import Connect
from relance.mail.outbound.line import Line
from relance.mail.outbound.news import News
from relance.mail.transport.outcome import Reply

logger = logging.getLogger(__name__)

TRIES_ALONE = 5
PLAN_SECONDS = 60
"""After which statements are planned anew: what was a small table may be a large one."""


class Register:
    """The only writer of what becomes of recipients while they are being sent."""

    def __init__(self, connect: Connect, *, now: Callable[[], datetime]) -> None:
        self._connect = connect
        self._now = now
        self._line: Line | None = None
        self._next = Batch()
        self._news = News()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._planned_at = time.monotonic()
        self._failures: Counter[int] = Counter()

    def enter(self, copy: Copy, answer: Answer) -> None:
        """Commit `in_data`, then answer; not GO if the copy was stopped, suppressed or lost in the meantime."""
        self._next.entering.append((copy, answer))
        self._ask()

    def sent(self, copy: Copy, reply: Reply) -> None:
        """The relay took it: 250."""
        self._next.sent.append(Sent(copy, reply))
        self._ask()

    def record(self, record: Record) -> None:
        """Write any other outcome as soon as may be."""
        self._next.records.append(record)
        self._ask()

    def beat(self) -> None:
        """Once in a while: tell what was held back for the sake of the database."""
        if self._news:
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
            if self._line:
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
            except psycopg.errors.DeadlockDetected:  # with hits of the same moment; nothing was written
                await self._commit(batch)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            await self._wait_for_database(batch, error)
        except psycopg.Error as error:
            logger.warning("a batch of outcomes was refused by the database: %s", error)
            await self._one_by_one(batch)

    async def _commit(self, batch: Batch) -> None:
        """One transaction; whoever enters is answered only once it is durable."""
        line = await self._open()
        if time.monotonic() - self._planned_at > PLAN_SECONDS:
            await line.forget()
            self._planned_at = time.monotonic()
        if self._news.is_time(batch):
            await line.run("BEGIN")
            try:
                passed, fresh = await self._flush(line, batch)
                await (self._news + fresh).tell(line)
                await line.run("COMMIT")
            except psycopg.Error:
                if line.is_open:
                    await line.run("ROLLBACK")
                raise
            self._news.forget()
        else:
            passed, fresh = await self._flush(line, batch)
            self._news += fresh
        if len(passed) < len(batch.entering):
            await self._turn_back(line, [copy for copy, _ in batch.entering if copy.due.id not in passed])
        batch.answer(passed)

    async def _flush(self, line: Line, batch: Batch) -> tuple[set[int], News]:
        """Those who may send their content, and what there is to tell."""
        passed: set[int] = set()
        fresh = News()
        if batch.entering or batch.sent:
            [[entered, written]] = await line.run(commits.PASS, *batch.values(self._now()))
            passed, sent = ids_of(entered), ids_of(written)
            fresh.sent(each.copy.due for each in batch.sent if each.copy.due.id in sent)
            if len(sent) < len(batch.sent):  # taken from us in the meantime, as `unknown`: the answer settles it
                batch.records += [each.record(self._now()) for each in batch.sent if each.copy.due.id not in sent]
                batch.sent = [each for each in batch.sent if each.copy.due.id in sent]
        if batch.records:
            fresh.said(await line.run(commits.SAY, batch.said()))
        return passed, fresh

    async def _turn_back(self, line: Line, copies: list[Copy]) -> None:
        """Put those who did not pass where they belong."""
        copies.sort(key=lambda copy: copy.due.id)
        await line.run(
            bounds.TURN_BACK, array(copy.due.id for copy in copies), array(copy.due.token for copy in copies)
        )

    async def _open(self) -> Line:
        if self._line is None or not self._line.is_open:
            self._line = Line(await self._connect())
            for sql in commits.SETTINGS:
                await self._line.run(sql)
        return self._line

    async def _wait_for_database(self, batch: Batch, error: Exception) -> None:
        """Nothing of the batch may go on; outcomes wait for better times (D13)."""
        outage.database.away(error)
        batch.refuse()
        self._next.records[:0] = batch.records
        self._next.sent[:0] = batch.sent
        if self._line:
            await self._line.close()
            self._line = None
        await asyncio.sleep(0.2)
        self._ask()

    async def _one_by_one(self, batch: Batch) -> None:
        """Something in the batch is unacceptable: find out what, so that the others do not suffer (D14)."""
        for single in batch.singles():
            try:
                await self._commit(single)
            except psycopg.Error:
                single.refuse()
                self._keep(single)

    def _keep(self, single: Batch) -> None:
        for record in (*single.records, *(each.record(self._now()) for each in single.sent)):
            self._failures[record.lease.id] += 1
            if self._failures[record.lease.id] < TRIES_ALONE:
                asyncio.get_running_loop().call_later(0.2, self.record, record)
            else:
                logger.error("the outcome of recipient %s cannot be written", record.lease.id)
