"""The fast way to the disk: usual openings, written from the event loop itself, one statement and one commit a batch.

Whatever has arrived in a turn of the loop is the next batch; while one commits, another is built and sent on a second
connection. No thread, no task, no timer. What is unusual, and every batch that fails, takes the way of the pens, which
knows how to try again, how to part the good from the bad, and how to spool. Lanes are open while the database is well.
"""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from threading import Thread

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from relance.edge.bundle import numbered
from relance.edge.pens import LONGEST_BATCH, TELL_SECONDS, Entry, connect
from relance.lib import live
from relance.mail.tracking import openings
from relance.mail.tracking.hits import Hit
from relance.mail.tracking.note import HOME, Noted, payloads

LANES = 2
WORTH_ANOTHER = 16  # so many must wait before a second batch begins beside one that is under way
PAUSE_SECONDS = 0.5  # before a lost connection is opened again
NOTE, TELL = b"relance_note", b"relance_tell"
# Every row is named by its key: a plan that reads a table from end to end is never the right one.
SETTINGS = (
    "SET jit = off",
    "SET enable_seqscan = off",
    "SET enable_mergejoin = off",
    "SET plan_cache_mode = force_generic_plan",
)

logger = logging.getLogger(__name__)


class Lane:
    """One connection on the event loop: one statement at a time, its answer handed to `heard`, its end to `broke`."""

    def __init__(
        self,
        connection: psycopg.Connection,
        loop: AbstractEventLoop,
        heard: Callable[[Lane, list[PGresult]], None],
        broke: Callable[[Lane], None],
    ) -> None:
        self.connection, self.libpq, self.loop = connection, connection.pgconn, loop
        self.heard, self.broke = heard, broke
        self.batch: list[Entry] = []
        self.results: list[PGresult] = []
        self.socket = self.libpq.socket
        self.libpq.nonblocking = 1
        loop.add_reader(self.socket, self._hear)

    def say(self, statement: bytes, values: Iterable[object]) -> None:
        """Send one prepared statement."""
        try:
            self.libpq.send_query_prepared(statement, [str(value).encode() for value in values])
        except psycopg.Error:
            self.loop.call_soon(self.broke, self)
        else:
            self._push()

    def close(self) -> None:
        """Let go of the connection."""
        self.loop.remove_reader(self.socket)
        self.loop.remove_writer(self.socket)
        self.connection.close()

    def _push(self) -> None:
        try:
            if self.libpq.flush():
                self.loop.add_writer(self.socket, self._push)
            else:
                self.loop.remove_writer(self.socket)
        except psycopg.Error:
            self.loop.call_soon(self.broke, self)

    def _hear(self) -> None:
        try:
            self.libpq.consume_input()
            while not self.libpq.is_busy():
                result = self.libpq.get_result()
                if result is None:
                    break
                self.results.append(result)
            else:
                return
        except psycopg.Error:
            self.broke(self)
            return
        told, self.results = self.results, []
        if told:  # a lane that says nothing may still hear of a change of settings
            self.heard(self, told)


