"""A web server that answers as its script says, and keeps what it was sent."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request as it came."""

    head: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in lines}

    @property
    def told(self) -> dict:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers` are given in their order, the last one again and again: bytes, or `hang`, `drip`, `close`."""

    answers: list[bytes | str] = field(default_factory=lambda: [ok()])
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Receiver:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    @property
    def port(self) -> int:
        return self._door.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            if self.tls is None:
                self._speak(line)
            else:
                with self.tls.wrap_socket(line, server_side=True) as secured:
                    self._speak(secured)

    def _speak(self, line: socket.socket) -> None:
        request = _read(line)
        if request is None:
            return
        with self._lock:
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            self.requests.append(request)
        if isinstance(answer, bytes):
            line.sendall(answer)
        elif answer == "hang":
            self._over.wait(30)
        elif answer == "drip":
            self._drip(line)

    def _drip(self, line: socket.socket) -> None:
        """A head without an end, a letter at a time."""
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not self._over.wait(0.02):
            try:
                line.sendall(b"x")
            except OSError:
                return


def _read(line: socket.socket) -> Request | None:
    text = b""
    while b"\r\n\r\n" not in text:
        read = line.recv(65_536)
        if not read:
            return None
        text += read
    head, _, body = text.partition(b"\r\n\r\n")
    request = Request(head.decode(), body)
    length = int(request.headers["content-length"])
    while len(request.body) < length:
        request.body += line.recv(65_536)
    return request


def ok(status: str = "200 OK", head: str = "", body: bytes = b"fine") -> bytes:
    """An answer."""
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def until(is_so, seconds: float = 20):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said := is_so():
            return said
        time.sleep(0.02)
    raise AssertionError("it never came about")
