"""The edge's server: one process, one loop, bounded in what a visitor may take of it.

    serve(app, host="127.0.0.1", port=8001)

An application of another RSGI server is one of this, save that `quickly` may answer openings without a task.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.utils import formatdate

from relance.edge.line import App, Line
from relance.edge.sending import Answer, head

BACKLOG = 2_048
MOST_LINES = 8_192
SPARE_FILES = 64  # of the database, the spool, the log
HEAR_SECONDS = 20.0  # in which a request must have been heard to its end
IDLE_SECONDS = 75.0  # for which nothing may be asked
STUCK_SECONDS = 60.0  # the longest time for which an answer may wait to be read
TICK_SECONDS = 1.0
GRACE_SECONDS = 2.0  # for what is being answered when the server ends

logger = logging.getLogger(__name__)


class Server:
    """The lines of all visitors. `app` is `Edge`, or whatever RSGI application knows `quickly`."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = app, loop
        self.lines: set[Line] = set()
        self.tasks: set[asyncio.Future[None]] = set()
        self.most = _lines_at_most()
        self.now = loop.time()
        self.tick()

    def tick(self) -> None:
        """Once a second: read the clock, let go of the silent and the stuck."""
        self.now, self.date, self._image = self.loop.time(), formatdate(usegmt=True), b""
        for line in [each for each in self.lines if self._is_tiresome(each)]:
            line.transport.abort()
        self.ticking = self.loop.call_later(TICK_SECONDS, self.tick)

    def _is_tiresome(self, line: Line) -> bool:
        if line.stuck_at is not None:
            return self.now - line.stuck_at > STUCK_SECONDS
        if line.busy is not None:
            return False
        return self.now - line.since > (HEAR_SECONDS if line.is_reading else IDLE_SECONDS)

    def welcome(self, line: Line) -> None:
        """Somebody has come; too many are too many."""
        if len(self.lines) >= self.most:
            line.is_closing = True
            line.transport.abort()
        else:
            self.lines.add(line)

    def run(self, answering: Awaitable[None], answer: Answer) -> None:
        """Let the application answer in a task of its own."""
        task = asyncio.ensure_future(answering)
        self.tasks.add(task)
        task.add_done_callback(lambda done: self._ran(done, answer))

    def _ran(self, task: asyncio.Future[None], answer: Answer) -> None:
        self.tasks.discard(task)
        problem = None if task.cancelled() else task.exception()
        if problem is not None and not answer.line.is_closing:
            logger.error("a request was not answered", exc_info=problem)
        answer.end(well=problem is None)

    def image(self) -> bytes:
        """The answer to an opening, as it is this second."""
        if not self._image:
            status, headers, body = self.app.IMAGE
            self._image = head(status, [*headers, ("content-length", str(len(body))), ("date", self.date)]) + body
        return self._image


def serve(app: App, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(app, host, port))


async def _serve(app: App, host: str, port: int) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    app.__rsgi_init__(loop)
    server = Server(app, loop)
    listening = await loop.create_server(lambda: Line(server), host, port, backlog=BACKLOG)
    try:
        await ended.wait()
    finally:
        listening.close()
        await _finish(server)
        app.__rsgi_del__(loop)


async def _finish(server: Server) -> None:
    """Answer what has been asked, if that is soon done; streams never are."""
    server.ticking.cancel()
    end = server.loop.time() + GRACE_SECONDS
    while any(line.busy is not None and not line.gone for line in server.lines) and server.loop.time() < end:
        await asyncio.sleep(0.02)
    for line in [*server.lines]:
        line.close()
    for task in server.tasks:
        task.cancel()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    with suppress(ImportError):
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
        return factory
    return None


def _lines_at_most() -> int:
    """As many as there may be files open, which is raised to what we are allowed."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + SPARE_FILES if most == resource.RLIM_INFINITY else min(most, MOST_LINES + SPARE_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
            now = wanted
    return MOST_LINES if now == resource.RLIM_INFINITY else max(min(now - SPARE_FILES, MOST_LINES), SPARE_FILES)