class Lanes:
    """All of them. `wrote` hears what is durable, `refused` gets back what must go another way."""

    def __init__(
        self,
        database: str,
        loop: AbstractEventLoop,
        wrote: Callable[[list[Entry], Noted], None],
        refused: Callable[[list[Entry]], None],
    ) -> None:
        self.database, self.loop, self.wrote, self.refused = database, loop, wrote, refused
        self.lanes: set[Lane] = set()
        self.idle: list[Lane] = []
        self.waiting: list[Entry] = []
        self.is_called = self.is_opening = self.is_telling = False
        self.untold: set[str] = set()
        self.sayings: list[str] = []
        self.told_at = float("-inf")

    def open(self) -> None:
        """Connect, beside the loop; nothing happens if that fails or is under way."""
        if not self.is_opening and len(self.lanes) < LANES:
            self.is_opening = True
            Thread(target=self._connect, name="lanes", daemon=True).start()

    def close(self) -> list[Entry]:
        """Let everything go; what was not durable yet, as far as we know."""
        left = [entry for lane in self.lanes for entry in lane.batch] + self.waiting
        for lane in self.lanes:
            lane.close()
        self.lanes, self.idle, self.waiting = set(), [], []
        return left

    def take(self, entry: Entry) -> bool:
        """Take a hit along, if it is a usual one and a lane is open."""
        if not self.lanes or (entry.hit is not None and not openings.is_usual(entry.hit)):
            return False
        self.waiting.append(entry)
        if self.idle and not self.is_called:
            self.is_called = True
            self.loop.call_soon(self._go)
        return True

    def _go(self) -> None:
        """Send what has arrived."""
        self.is_called = False
        while self.idle and self.waiting and (len(self.idle) == len(self.lanes) or len(self.waiting) >= WORTH_ANOTHER):
            batch, self.waiting = self.waiting[:LONGEST_BATCH], self.waiting[LONGEST_BATCH:]
            hits = [*{entry.hit.id: entry.hit for entry in batch if entry.hit is not None}.values()]
            if hits:
                self._write(self.idle.pop(), batch, hits)
            else:
                self.refused(batch)

    def _write(self, lane: Lane, batch: list[Entry], hits: Sequence[Hit]) -> None:
        lane.batch = batch
        lane.say(NOTE, openings.values_of(hits))

    def _heard(self, lane: Lane, results: list[PGresult]) -> None:
        batch, lane.batch = lane.batch, []
        last = results[-1]
        if last.status != ExecStatus.TUPLES_OK:
            logger.info("a batch of %d openings takes the other way: %s", len(batch), last.get_error_message())
            self.refused(batch)
        elif batch:
            self._noted(batch, last)
        if self.sayings:
            lane.say(TELL, [self.sayings.pop()])
            return
        self.idle.append(lane)
        if self.waiting:
            self._go()

    def _noted(self, batch: list[Entry], told: PGresult) -> None:
        _added, messages, whose, contents, firsts = (_numbers(told.get_value(0, place)) for place in range(5))
        noted = Noted(contents=dict(zip(whose, contents, strict=True)))
        self.wrote(batch, noted)
        self.untold.update(f"message:{id}" for id in messages)
        if firsts:
            self.untold.add(HOME)
        if self.untold and not self.is_telling:
            self.is_telling = True
            self.loop.call_later(max(self.told_at + TELL_SECONDS - self.loop.time(), 0), self._tell)

    def _tell(self) -> None:
        """Wake the open pages: at once, but not again and again within a moment."""
        self.is_telling, self.told_at = False, self.loop.time()
        self.sayings += payloads(self.untold)
        self.untold = set()
        if self.sayings and self.idle:
            self.idle.pop().say(TELL, [self.sayings.pop()])

    def _broke(self, lane: Lane) -> None:
        if lane in self.lanes:
            self.lanes.discard(lane)
            self.idle = [other for other in self.idle if other is not lane]
            lane.close()
            self.refused([*lane.batch, *([] if self.lanes else self.waiting)])
            self.waiting = self.waiting if self.lanes else []
            self.loop.call_later(PAUSE_SECONDS, self.open)

    def _connect(self) -> None:
        """In a thread of its own."""
        made = None
        with suppress(psycopg.Error):
            made = _prepared(connect(self.database))
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._connected, made)

    def _connected(self, connection: psycopg.Connection | None) -> None:
        self.is_opening = False
        if connection is None:
            self.loop.call_later(PAUSE_SECONDS * 4, self.open)
            return
        lane = Lane(connection, self.loop, self._heard, self._broke)
        self.lanes.add(lane)
        self.idle.append(lane)
        self.open()


def _prepared(connection: psycopg.Connection) -> psycopg.Connection:
    """A connection that knows our statements. Raises psycopg.Error."""
    for setting in SETTINGS:
        connection.execute(setting)
    for name, statement in ((NOTE, openings.OPENINGS), (TELL, live.SQL)):
        result = connection.pgconn.prepare(name, numbered(statement))
        if result.status != ExecStatus.COMMAND_OK:
            connection.close()
            raise psycopg.OperationalError(result.get_error_message())
    return connection


def _numbers(text: bytes | None) -> list[int]:
    """The numbers of an array of PostgreSQL; what is no number is left alone."""
    inside = (text or b"")[1:-1]
    return [int(number) for number in inside.split(b",")] if inside and b"-" not in inside else []
