"""Answers on the wire: a head, and a body that is there, lies on the disk, or comes bit by bit."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relance.edge.line import Line, Request

PIECE = 262_144

Headers = Sequence[tuple[str, str]]


class Answer:
    """What an application says to one request; RSGI calls it a protocol. Once said, nothing more is."""

    __slots__ = ("has_begun", "is_sending", "is_stream", "line", "request")

    def __init__(self, line: Line, request: Request) -> None:
        self.line, self.request = line, request
        self.has_begun = self.is_sending = self.is_stream = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.request.body:
            yield self.request.body

    def client_disconnect(self) -> asyncio.Future[None]:
        """Ends when the visitor goes away."""
        gone: asyncio.Future[None] = self.line.server.loop.create_future()
        if self.line.is_closing:
            gone.set_result(None)
        self.line.gone.append(gone)
        return gone

    def response_empty(self, status: int, headers: Headers) -> None:
        """No body; the headers may tell its length, for HEAD."""
        told = any(name == "content-length" for name, _ in headers)
        self._say(status, headers, b"", tells_length=not told)

    def response_str(self, status: int, headers: Headers, body: str) -> None:
        """A text."""
        self._say(status, headers, body.encode())

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Bytes."""
        self._say(status, headers, body)

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """A file of the disk."""
        self._send(status, headers, file, 0, None)

    def response_file_range(self, status: int, headers: Headers, file: str, start: int, end: int) -> None:
        """Some bytes of it."""
        self._send(status, headers, file, start, end)

    def response_stream(self, status: int, headers: Headers) -> Answer:
        """A body that is sent bit by bit, until the application ends."""
        kind = ("connection", "close") if self.request.is_last else ("transfer-encoding", "chunked")
        self._begin(status, [*headers, kind])
        self.is_stream = True
        return self

    def end(self, *, well: bool) -> None:
        """The application has come to its end, or what sends a file has: whatever is left open is closed."""
        line = self.line
        if self.is_stream:
            if not line.is_closing and not self.request.is_last:
                line.transport.write(b"0\r\n\r\n")
            line.close()
        elif self.has_begun and not well:  # half an answer must not be taken for a whole one
            line.transport.abort()
        elif not self.has_begun and not (well and self.is_sending):
            self.request.is_last = True
            self.response_empty(500, [])

    async def send_str(self, text: str) -> None:
        """Send some of it, as fast as the visitor reads. Raises RuntimeError if nobody is there any more."""
        piece = text.encode()
        await self._write(piece if self.request.is_last else b"%x\r\n%b\r\n" % (len(piece), piece))

    def _begin(self, status: int, headers: Headers) -> None:
        if self.has_begun:
            raise RuntimeError("this request has been answered")
        begun = head(status, [*headers, ("date", self.line.server.date)])
        self.has_begun = True
        if not self.line.is_closing:
            self.line.transport.write(begun)

    def _say(self, status: int, headers: Headers, body: bytes, *, tells_length: bool = True) -> None:
        more = [("connection", "close")] if self.request.is_last else []
        more += [("content-length", str(len(body)))] if tells_length else []
        self._begin(status, [*headers, *more])
        if body and self.request.method != "HEAD" and not self.line.is_closing:
            self.line.transport.write(body)
        self.line.finish()

    def _send(self, status: int, headers: Headers, file: str, start: int, end: int | None) -> None:
        self.is_sending = True
        self.line.server.run(self._send_file(status, headers, file, start, end), self)

    async def _send_file(self, status: int, headers: Headers, file: str, start: int, end: int | None) -> None:
        with await asyncio.to_thread(Path(file).open, "rb") as opened:
            left = (os.fstat(opened.fileno()).st_size if end is None else end) - start
            more = [("connection", "close")] if self.request.is_last else []
            self._begin(status, [*headers, *more, ("content-length", str(left))])
            opened.seek(start)
            while left:
                piece = await asyncio.to_thread(opened.read, min(PIECE, left))
                if not piece:  # shorter than promised: the visitor must not take it for the whole
                    self.line.transport.abort()
                    return
                left -= len(piece)
                await self._write(piece)
        self.line.finish()

    async def _write(self, piece: bytes) -> None:
        line = self.line
        if line.is_closing:
            raise RuntimeError("the visitor has gone")
        line.transport.write(piece)
        if line.is_writable is not None:
            await asyncio.shield(line.is_writable)


def head(status: int, headers: Headers) -> bytes:
    """The lines before a body. Raises ValueError for a header that would break out of its line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise ValueError("a header with a line break")
    return "\r\n".join([*lines, "\r\n"]).encode()
