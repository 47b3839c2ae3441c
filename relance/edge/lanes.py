"""The fast way to the disk: usual openings, written from the event loop itself, one statement and one commit a batch.

Whatever has arrived in a turn of the loop is the next batch; while one commits, another is built and sent on a second
connection. No thread, no task, and nobody waits for a batch to fill. A few are noted at once, with all that follows.
Many are jotted down, a row for all of them: that is durable, so they are answered; the third connection notes several
jottings together within a moment. How many may wait there is bounded: beyond it, the answers wait as well.

What is unusual, and every batch that fails, takes the way of the pens, which knows how to try again, how to part the
good from the bad, and how to spool. Jottings that could not be noted are theirs, too. Lanes are open while the database
is well.
"""

from __future__ import annotations

import json
import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Thread

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from relance.edge.lane import JOT, NOTE, NOTE_JOTTED, TELL, Lane, numbers, prepared
from relance.edge.pens import LONGEST_BATCH, TELL_SECONDS, Entry
from relance.mail.tracking import jottings, openings
from relance.mail.tracking.hits import Hit
from relance.mail.tracking.note import HOME, Noted, payloads

LANES = 3  # one of them for jottings, as long as there is another
WORTH_ANOTHER = 16  # so many must wait before a second batch begins beside one that is under way
WORTH_JOTTING = 16  # fewer than that are noted at once
WORTH_NOTING = 250  # so many jotted openings are noted without delay
SOON_SECONDS = 0.05  # and fewer after this
MOST_JOTTED = 2_000  # openings that may wait to be noted
PAUSE_SECONDS = 0.5  # before a lost connection is opened again

