"""What is asked every hundred copies: lease what is due, and learn what there is to know of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import timedelta
from uuid import uuid4

from relance.mail.catalogue import columns, is_there, reader
from relance.mail.outbound import statements
from relance.mail.outbound.batch import array
from relance.mail.outbound.commits import SETTINGS
from relance.mail.outbound.desk import Connect, Desk
from relance.mail.outbound.due import COLUMNS, Due, Mail
from relance.mail.outbound.leased import LaneRow, Leased
from relance.mail.outbound.line import Line
from relance.mail.outbound.register import PLAN_SECONDS
from relance.mail.outbound.render import Compiled

URGENT, ANY = 4, 32767
HOUR = timedelta(hours=1)
OF_MAIL = [field.name for field in fields(Mail) if field.init]
"""The columns of `statements.MESSAGES`."""


class Leasing:
    """One connection, one question at a time. Every method raises psycopg.Error while the database is away."""

    def __init__(self, connect: Connect, desk: Desk) -> None:
        self._connect, self._desk = connect, desk
        self._line: Line | None = None
        self._turn = asyncio.Lock()
        self._planned_at = 0.0

    async def claim(self, lane: LaneRow, *, limit: int, priority: int = ANY) -> Leased | None:
        """Lease what is due, within the hourly caps; None when nothing is."""
        if not await self._desk.may_send():
            return None
        async with self._speaking() as line:
            caps = [(cap, str(whose)) for cap, whose in ((lane.per_hour, lane.id), (self._desk.house_cap, "")) if cap]
            leased = await (self._lease_within(line, caps, lane, limit, priority) if caps else
                            self._lease(line, lane, limit, priority))  # fmt: skip
            if leased is not None:
                rows = await line.fetch(statements.MESSAGES, array({row[1] for row in leased.rows}))
                leased.mails = {row[0]: Mail(**dict(zip(OF_MAIL, row, strict=True))) for row in rows}
            return leased

    async def learn(self, leased: Leased, texts: Mapping[int, Compiled]) -> list[Due]:
        """What there is to know of leased copies, with the values of the fields that their texts use."""
        names = frozenset[str]().union(*(text.fields for text in texts.values()))
        read = reader(names)
        sql = statements.COPIES.format(columns=columns(names).replace("%%", "%"), is_there=is_there())
        async with self._speaking() as line:
            rows = await line.fetch(sql, array(row[0] for row in leased.rows))
        return [
            Due._make((*row[:COLUMNS], leased.mails[row[1]], texts[row[1]], leased.token, read(row[COLUMNS:])))
            for row in rows
        ]

    async def close(self) -> None:
        """Give the connection back."""
        if self._line:
            await self._line.close()
            self._line = None

    async def _lease_within(
        self, line: Line, caps: list[tuple[int, str]], lane: LaneRow, limit: int, priority: int
    ) -> Leased | None:
        """No more than the caps leave: whoever else counts waits until we have leased."""
        await line.run("BEGIN")
        await line.run(statements.LOCK_CAPS)
        now = self._desk.now()
        for cap, mailbox in caps:
            [[used]] = await line.fetch(statements.USED, (now - HOUR).isoformat(), now.isoformat(), mailbox)
            limit = min(limit, cap - used)
        leased = await self._lease(line, lane, limit, priority) if limit > 0 else None
        await line.run("COMMIT")
        return leased

    async def _lease(self, line: Line, lane: LaneRow, limit: int, priority: int) -> Leased | None:
        token, lease = str(uuid4()), f"{self._desk.lease.total_seconds()} seconds"
        now = self._desk.now().isoformat()
        rows = await line.fetch(statements.CLAIM, str(lane.id), now, str(priority), str(limit), token, lease)
        return Leased(token, rows) if rows else None

    @asynccontextmanager
    async def _speaking(self) -> AsyncIterator[Line]:
        """The connection, for one of us. Whatever breaks off in the middle costs it: another one is opened."""
        async with self._turn:
            try:
                yield await self._open()
            except BaseException:
                await self.close()
                raise

    async def _open(self) -> Line:
        if self._line is None or not self._line.is_open:
            await self.close()
            self._line = Line(await self._connect())
            for sql in SETTINGS:
                await self._line.run(sql)
            self._planned_at = time.monotonic()
        elif time.monotonic() - self._planned_at > PLAN_SECONDS:
            await self._line.forget()
            self._planned_at = time.monotonic()
        return self._line
