"""The engine's questions now and then: who has mail, whose lease lapsed, what is finished."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from relance import events
from relance.lib import live
from relance.mail.outbound import statements
from relance.mail.outbound.held import Watch
from relance.mail.outbound.leased import LaneRow
from relance.mail.outbound.own_line import SETTINGS, Connect

logger = logging.getLogger(__name__)


class Desk:
    """One connection, one question at a time. Every method raises psycopg.Error while the database is away."""

    def __init__(self, connect: Connect, *, lease: timedelta) -> None:
        self.lease = lease
        self.offset = timedelta(0)
        self.house_cap: int | None = None
        self._connect = connect
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()
        self._watch = Watch()

    def now(self) -> datetime:
        """The workspace's present moment, as of the last look."""
        return datetime.now(UTC) + self.offset

    async def look_up(self) -> list[LaneRow]:
        """The workspace's clock and cap, and the mailboxes with mail that is due."""
        async with self._turn:
            connection = await self._open()
            house = await (await connection.execute(statements.HOUSE)).fetchone()
            if house:
                self.offset = house[0] if house[1] in ("demo", "test") else timedelta(0)
                self.house_cap = house[2]
            if not await self._watch.may_send(connection, self.now()):
                return []
            async with connection.cursor(row_factory=class_row(LaneRow)) as cursor:
                await cursor.execute(statements.LANES, {"now": self.now()})
                return await cursor.fetchall()

    async def halted(self, message_ids: set[int]) -> set[int]:
        """Those of these messages that are not being sent any more."""
        async with self._turn:
            cursor = await (await self._open()).execute(statements.HALTED, (list(message_ids),))
            return {row[0] for row in await cursor.fetchall()}

    async def may_send(self) -> bool:
        """Whether mail may leave at all; what should not is held before the answer is yes."""
        async with self._turn:
            return await self._watch.may_send(await self._open(), self.now())

    async def renew(self, tokens: Collection[str]) -> None:
        """Say that we are alive and still hold what was leased under these tokens."""
        if tokens:
            await self._run(statements.RENEW, {"tokens": list(tokens), "lease": self.lease})

    async def show_leaving(self, tokens: Collection[str]) -> None:
        """Show what has entered under these leases, and is not through yet, as what it is."""
        if tokens:
            await self._run(statements.SHOW_LEAVING, {"tokens": list(tokens)})

    async def close_leases(self, tokens: Collection[str]) -> set[str]:
        """Forget those under which nothing is left to be said; which were forgotten."""
        async with self._turn:
            cursor = await (await self._open()).execute(statements.CLOSE, {"tokens": list(tokens)})
            return set(tokens) - {row[0] for row in await cursor.fetchall()}

    async def sweep(self) -> int:
        """Take back what lapsed leases hold, whoever held them; how many copies."""
        async with self._turn:
            connection = await self._open()
            lapsed = await (await connection.execute(statements.LAPSED)).fetchall()
            return sum([await self._settle_lapsed(connection, row[0]) for row in lapsed])

    async def _settle_lapsed(self, connection: psycopg.AsyncConnection[Any], token: UUID) -> int:
        try:
            return await self._take_back(connection, token, believed=True)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:  # an outcome that cannot be written (D14): nobody can know
            logger.warning("what the relay took under a lapsed lease could not be written: %s", error)
            return await self._take_back(connection, token, believed=False)

    async def _take_back(self, connection: psycopg.AsyncConnection[Any], token: UUID, *, believed: bool) -> int:
        values = {"token": token, "believed": believed, "now": self.now()}
        async with connection.transaction(), connection.cursor() as cursor:
            await cursor.execute(statements.HOLD_LAPSED, values)
            await cursor.execute(statements.CATCH_LAPSED, values)
            if not await cursor.fetchone():
                return 0
            await cursor.execute(statements.SWEEP, values)
            rows = await cursor.fetchall()
            if rows:
                await cursor.execute(live.SQL, (live.payload({f"message:{row[1]}" for row in rows}),))
            if sent := [events.MessageSent(row[0]) for row in rows if row[2] == "sent"]:
                await cursor.execute(events.DEFER, events.job_of(sent))
        return len(rows)

    async def finish(self) -> None:
        """Close the messages of which nothing waits any more."""
        async with self._turn:
            connection = await self._open()
            async with connection.transaction(), connection.cursor() as cursor:
                await cursor.execute(statements.FINISH, {"now": self.now()})
                done = await cursor.fetchall()
                if done:
                    await cursor.execute(live.SQL, (live.payload({f"message:{row[0]}" for row in done}),))

    async def pause_mailbox(self, mailbox_id: int, *, seconds: float, code: str, detail: str, is_broken: bool) -> None:
        """Leave its relay alone for a while, and say why on the mailbox."""
        now = self.now()
        state = "broken" if is_broken else None
        values = {"until": now + timedelta(seconds=seconds), "code": code, "detail": detail[:500], "state": state}
        await self._run(statements.PAUSE_MAILBOX, {**values, "now": now, "mailbox": mailbox_id})
        await self._run(live.SQL, (live.payload({f"mailbox:{mailbox_id}"}),))

    async def mailbox_works(self, mailbox_id: int, *, seen: datetime | None) -> None:
        """The relay has taken a mail, after the pause that we have seen."""
        await self._run(statements.MAILBOX_WORKS, {"mailbox": mailbox_id, "now": self.now(), "seen": seen})

    async def pause_message(self, message_id: int, why: str) -> None:
        """Stop before a whole list is refused one by one; a person decides."""
        await self._run(statements.PAUSE_MESSAGE, {"message": message_id, "why": why[:300]})
        await self._run(live.SQL, (live.payload({f"message:{message_id}"}),))

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            await self._connection.close()

    async def _run(self, sql: str, values: Any) -> None:
        async with self._turn:
            await (await self._open()).execute(sql, values)

    async def _open(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await self._connect()
            for sql in SETTINGS:
                await self._connection.execute(sql)
        return self._connection
