"""Threads that write hits: one to the database, one to the spool. Group commit without a timer.

A pen takes the first hit that waits and whatever else has arrived meanwhile, writes them as one batch, and only then
lets the requests be answered. Nothing ever waits for a batch to fill.
"""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import psycopg
from psycopg import errors

from relance.edge.bundle import Bundle
from relance.edge.spool import Spool
from relance.mail.tracking import jottings
from relance.mail.tracking.book import Cursor
from relance.mail.tracking.hits import Hit
from relance.mail.tracking.note import Noted, record, tell

LONGEST_BATCH = 500
REST_SECONDS = 0.25  # how often an idle or unwell pen looks around
TELL_SECONDS = 0.25  # open pages are told no more often of what keeps happening
TRIES = 4
LOOK_SECONDS = 5.0  # how often jottings are looked for that nobody notes
LEFT = timedelta(seconds=2)  # those of a living edge are noted long before

logger = logging.getLogger(__name__)


class Entry:
    """A hit on its way to the disk, since when, and who waits for it; without a hit it only takes its turn."""

    __slots__ = ("at", "done", "hit", "is_settled")

    def __init__(self, hit: Hit | None, at: float, done: Callable[[bool], object]) -> None:
        self.hit, self.at, self.done = hit, at, done
        self.is_settled = False

    def settle(self, *, durable: bool) -> None:
        """Let the request be answered, once."""
        if not self.is_settled:
            self.is_settled = True
            self.done(durable)


@dataclass(frozen=True, kw_only=True)
class Ears:
    """What a pen says on the event loop."""

    loop: AbstractEventLoop
    wrote: Callable[[list[Entry], Noted], None]
    failed: Callable[[list[Entry]], None]

    def hear_written(self, batch: list[Entry], noted: Noted) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self.wrote, batch, noted)

    def hear_failed(self, batch: list[Entry]) -> None:
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.failed, batch)


class Pen(Thread):
    """A thread that writes batches."""

    def __init__(self, name: str, ears: Ears) -> None:
        super().__init__(name=name, daemon=True)
        self.queue: SimpleQueue[Entry | None] = SimpleQueue()
        self.ears = ears

    def run(self) -> None:
        """Write until told to stop; what waits then is written first."""
        going, looked_at = True, monotonic()
        while going:
            try:
                batch, going = self._gather(self.queue.get(timeout=REST_SECONDS))
            except Empty:
                batch = []
            if batch:
                self._write(batch)
            if monotonic() - looked_at >= REST_SECONDS:
                self.look_around()
                looked_at = monotonic()
        self.close()

    def _gather(self, first: Entry | None) -> tuple[list[Entry], bool]:
        batch, entry = [], first
        with suppress(Empty):
            while entry is not None:
                batch.append(entry)
                if len(batch) == LONGEST_BATCH:
                    return batch, True
                entry = self.queue.get_nowait()
        return batch, entry is not None

    def _write(self, batch: list[Entry]) -> None:
        try:
            noted = self.write([entry.hit for entry in batch if entry.hit is not None])
        except (psycopg.Error, OSError) as problem:
            logger.warning("%s: %d hits could not be written: %s", self.name, len(batch), problem)
            self.ears.hear_failed(batch)
        else:
            self.ears.hear_written(batch, noted)

    def write(self, hits: Sequence[Hit]) -> Noted:
        """Make these hits durable. Raises psycopg.Error or OSError."""
        raise NotImplementedError

    def look_around(self) -> None:
        """Called now and then."""

    def close(self) -> None:
        """Called at the end."""


class SpoolPen(Pen):
    """Writes to the spool, while the database is away or slow."""

    def __init__(self, spool: Spool, ears: Ears) -> None:
        super().__init__("spool", ears)
        self.spool = spool

    def write(self, hits: Sequence[Hit]) -> Noted:
        if hits:
            self.spool.append(hits)
        return Noted()


class DatabasePen(Pen):
    """Writes to the database; now and then it notes what the spool holds and says that the database is well."""

    def __init__(self, database: str, spool: Spool, ears: Ears) -> None:
        super().__init__("database", ears)
        self.database, self.spool = database, spool
        self.bundle: Bundle | None = None
        self.is_unwell = False
        self.untold: set[str] = set()
        self.told_at = float("-inf")
        self.looked_at: float | None = None  # when it looked for jottings that nobody notes

    def write(self, hits: Sequence[Hit]) -> Noted:
        """One transaction; if one hit cannot be noted at all the others still are."""
        try:
            return self._note(hits)
        except (errors.DataError, errors.IntegrityError, errors.ProgrammingError):
            if len(hits) == 1:
                logger.exception("a hit cannot be noted and is dropped")
                return Noted()
            for hit in hits:
                self.write([hit])
            return Noted()
        except psycopg.Error:
            self._let_go()
            raise

    def _note(self, hits: Sequence[Hit]) -> Noted:
        for further in reversed(range(TRIES)):
            try:
                return self._note_together(hits)
            except (errors.DeadlockDetected, errors.SerializationFailure):
                if not further:
                    raise
        raise AssertionError

    def _note_together(self, hits: Sequence[Hit]) -> Noted:
        with self._bundle() as cursor:
            noted = record(cursor, hits)
            self.untold |= noted.topics
            self._tell(cursor)
        return noted

    def _tell(self, cursor: Cursor) -> None:
        """Wake open pages, now or within a moment."""
        if self.untold and monotonic() - self.told_at >= TELL_SECONDS:
            tell(cursor, self.untold)
            self.untold, self.told_at = set(), monotonic()

    def _bundle(self) -> Bundle:
        if self.bundle is None or self.bundle.connection.closed:
            self.bundle = Bundle(connect(self.database))
        return self.bundle

    def _let_go(self) -> None:
        self.is_unwell = True
        if self.bundle is not None:
            self.bundle.connection.close()
            self.bundle = None

    def look_around(self) -> None:
        """If something waits in the spool or is untold, or the database failed us, try again."""
        is_due = self.looked_at is None or monotonic() - self.looked_at >= LOOK_SECONDS
        if not self.is_unwell and not self.untold and not is_due and self.spool.is_empty():
            return
        try:
            with self._bundle() as cursor:
                self._tell(cursor)
            if is_due:
                self._note_left(timedelta() if self.looked_at is None else LEFT)
                self.looked_at = monotonic()
            self.spool.replay(self._take)
        except (psycopg.Error, OSError):
            self._let_go()
        else:
            self.is_unwell = False
            self.ears.hear_written([], Noted())

    def _note_left(self, since: timedelta) -> None:
        """Note the jottings that nobody notes: of a dead edge, or of ours when a batch of them failed."""
        for id in self._jottings(since):
            try:
                with self._bundle() as cursor:
                    hits = jottings.hits_of(cursor, id)
            except errors.DataError:
                logger.exception("a jotting cannot be read and is dropped")
            else:
                self.write(hits)
            with self._bundle() as cursor:
                jottings.forget(cursor, id)

    def _jottings(self, since: timedelta) -> list[int]:
        with self._bundle() as cursor:
            return jottings.left(cursor, since)

    def _take(self, hits: Sequence[Hit]) -> None:
        self.write(hits)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._note_left(timedelta())
        if self.bundle is not None:
            self.bundle.connection.close()


def connect(database: str) -> psycopg.Connection:
    """A connection of the edge's own: each statement alone unless in a transaction, dead peers found in seconds."""
    return psycopg.connect(
        database,
        autocommit=True,
        connect_timeout=3,
        application_name="relance-edge",
        prepare_threshold=1,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
