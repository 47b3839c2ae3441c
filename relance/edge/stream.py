"""The live stream: PostgreSQL notifications out to open pages as server-sent events.

One thread listens; each page is told at most twice a second, everything that happened since in one message:

    data: {"topics": ["message:7", "today"]}

The same thread reads the workspace's clock twice a second, so that a hit is dated in the time of the demo (ADM-06).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Protocol

import psycopg

from relance.edge.pens import connect
from relance.lib.live import CHANNEL

HEARTBEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.5
CLOCK = "clock"
OFFSET = "SELECT clock_offset FROM team_organisation WHERE workspace IN ('demo', 'test')"

logger = logging.getLogger(__name__)


class Transport(Protocol):
    """An open response."""

    async def send_str(self, data: str) -> None:
        """Send some of it."""


class Page:
    """An open page: the topics that it may follow, and what it has not been told yet."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self.news: set[str] = set()
        self.woken = asyncio.Event()

    def hear(self, topics: frozenset[str] | None) -> None:
        """Something happened; None means that we may have missed things."""
        if heard := self.topics if topics is None else self.topics & topics:
            self.news |= heard
            self.woken.set()

    async def tell(self, transport: Transport) -> None:
        """Send news as they come, and a sign of life when there are none, until the page goes away."""
        await transport.send_str("retry: 2000\n: relance\n\n")
        while True:
            try:
                await asyncio.wait_for(self.woken.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                await transport.send_str(": still here\n\n")
                continue
            self.woken.clear()
            topics, self.news = sorted(self.news), set()
            await transport.send_str(f"data: {json.dumps({'topics': topics})}\n\n")
            await asyncio.sleep(PAUSE_SECONDS)


class Stream:
    """The pages that follow something. Lives on the event loop."""

    def __init__(self, database: str, loop: asyncio.AbstractEventLoop) -> None:
        self.pages: set[Page] = set()
        self.listener = Listener(database, lambda topics: loop.call_soon_threadsafe(self._hear, topics))

    def now(self) -> datetime:
        """The present moment of the workspace."""
        return datetime.now(UTC) + self.listener.offset

    def _hear(self, topics: frozenset[str] | None) -> None:
        for page in self.pages:
            page.hear(topics)

    async def follow(self, page: Page, transport: Transport, gone: asyncio.Future[None]) -> None:
        """Keep one page informed until it goes away."""
        self.pages.add(page)
        telling = asyncio.ensure_future(page.tell(transport))
        try:
            await asyncio.wait({telling, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.pages.discard(page)
            for task in (telling, gone):
                task.cancel()
            with suppress(asyncio.CancelledError, RuntimeError):  # RuntimeError: the connection has been closed
                await telling


class Listener(Thread):
    """Hears notifications and reads the clock; `say` is called with the topics, or None after an interruption."""

    def __init__(self, database: str, say: Callable[[frozenset[str] | None], object]) -> None:
        super().__init__(name="listener", daemon=True)
        self.database, self.say = database, say
        self.offset = timedelta(0)
        self.ended = Event()

    def run(self) -> None:
        """Listen until told to stop, through every restart of the database."""
        while not self.ended.is_set():
            with suppress(psycopg.Error):
                self._listen()
            self.ended.wait(PAUSE_SECONDS)

    def _listen(self) -> None:
        with connect(self.database) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._say(None)
            read_at = float("-inf")
            while not self.ended.is_set():
                if monotonic() - read_at >= PAUSE_SECONDS:
                    self._read_clock(connection)
                    read_at = monotonic()
                for notice in connection.notifies(timeout=PAUSE_SECONDS, stop_after=1):
                    topics = frozenset(json.loads(notice.payload))
                    read_at = float("-inf") if CLOCK in topics else read_at
                    self._say(topics)

    def _read_clock(self, connection: psycopg.Connection) -> None:
        row = connection.execute(OFFSET).fetchone()
        self.offset = row[0] if row else timedelta(0)

    def _say(self, topics: frozenset[str] | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self.say(topics)
