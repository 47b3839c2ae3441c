"""One visitor's connection: requests read by llhttp (through httptools), answered in the order in which they came.

An RSGI server as far as the edge needs one: a request is a *scope*, and an application answers it through `Answer`.
Whoever sends too much, too slowly, or what is no HTTP, is told so once and let go. Openings take a shorter way: no
task, one write (`Edge.quickly`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from relance.edge.sending import Answer

if TYPE_CHECKING:
    from relance.edge.server import Server

LONGEST_HEAD = 32_768
LONGEST_BODY = 65_536
MOST_WAITING = 16  # requests sent ahead, before we read no further
LATER_SECONDS = 0.05


class Fields:
    """The headers of a request, by their names in lower case; those that come again are joined."""

    __slots__ = ("raw",)

    def __init__(self, raw: dict[bytes, bytes]) -> None:
        self.raw = raw

    def get(self, key: str, default: str = "") -> str:
        """One header."""
        value = self.raw.get(key.encode())
        return default if value is None else value.decode("utf-8", "replace")


class Request:
    """What RSGI calls a scope, and its body; words are made of its bytes when somebody asks for them."""

    __slots__ = ("body", "client", "is_last", "method", "raw", "url")
    proto = "http"

    def __init__(
        self, client: str, method: str, url: bytes, raw: dict[bytes, bytes], body: bytes, *, is_last: bool
    ) -> None:
        self.client, self.method, self.url, self.raw = client, method, url, raw
        self.body, self.is_last = body, is_last

    @property
    def headers(self) -> Fields:
        """The headers."""
        return Fields(self.raw)

    @property
    def path(self) -> str:
        """What is asked for."""
        return self.url.partition(b"?")[0].decode("latin-1")

    @property
    def query_string(self) -> str:
        """What stands behind the question mark."""
        return self.url.partition(b"?")[2].decode("latin-1")


class Line(asyncio.Protocol):
    """The connection. `busy` is the request that is being answered; others wait for their turn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.parser = HttpRequestParser(self)
        self.waiting: deque[Request] = deque()
        self.busy: Request | None = None
        self.is_closing = self.is_reading = self.has_ended = self.has_headers = False
        self.size = 0  # of the head that is being read
        self.url, self.body = b"", b""
        self.raw: dict[bytes, bytes] = {}
        self.since = server.now  # it has been reading this request, or doing nothing
        self.stuck_at: float | None = None  # since when the visitor reads nothing
        self.is_writable: asyncio.Future[None] | None = None
        self.gone: list[asyncio.Future[None]] = []

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        host, port, *_ = transport.get_extra_info("peername") or ("", 0)
        self.client = f"{host}:{port}"
        self.server.welcome(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_closing = True
        self.server.lines.discard(self)
        self.waiting.clear()
        self.resume_writing()
        for future in self.gone:
            if not future.done():
                future.set_result(None)

    def pause_writing(self) -> None:
        self.stuck_at = self.server.now
        self.is_writable = self.server.loop.create_future()

    def resume_writing(self) -> None:
        self.stuck_at = None
        if self.is_writable is not None and not self.is_writable.done():
            self.is_writable.set_result(None)
        self.is_writable = None

    def data_received(self, data: bytes) -> None:
        if self.is_closing:
            return
        self.has_ended = False
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:  # whatever protocol that may be: the answer is plain HTTP, and the last one
            self._close_after(None)
        except HttpParserError as problem:
            self._close_after(_refusal(problem))
        else:
            self.size = 0 if self.has_ended or self.has_headers else self.size + len(data)
            if self.size > LONGEST_HEAD:
                self._close_after(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # What the parser tells.

    def on_message_begin(self) -> None:
        self.url, self.raw, self.body, self.has_headers = b"", {}, b"", False
        self.is_reading, self.since = True, self.server.now

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.has_headers:  # what follows a body says nothing to us
            return
        raw, name = self.raw, name.lower()
        raw[name] = raw[name] + (b"; " if name == b"cookie" else b", ") + value if name in raw else value

    def on_headers_complete(self) -> None:
        self.has_headers = True
        if b"expect" in self.raw and self.busy is None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        self.body += piece
        if len(self.body) > LONGEST_BODY:
            raise TooLong

    def on_message_complete(self) -> None:
        self.has_ended, self.is_reading, self.has_headers, parser = True, False, False, self.parser
        is_last = not parser.should_keep_alive() or (b"connection" in self.raw and parser.get_http_version() != "1.1")
        method = parser.get_method().decode("latin-1")
        request = Request(self.client, method, self.url, self.raw, self.body, is_last=is_last)
        if self.busy is None and not self.waiting:
            self._begin(request)
        else:
            self.waiting.append(request)
            if len(self.waiting) == MOST_WAITING:
                self.transport.pause_reading()

    # Answering.

    def _begin(self, request: Request) -> None:
        self.busy = request
        if request.method == "GET" and request.url.startswith(b"/o/"):
            self.server.app.quickly(request, self._opened)
        else:
            answer = Answer(self, request)
            self.server.run(self.server.app.__rsgi__(request, answer), answer)

    def _opened(self, _durable: bool) -> None:
        """The image, at once."""
        request = self.busy
        if request is not None and request.is_last:
            Answer(self, request).response_bytes(*self.server.app.IMAGE)
        elif not self.is_closing:
            self.transport.write(self.server.image())
            self.finish()

    def finish(self) -> None:
        """The answer is written: go on with the next request, or end."""
        request, self.busy, self.since = self.busy, None, self.server.now
        if request is not None and request.is_last:
            self.close()
        elif self.waiting:
            self.server.loop.call_soon(self._next)

    def _next(self) -> None:
        if self.busy is not None or self.is_closing:
            return
        if self.stuck_at is not None:  # first the visitor must read what there is
            self.server.loop.call_later(LATER_SECONDS, self._next)
            return
        if len(self.waiting) == MOST_WAITING:
            self.transport.resume_reading()
        self._begin(self.waiting.popleft())

    def close(self) -> None:
        """Nothing more is read; what is written still leaves."""
        self.is_closing = True
        self.transport.close()

    def _close_after(self, status: HTTPStatus | None) -> None:
        """Answer what was asked before, say what is wrong with the rest, and let go."""
        self.transport.pause_reading()
        last = self.waiting[-1] if self.waiting else self.busy
        if last is not None:
            last.is_last = True
        elif not self.is_closing:
            if status is not None:
                self.transport.write(_bare(status))
            self.close()


class TooLong(Exception):
    """A body beyond what anybody needs to send us."""


class App(Protocol):
    """What is served. IMAGE is the answer to an opening."""

    IMAGE: tuple[int, list[tuple[str, str]], bytes]

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop, /) -> None: ...

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop, /) -> None: ...

    def __rsgi__(self, scope: Any, answer: Any, /) -> Awaitable[None]: ...

    def quickly(self, request: Any, done: Callable[[bool], None], /) -> None: ...


def _refusal(problem: HttpParserError) -> HTTPStatus:
    is_long = isinstance(problem.__context__, TooLong)
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_long else HTTPStatus.BAD_REQUEST


def _bare(status: HTTPStatus) -> bytes:
    line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    return f"{line}connection: close\r\ncontent-length: 0\r\n\r\n".encode()
