"""What became of copies, written into their rows: bulk at each beat, what somebody waits for at once.

An outcome is tried again until the database takes it. That the relay took a copy stands in its lease before
(`turnstile`), so a beat costs nothing but its time; an outcome that is never taken leaves its row to the sweeper.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import psycopg

from relance.mail.outbound import bounds, commits
from relance.mail.outbound.batch import Outcomes, Sent, ids_of
from relance.mail.outbound.copy import Copy, Record
from relance.mail.outbound.group import GroupCommit
from relance.mail.outbound.line import Line
from relance.mail.outbound.news import TELL_SECONDS, News
from relance.mail.outbound.own_line import Connect
from relance.mail.transport.outcome import Reply

logger = logging.getLogger(__name__)

TRIES_ALONE = 5
MANY = 500
"""Rows that are not made to wait for the beat: their locks are to be short."""


class Register(GroupCommit[Outcomes]):
    """The only writer of what becomes of recipients while they are being sent."""

    WHAT = "a batch of outcomes"

    def __init__(self, connect: Connect, *, now: Callable[[], datetime]) -> None:
        super().__init__(connect, Outcomes)
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._news = News()
        self._beat: asyncio.TimerHandle | None = None
        self._moment, self._moment_until = "", 0.0
        self._failures: Counter[int] = Counter()

    @property
    def tokens(self) -> set[str]:
        """The leases under which something is left to be written."""
        return self._next.tokens() | self._writing.tokens()

    def sent(self, copy: Copy, reply: Reply) -> None:
        """The relay took it: 250."""
        self._next.sent.append(Sent(copy, reply, self._moment_now()))
        if copy.is_awaited or len(self._next.sent) == MANY:
            self._ask()
        elif self._beat is None:
            self._idle.clear()
            self._beat = self._loop.call_later(TELL_SECONDS, self._ask)

    def hurry(self) -> None:
        """Nothing more is to be expected soon: do not wait for the beat."""
        if self._beat:
            self._ask()

    def record(self, record: Record) -> None:
        """Write any other outcome as soon as may be."""
        self._next.records.append(record)
        self._ask()

    def turned_back(self, copy: Copy) -> None:
        """It may not enter: put it where it belongs."""
        self._next.turned_back.append(copy)
        self._ask()

    def beat(self) -> None:
        """Once in a while: tell what was held back for the sake of the database."""
        if self._news:
            self._ask()

    def _ask(self) -> None:
        if self._beat:
            self._beat.cancel()
            self._beat = None
        super()._ask()

    def _moment_now(self) -> str:
        """The present moment, the same for some milliseconds."""
        clock = self._loop.time()
        if clock > self._moment_until:
            self._moment, self._moment_until = self._now().isoformat(), clock + 0.005
        return self._moment

    async def _commit(self, group: Outcomes) -> None:
        """With the news when it is time."""
        line = await self._line.ready()
        await line.run("BEGIN")
        try:
            is_time = self._news.is_time(group)
            fresh = await self._flush(line, group)
            if is_time:
                await (self._news + fresh).tell(line)
            await line.run("COMMIT")
        except psycopg.Error:
            if line.is_open:
                await line.run("ROLLBACK")
            raise
        if is_time:
            self._news.forget()
        else:
            self._news += fresh

    async def _flush(self, line: Line, outcomes: Outcomes) -> News:
        """Write it all; what there is to tell."""
        fresh = News()
        if outcomes.sent:
            [[written]] = await line.run(commits.WRITE, *outcomes.values())
            ids = ids_of(written)
            fresh.sent(each.copy.due for each in outcomes.sent if each.copy.due.id in ids)
            if len(ids) < len(outcomes.sent):  # taken from us in the meantime, as `unknown`: the answer settles it
                outcomes.records += [each.record() for each in outcomes.sent if each.copy.due.id not in ids]
                outcomes.sent = [each for each in outcomes.sent if each.copy.due.id in ids]
        if outcomes.records:
            fresh.said(await line.run(commits.SAY, outcomes.said()))
        if outcomes.turned_back:
            await line.run(bounds.TURN_BACK, *outcomes.turned())
        return fresh

    def _put_off(self, group: Outcomes) -> None:
        for name in Outcomes.__slots__:
            getattr(self._next, name)[:0] = getattr(group, name)

    def _give_up(self, single: Outcomes) -> None:
        """Not before it was tried some times more."""
        for record in (*single.records, *(each.record() for each in single.sent)):
            self._failures[record.lease.id] += 1
            if self._failures[record.lease.id] < TRIES_ALONE:
                self._loop.call_later(0.2, self.record, record)
            else:
                logger.error("the outcome of recipient %s cannot be written", record.lease.id)
