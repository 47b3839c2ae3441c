"""The group commit: what all connections want written now goes in one transaction; what comes meanwhile is the next.

There is no timer. A copy may send its content only after `enter` has said GO: its row is then `in_data`, committed. An
outcome is tried again until the database takes it; one that it never takes stays `in_data`, and becomes *unknown*.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import psycopg

from relance import events
from relance.lib import live
from relance.mail.outbound import statements
from relance.mail.outbound.copy import Copy, Lease, Record
from relance.mail.tracking.facts import COUNTERS

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]
Told = events.MessageSent | events.MessageBounced
Row = tuple[int, int | None, str, bool, bool]
"""Of `statements.FLUSH`: recipient, message (None for one that entered), state, was bounced, is bounced."""

logger = logging.getLogger(__name__)

TELL_SECONDS = 0.25
"""How often at most open pages are told of one message; bulk news to the reactions keeps the same beat."""
TRIES_ALONE = 5


class Entry(StrEnum):
    """Whether a copy may send its content."""

    GO = "go"
    TURNED_BACK = "turned-back"
    TROUBLE = "trouble"


@dataclass
class Batch:
    """What is to be written in one transaction."""

    entering: list[tuple[Copy, asyncio.Future[Entry]]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entering or self.records)


class Register:
    """The only writer of what becomes of recipients while they are being sent."""

    def __init__(self, connect: Connect, *, lease: timedelta) -> None:
        self.lease = lease
        self.is_well = True
        self._connect = connect
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._next = Batch()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._urgent: set[int] = set()
        self._news: list[Told] = []
        self._topics: set[str] = set()
        self._told_at = 0.0
        self._failures: Counter[int] = Counter()

    async def enter(self, copy: Copy) -> Entry:
        """Commit `in_data`, unless the copy was stopped, suppressed or lost in the meantime."""
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        if copy.is_urgent:
            self._urgent.add(copy.lease.id)
        self._next.entering.append((copy, answer))
        self._ask()
        return await answer

    def record(self, record: Record) -> None:
        """Write an outcome as soon as may be."""
        self._next.records.append(record)
        self._ask()

    def beat(self) -> None:
        """Once in a while: tell what was held back for the sake of the database."""
        if self._news or self._topics:
            self._ask()

    def _ask(self) -> None:
        self._idle.clear()
        self._wake.set()

    async def settle(self) -> None:
        """Wait until everything asked for so far is written."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                batch, self._next = self._next, Batch()
                await self._write(batch)
                if not self._wake.is_set():
                    self._idle.set()
        finally:
            if self._connection:
                await self._connection.close()

    async def _write(self, batch: Batch) -> None:
        try:
            await self._commit(batch)
            self.is_well = True
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            await self._wait_for_database(batch, error)
        except psycopg.Error as error:
            logger.warning("a batch of outcomes was refused by the database: %s", error)
            await self._one_by_one(batch)

    async def _commit(self, batch: Batch) -> None:
        """One transaction; the futures are answered only once it is durable."""
        connection = await self._open()
        if self._is_time_to_tell(batch):
            async with connection.transaction():
                rows = await self._flush(connection, batch)
                news, topics = self._with(rows)
                await _tell(connection, news, topics)
            self._news, self._topics = [], set()
            self._told_at = time.monotonic()
        else:
            rows = await self._flush(connection, batch)
            self._news, self._topics = self._with(rows)
        passed = {row[0] for row in rows if row[1] is None}
        await self._turn_back(connection, [copy.lease for copy, _ in batch.entering if copy.lease.id not in passed])
        for copy, answer in batch.entering:
            if not answer.done():
                answer.set_result(Entry.GO if copy.lease.id in passed else Entry.TURNED_BACK)

    async def _flush(self, connection: psycopg.AsyncConnection[Any], batch: Batch) -> list[Row]:
        if not batch:
            return []
        entering = [{**_lease(copy.lease), "track": copy.track} for copy, _ in batch.entering]
        records = [_values(record) for record in batch.records]
        asked = {"entering": json.dumps(entering), "records": json.dumps(records), "lease": self.lease}
        return await (await connection.execute(statements.FLUSH, asked)).fetchall()

    async def _turn_back(self, connection: psycopg.AsyncConnection[Any], leases: list[Lease]) -> None:
        """Put those who did not pass where they belong."""
        if not leases:
            return
        asked = {"ids": [lease.id for lease in leases], "tokens": [lease.token for lease in leases]}
        async with connection.transaction(), connection.cursor() as cursor:
            await cursor.execute(statements.TURN_BACK, asked)
            await count(cursor, await cursor.fetchall())

    def _with(self, rows: Sequence[Row]) -> tuple[list[Told], set[str]]:
        told = {f"message:{row[1]}" for row in rows if row[1] is not None}
        return [*self._news, *_news_of(rows)], self._topics | told

    def _is_time_to_tell(self, batch: Batch) -> bool:
        """At once if somebody waits for it; bulk news keeps a beat, for the sake of the database."""
        ends = {record.lease.id for record in batch.records}
        is_urgent = bool(ends & self._urgent) or any(record.bounce for record in batch.records)
        self._urgent -= ends
        has_news = bool(self._news or self._topics or batch.records)
        return is_urgent or (has_news and time.monotonic() - self._told_at >= TELL_SECONDS)

    async def _open(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            for sql in statements.BY_KEY:
                await self._connection.execute(sql)
        return self._connection

    async def _wait_for_database(self, batch: Batch, error: Exception) -> None:
        """Nothing of the batch may go on; outcomes wait for better times (D13)."""
        if self.is_well:
            logger.warning("the database is away: %s", error)
        self.is_well = False
        _refuse(batch)
        self._next.records[:0] = batch.records
        if self._connection:
            await self._connection.close()
        await asyncio.sleep(0.2)
        self._ask()

    async def _one_by_one(self, batch: Batch) -> None:
        """Something in the batch is unacceptable: find out what, so that the others do not suffer (D14)."""
        singles = [Batch(entering=[entry]) for entry in batch.entering]
        singles += [Batch(records=[record]) for record in batch.records]
        for single in singles:
            try:
                await self._commit(single)
            except psycopg.Error:
                _refuse(single)
                self._keep(single.records)

    def _keep(self, records: Iterable[Record]) -> None:
        for record in records:
            self._failures[record.lease.id] += 1
            if self._failures[record.lease.id] < TRIES_ALONE:
                asyncio.get_running_loop().call_later(0.2, self.record, record)
            else:
                logger.error("the outcome of recipient %s cannot be written", record.lease.id)


async def count(cursor: psycopg.AsyncCursor[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add what these recipients now count for to their messages, exactly once: in the transaction that moved them."""
    changes: dict[int, Counter[str]] = defaultdict(Counter)
    for _, message_id, state, was, was_bounced, *counted in rows:
        change = changes[message_id]
        change[state] += 1
        change[was] -= 1
        change.update(dict(zip(COUNTED_NAMES, map(int, counted), strict=True)))
        change["bounced"] -= was_bounced
        change["failed"] -= state == "failed" and counted[0]  # a bounce in the dialogue is no failure (MASS-08)
    known = {
        message_id: change for message_id, change in changes.items() if any(change[name] for name in statements.CHANGED)
    }
    if known:
        columns = {name: [change[name] for change in known.values()] for name in statements.CHANGED}
        await cursor.execute(statements.COUNT, {"ids": list(known), **columns})


COUNTED_NAMES = tuple(name for name in COUNTERS if name not in ("replied", "opted_out", "complained"))


async def _tell(connection: psycopg.AsyncConnection[Any], news: Sequence[Told], topics: set[str]) -> None:
    """One job for the reactions and one word to open pages, in the transaction of the rows that they tell of."""
    if news:
        await connection.execute(events.DEFER, events.job_of(news))
    if topics:
        await connection.execute(live.SQL, (live.payload(topics),))


def _refuse(batch: Batch) -> None:
    for _, answer in batch.entering:
        if not answer.done():
            answer.set_result(Entry.TROUBLE)


def _news_of(rows: Iterable[Row]) -> list[Told]:
    news: list[Told] = []
    for recipient_id, _, state, was_bounced, bounced in rows:
        if state == "sent":
            news.append(events.MessageSent(recipient_id))
        elif bounced and not was_bounced:
            news.append(events.MessageBounced(recipient_id))
    return news


def _lease(lease: Lease) -> dict[str, int | str]:
    return {"id": lease.id, "token": str(lease.token)}


def _values(record: Record) -> dict[str, int | str | None]:
    return {
        **_lease(record.lease),
        "state": record.state,
        "code": record.code,
        "text": record.text,
        "tried": record.tried,
        "next_at": record.next_at.isoformat() if record.next_at else None,
        "bounce": record.bounce,
        "because": record.because,
        "at": record.at.isoformat(),
    }
