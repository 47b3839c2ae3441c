"""Durable before the answer: a hit is in the database, or in the spool when the database is slow or away.

Whoever waits on `note` is told once the hit is on disk. After a quarter of a second without a commit everything that
waits goes to the spool, and so does what comes next until the database commits again; both may happen to one hit,
which its id makes harmless.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from uuid import UUID

from relance.edge.config import Config
from relance.edge.lanes import Lanes
from relance.edge.pens import DatabasePen, Ears, Entry, SpoolPen
from relance.edge.spool import Spool
from relance.mail.tracking.hits import Hit
from relance.mail.tracking.note import Noted

PATIENCE_SECONDS = 0.25
WATCH_SECONDS = 0.05
REMEMBERED = 20_000


class Ledger:
    """Lives on the event loop; the pens call back into it. `learn` hears which content each recipient was sent."""

    def __init__(
        self, config: Config, loop: asyncio.AbstractEventLoop, learn: Callable[[Mapping[int, int]], None]
    ) -> None:
        self.loop, self.learn = loop, learn
        self.spool = Spool(config.spool)
        self.to_spool = SpoolPen(self.spool, Ears(loop=loop, wrote=self._spooled, failed=self._lost))
        ears = Ears(loop=loop, wrote=self._written, failed=self._refused)
        self.to_database = DatabasePen(config.database, self.spool, ears)
        self.lanes = Lanes(config.database, loop, self._written, self._another_way)
        self.waiting: deque[Entry] = deque()
        self.recent: dict[UUID, None] = {}  # noted a moment ago: a flood of one request costs nothing (T8)
        self.is_stalled = False
        self.watch: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to write."""
        self.to_database.start()
        self.to_spool.start()
        self.lanes.open()

    def stop(self) -> None:
        """Write what waits, then end."""
        self._another_way(self.lanes.close())
        for pen in (self.to_database, self.to_spool):
            pen.queue.put(None)
        for pen in (self.to_database, self.to_spool):
            pen.join(timeout=5)
        self.spool.close()

    async def note(self, hit: Hit | None) -> bool:
        """Make a hit durable; False if neither the database nor the disk would take it. None only takes its turn,
        so that a bad token is answered no faster than a good one (T1)."""
        future: asyncio.Future[bool] = self.loop.create_future()

        def done(durable: bool) -> None:
            if not future.done():
                future.set_result(durable)

        self.put(hit, done)
        return await future

    def put(self, hit: Hit | None, done: Callable[[bool], object]) -> None:
        """The same; `done` is told."""
        if hit is not None and hit.id in self.recent:
            done(True)
            return
        entry = Entry(hit, self.loop.time(), done)
        if self.is_stalled:
            self.to_spool.queue.put(entry)
            return
        self.waiting.append(entry)
        if not self.lanes.take(entry):
            self.to_database.queue.put(entry)
        if self.watch is None:
            self.watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def _look(self) -> None:
        """Does somebody wait for too long?"""
        while self.waiting and self.waiting[0].is_settled:
            self.waiting.popleft()
        if self.waiting and self.loop.time() - self.waiting[0].at > PATIENCE_SECONDS:
            self._stall()
        self.watch = self.loop.call_later(WATCH_SECONDS, self._look) if self.waiting else None

    def _stall(self) -> None:
        self.is_stalled = True
        for entry in self.waiting:
            if not entry.is_settled:
                self.to_spool.queue.put(entry)
        self.waiting.clear()
        self.lanes.close()

    def _another_way(self, batch: list[Entry]) -> None:
        """What the lanes would not take; the pen tries again, hit by hit if it must."""
        for entry in batch:
            self.to_database.queue.put(entry)

    def _written(self, batch: list[Entry], noted: Noted) -> None:
        if self.is_stalled:
            self.is_stalled = False
            self.lanes.open()
        self._answer(batch)
        if noted.contents:
            self.learn(noted.contents)

    def _spooled(self, batch: list[Entry], _noted: Noted) -> None:
        self._answer(batch)

    def _refused(self, _batch: list[Entry]) -> None:
        """The database is away: the spool takes everything that waits, these first."""
        self._stall()

    def _lost(self, batch: list[Entry]) -> None:
        for entry in batch:
            entry.settle(durable=False)

    def _answer(self, batch: list[Entry]) -> None:
        for entry in batch:
            if entry.hit is not None:
                self.recent[entry.hit.id] = None
            entry.settle(durable=True)
        while len(self.recent) > REMEMBERED:
            del self.recent[next(iter(self.recent))]