logger = logging.getLogger(__name__)


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
        self.writing: dict[Lane, list[Entry]] = {}
        self.jotted: dict[int, int] = {}  # jottings that wait to be noted, and how many openings each holds
        self.backlog = 0  # all of them together
        self.is_noting = self.is_called = self.is_opening = self.is_telling = False
        self.untold: set[str] = set()
        self.told_at = float("-inf")

    def open(self) -> None:
        """Connect, beside the loop; nothing happens if that fails or is under way."""
        if not self.is_opening and len(self.lanes) < LANES:
            self.is_opening = True
            Thread(target=self._connect, name="lanes", daemon=True).start()

    def close(self) -> list[Entry]:
        """Let everything go; what was not durable yet, as far as we know. Jottings are left to the pen."""
        left = [entry for batch in self.writing.values() for entry in batch] + self.waiting
        for lane in self.lanes:
            lane.close()
        self.lanes, self.idle, self.waiting, self.writing = set(), [], [], {}
        self._forget_jotted()
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
        while self.waiting and self._is_free():
            batch, self.waiting = self.waiting[:LONGEST_BATCH], self.waiting[LONGEST_BATCH:]
            hits = [*{entry.hit.id: entry.hit for entry in batch if entry.hit is not None}.values()]
            if hits:
                self._write(self.idle.pop(), batch, hits)
            else:
                self.refused(batch)

    def _is_free(self) -> bool:
        """Whether a batch may begin: one lane is kept for jottings, a second batch must be worth it."""
        if not self.idle or self.backlog >= MOST_JOTTED or len(self.writing) >= max(len(self.lanes) - 1, 1):
            return False
        return not self.writing or len(self.waiting) >= WORTH_ANOTHER

    def _write(self, lane: Lane, batch: list[Entry], hits: Sequence[Hit]) -> None:
        self.writing[lane] = batch
        values = openings.values_of(hits)
        if len(hits) >= WORTH_JOTTING or self.backlog:
            lane.say(JOT, values, partial(self._jotted, lane, len(hits)))
        else:
            lane.say(NOTE, (*values, *openings.NEWS), partial(self._noted, lane))

    def _written(self, lane: Lane, told: PGresult | None) -> list[Entry] | None:
        """The batch, if it is durable; else it is on its other way."""
        batch = self.writing.pop(lane)
        if told is None or told.status != ExecStatus.TUPLES_OK:
            why = told.get_error_message() if told is not None else "the connection broke"
            logger.info("a batch of %d openings takes the other way: %s", len(batch), why)
            self.refused(batch)
            return None
        return batch

    def _noted(self, lane: Lane, told: PGresult | None) -> None:
        batch = self._written(lane, told)
        if batch is not None and told is not None:
            self.wrote(batch, self._news(told))
        self._rest(lane)

    def _jotted(self, lane: Lane, size: int, told: PGresult | None) -> None:
        batch = self._written(lane, told)
        if batch is not None and told is not None:
            self.jotted[int(told.get_value(0, 0) or 0)] = size
            if not self.backlog:
                self.loop.call_later(SOON_SECONDS, self._note_jotted)
            self.backlog += size
            self.wrote(batch, Noted())
        self._rest(lane)

    def _note_jotted(self) -> None:
        """Note what is jotted down."""
        if self.jotted and self.idle and not self.is_noting:
            self.is_noting = True
            ids, self.jotted = [*self.jotted], {}
            size, lane = self.backlog, self.idle.pop()
            lane.say(NOTE_JOTTED, jottings.values_of(ids), partial(self._noted_jotted, lane, size))

    def _noted_jotted(self, lane: Lane, size: int, told: PGresult | None) -> None:
        self.is_noting = False
        self.backlog -= size
        if told is not None and told.status == ExecStatus.TUPLES_OK:
            self.wrote([], self._news(told))
        elif told is not None:
            logger.info("%d openings stay jotted down for a while: %s", size, told.get_error_message())
        if self.jotted:
            self.loop.call_later(SOON_SECONDS, self._note_jotted)
        self._rest(lane)

    def _forget_jotted(self) -> None:
        self.jotted, self.backlog, self.is_noting = {}, 0, False

    def _rest(self, lane: Lane) -> None:
        """A lane has nothing to do: find it something."""
        if lane.is_open:
            self.idle.append(lane)
        if self.backlog >= WORTH_NOTING:
            self._note_jotted()
        if self.waiting:
            self._go()

    def _news(self, told: PGresult) -> Noted:
        """What the statement tells; the open pages hear of it."""
        _added, messages, whose, contents, firsts = (numbers(told.get_value(0, place)) for place in range(5))
        self.untold.update(f"message:{id}" for id in messages)
        if firsts:
            self.untold.add(HOME)
        if self.untold and not self.is_telling:
            self.is_telling = True
            self.loop.call_later(max(self.told_at + TELL_SECONDS - self.loop.time(), 0), self._tell)
        return Noted(contents=dict(zip(whose, contents, strict=True)))

    def _tell(self) -> None:
        """Wake the open pages: at once, but not again and again within a moment."""
        self.is_telling = bool(self.lanes)
        if not self.idle:
            if self.lanes:
                self.loop.call_later(SOON_SECONDS, self._tell)
            return
        first, *others = payloads(self.untold)
        self.untold = set().union(*map(json.loads, others))
        self.told_at, self.is_telling = self.loop.time(), bool(others)
        lane = self.idle.pop()
        lane.say(TELL, [first], lambda _told: self._rest(lane))
        if others:
            self.loop.call_soon(self._tell)

    def _broke(self, lane: Lane) -> None:
        """Its own hearer hears of it next."""
        self.lanes.discard(lane)
        self.idle = [other for other in self.idle if other is not lane]
        if not self.lanes:
            waiting, self.waiting = self.waiting, []
            self.refused(waiting)
        self.loop.call_later(PAUSE_SECONDS, self.open)

    def _connect(self) -> None:
        """In a thread of its own."""
        made = None
        with suppress(psycopg.Error):
            made = prepared(self.database)
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._connected, made)

    def _connected(self, connection: psycopg.Connection | None) -> None:
        self.is_opening = False
        if connection is None:
            self.loop.call_later(PAUSE_SECONDS * 4, self.open)
            return
        lane = Lane(connection, self.loop, self._broke)
        self.lanes.add(lane)
        self.idle.append(lane)
        self.open()
