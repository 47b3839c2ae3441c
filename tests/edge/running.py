"""The edge as it really runs: in a process of its own, on a free port, beside the tests' database."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from django.db import connection

WEB = "http://web.example:8000"
LONG_AGO = datetime(2020, 1, 6, 9, 0, tzinfo=UTC)  # delivered well before whatever the real clock says


def database_url() -> str:
    """The tests' database, as libpq spells it."""
    known = connection.get_connection_params()
    names = {"dbname": "dbname", "user": "user", "password": "password", "host": "host", "port": "port"}
    given = {name: str(known[key]) for key, name in names.items() if known.get(key)}
    return "postgresql:///?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Edge:
    home: Path
    database: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "relance", "edge", "--host", "127.0.0.1", "--port", str(self.port),
        ]  # fmt: skip
        environment = {**os.environ, "RELANCE_HOME": str(self.home), "DATABASE_URL": self.database, "RELANCE_URL": WEB}
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        for _ in range(200):
            try:
                if self.get("/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the edge did not start")

    def stop(self, kind: int = signal.SIGTERM) -> None:
        """End the whole group, the server's own children included."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, kind)
            self.process.wait(timeout=20)
            self.process = None

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            line.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, **headers)


def until(found, seconds: float = 20.0):
    """Wait for a condition that must come; the last value on failure."""
    end = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {value!r}")
        time.sleep(0.02)
    return value
