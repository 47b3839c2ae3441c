"""What is asked every hundred copies: lease what is due, and learn what there is to know of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import timedelta
from uuid import uuid4

from relance.mail.catalogue import columns, is_there, reader
from relance.mail.outbound import statements
from relance.mail.outbound.batch import array
from relance.mail.outbound.desk import Desk
from relance.mail.outbound.due import COLUMNS, Due, Mail
from relance.mail.outbound.leased import LaneRow
from relance.mail.outbound.line import Line
from relance.mail.outbound.own_line import Connect, OwnLine
from relance.mail.outbound.render import Compiled

URGENT, ANY = 4, 32767
HOUR = timedelta(hours=1)
TextsOf = Callable[[Iterable[Mail]], Awaitable[Mapping[int, Compiled]]]
OF_MAIL = [field.name for field in fields(Mail) if field.init]
"""The columns of `statements.MESSAGES`."""


class Leasing:
    """One connection, one question at a time. Every method raises psycopg.Error while the database is away."""

    def __init__(self, connect: Connect, desk: Desk) -> None:
        self._desk = desk
        self._line = OwnLine(connect)
        self._turn = asyncio.Lock()
        self._tokens: set[str] = set()

    async def claim(self, lane: LaneRow, texts: TextsOf, *, limit: int, priority: int = ANY) -> list[Due]:
        """Lease what is due, within the hourly caps, with the values of the fields that their texts use.

        Raises what reading or compiling a text raises; then nothing is leased.
        """
        if not await self._desk.may_send():
            return []
        async with self._speaking() as line:
            await line.run("BEGIN")
            limit = await self._within_caps(line, lane, limit)
            dues = await self._lease(line, lane, texts, limit, priority) if limit > 0 else []
            await line.run("COMMIT")
            return dues

    def over(self, held: Collection[str]) -> set[str]:
        """The leases under which nothing is held any more."""
        return self._tokens - set(held)

    def forget(self, tokens: set[str]) -> None:
        """These are closed, or nobody knows them."""
        self._tokens -= tokens

    async def close(self) -> None:
        """Give the connection back."""
        await self._line.close()

    async def _within_caps(self, line: Line, lane: LaneRow, limit: int) -> int:
        """No more than the caps leave: whoever else counts waits until we have leased."""
        caps = [(cap, whose) for cap, whose in ((lane.per_hour, str(lane.id)), (self._desk.house_cap, "")) if cap]
        if caps:
            await line.run(statements.LOCK_CAPS)
        now = self._desk.now()
        for cap, mailbox in caps:
            [[used]] = await line.fetch(statements.USED, (now - HOUR).isoformat(), now.isoformat(), mailbox)
            limit = min(limit, cap - used)
        return limit

    async def _lease(self, line: Line, lane: LaneRow, texts: TextsOf, limit: int, priority: int) -> list[Due]:
        now = self._desk.now().isoformat()
        found = await line.fetch(statements.FIND, str(lane.id), now, str(priority), str(limit))
        if not found:
            return []
        rows = await line.fetch(statements.MESSAGES, array({row[1] for row in found}))
        mails = {row[0]: Mail(**dict(zip(OF_MAIL, row, strict=True))) for row in rows}
        dues = await self._learn(line, [row[0] for row in found], mails, await texts(mails.values()))
        await line.run(
            statements.LEASE,
            dues[0].token,
            array([due.id for due in dues]),
            array([due.mail.mode(due.consent) for due in dues]),
            array(mails),
            now,
            f"{self._desk.lease.total_seconds()} seconds",
        )
        self._tokens.add(dues[0].token)
        return dues

    async def _learn(
        self, line: Line, ids: Sequence[int], mails: Mapping[int, Mail], texts: Mapping[int, Compiled]
    ) -> list[Due]:
        """What there is to know of copies that we hold, in the order in which they leave."""
        names = frozenset[str]().union(*(text.fields for text in texts.values()))
        read, token = reader(names), str(uuid4())
        sql = statements.COPIES.format(columns=columns(names).replace("%%", "%"), is_there=is_there())
        rows = await line.fetch(sql, array(ids))
        return [
            Due._make((*row[:COLUMNS], mails[row[1]], texts[row[1]], token, place, read(row[COLUMNS:])))
            for place, row in enumerate(rows)
        ]

    @asynccontextmanager
    async def _speaking(self) -> AsyncIterator[Line]:
        """The connection, for one of us. Whatever breaks off in the middle costs it: another one is opened."""
        async with self._turn:
            try:
                yield await self._line.ready()
            except BaseException:
                await self.close()
                raise
