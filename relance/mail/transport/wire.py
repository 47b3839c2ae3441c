"""One SMTP connection's bytes: each reply goes to whoever expects it, in order, under a deadline."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Protocol, cast

from relance.mail.transport.outcome import Cause, NoSession, Reply, Stage

ROOM = 4096
"""Bytes read at once, into one place: the loop's own way makes room for a quarter of a megabyte at every reply."""
LONGEST_LINE = 4096
"""Bytes in one reply line; RFC 5321 4.5.3.1.5 allows 512, some servers write more."""
MOST_KNOWN = 500
"""One-line replies kept as read: a relay says most of its words again and again."""
MOST_LINES = 100
"""Lines in one reply: an EHLO answer has about 20."""

PATIENCE: Mapping[Stage, float] = {
    Stage.NAME: 20,
    Stage.CONNECT: 30,
    Stage.TLS: 30,
    Stage.GREETING: 60,
    Stage.EHLO: 60,
    Stage.STARTTLS: 60,
    Stage.AUTH: 60,
    Stage.MAIL: 300,
    Stage.RCPT: 300,
    Stage.DATA: 120,
    Stage.CONTENT: 180,
    Stage.DOT: 600,
    Stage.RSET: 60,
    Stage.QUIT: 5,
}
"""Seconds to wait for the reply of each stage (RFC 5321 4.5.3.2; ten minutes after the final dot)."""


class Expects(Protocol):
    """Someone who waits for the reply of a stage."""

    def answered(self, stage: Stage, reply: Reply) -> None:
        """The reply has come."""

    def lost(self, stage: Stage, cause: Cause, detail: str) -> None:
        """It will never come."""


class Listener:
    """Waits for one reply. A lost connection becomes NoSession."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.reply: asyncio.Future[Reply] = loop.create_future()

    def answered(self, stage: Stage, reply: Reply) -> None:  # noqa: ARG002
        """Hand the reply over."""
        if not self.reply.done():
            self.reply.set_result(reply)

    def lost(self, stage: Stage, cause: Cause, detail: str) -> None:
        """Say why there is none."""
        if not self.reply.done():
            self.reply.set_exception(NoSession(stage, cause, detail=detail))
            self.reply.exception()  # it may be that nobody asks


class Wire(asyncio.BufferedProtocol):
    """The connection. Whatever is said in one turn of the loop leaves in one write."""

    def __init__(self, patience: Mapping[Stage, float] = PATIENCE) -> None:
        self.loop = asyncio.get_running_loop()
        self.greeting = Listener(self.loop)
        self.patience = patience
        self.broken: tuple[Cause, str] | None = None
        self.transport: asyncio.Transport | None = None
        self._expected: deque[tuple[Stage, Expects]] = deque()
        self._room = memoryview(bytearray(ROOM))  # of each its own: connections are tested in threads as well
        self._rest = b""
        self._lines: list[bytes] = []
        self._out: list[bytes] = []
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._drained = asyncio.Event()
        self._drained.set()

    @property
    def is_open(self) -> bool:
        """Commands can still be said."""
        return self.broken is None and self.transport is not None and not self.transport.is_closing()

    @property
    def has_unread(self) -> bool:
        """Bytes have come that no reply accounts for: before TLS, the mark of an injection."""
        return bool(self._rest or self._lines)

    def say(self, data: bytes) -> None:
        """Queue bytes; they leave at the end of this turn of the loop."""
        if not self._out:
            self.loop.call_soon(self._flush)
        self._out.append(data)

    def expect(self, stage: Stage, who: Expects) -> None:
        """The next reply without an owner belongs to `who`."""
        if self.broken:
            who.lost(stage, *self.broken)
            return
        self._expected.append((stage, who))
        if len(self._expected) == 1:
            self._arm()

    def renew(self, stage: Stage) -> None:
        """The one who waits has reached `stage`: its deadline runs anew."""
        if self._expected:
            self._expected[0] = (stage, self._expected[0][1])
            self._arm()

    async def drain(self) -> None:
        """Wait until the peer has taken enough of what was said."""
        self._flush()
        await asyncio.sleep(0)  # let a reply or a loss be heard between two blocks
        await self._drained.wait()

    def fail(self, cause: Cause, detail: str = "") -> None:
        """Drop the connection; everyone who still expects a reply is told why. The first cause stands."""
        if self.broken:
            return
        self.broken = (cause, detail)
        self._out.clear()
        self._drained.set()
        if self._timer:
            self._timer.cancel()
        if self.transport:
            self.transport.abort()
        while self._expected:
            stage, who = self._expected.popleft()
            who.lost(stage, cause, detail)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.expect(Stage.GREETING, self.greeting)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(Cause.CLOSED, str(exc or ""))

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Where the next bytes go; what was there has been copied out."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Some bytes have come."""
        self.data_received(self._room[:nbytes].tobytes())

    def data_received(self, data: bytes) -> None:
        """Each reply in them goes to whoever expects it."""
        waited = self._expected[0] if self._expected else None
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            known = None if self._lines else _KNOWN.get(line)
            if known:
                self._deliver(known)
            else:
                self._read_line(line)
            if self.broken:
                return
        if self._expected and self._expected[0] is not waited:
            self._arm()
        if len(self._rest) > LONGEST_LINE:
            self.fail(Cause.REPLY_TOO_LONG)

    def _read_line(self, line: bytes) -> None:
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and b"200" <= code < b"600" and mark in b" -\r"):
            self.fail(Cause.NOT_SMTP, line[:80].decode("ascii", "replace"))
        elif len(line) > LONGEST_LINE or len(self._lines) >= MOST_LINES:
            self.fail(Cause.REPLY_TOO_LONG)
        elif mark == b"-":
            self._lines.append(line)
        elif self._lines:
            self._deliver_long(line)
        else:
            reply = Reply(int(code), line[4:].rstrip().decode("utf-8", "replace"))
            if len(_KNOWN) >= MOST_KNOWN:
                _KNOWN.clear()
            _KNOWN[line] = reply
            self._deliver(reply)

    def _deliver_long(self, last: bytes) -> None:
        lines = [*self._lines, last]
        self._lines = []
        if any(line[:3] != last[:3] for line in lines):
            self.fail(Cause.NOT_SMTP, "the lines of one reply carry different codes")
            return
        text = b"\n".join(line[4:].rstrip() for line in lines)
        self._deliver(Reply(int(last[:3]), text.decode("utf-8", "replace")))

    def _deliver(self, reply: Reply) -> None:
        if not self._expected:
            self.fail(Cause.CLOSED if reply.code == 421 else Cause.NOT_SMTP, f"{reply.code} {reply.sentence}")
            return
        stage, who = self._expected.popleft()
        who.answered(stage, reply)
        if reply.code == 421:  # RFC 5321 3.8: the server closes the channel
            self.fail(Cause.CLOSED, reply.sentence)

    def _flush(self) -> None:
        if self._out and self.transport and not self.broken:
            data = b"".join(self._out)
            self._out.clear()
            self.transport.write(data)

    def _arm(self) -> None:
        self._due = self.loop.time() + self.patience[self._expected[0][0]]
        if self._timer and not self._timer.cancelled() and self._timer.when() > self._due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_at(self._due, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        if self._expected and self.loop.time() < self._due:
            self._timer = self.loop.call_at(self._due, self._look_at_clock)
        elif self._expected:
            self.fail(Cause.TIMEOUT)


_KNOWN: dict[bytes, Reply] = {}
