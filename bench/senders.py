"""The dispatcher in a process of its own, what it costs, and the C programs that it is held against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.machines import free_port, server
from relance.mail.models import Message
from tests.debian import Tool, find, provide

TOOLS = (Tool("smtp-source", ("postfix",), "the limit of S1"), Tool("smtp-sink", ("postfix",), "the relay of S1 to S4"))
PATIENCE = 900.0
LOOK = 0.02
"""How often we ask whether all is written: seldom enough not to be what is measured, two cores serve all."""
THROUGH = "SELECT sent + failed + unknown + refused + bounced >= total FROM mail_message WHERE id = %s"


def programs() -> bool:
    """Find smtp-source and smtp-sink, or install them where we may; says loudly what is missing."""
    provide(TOOLS)
    return all(find(tool.program) for tool in TOOLS)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink: a relay that takes everything at once and keeps nothing; its port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with server([str(find("smtp-sink")), *user, f"127.0.0.1:{port}", "1000"], port):
        yield port


def source(port: int, mails: int, size: int) -> float:
    """Postfix's smtp-source over 16 kept connections, with mails of the same size; seconds."""
    argv = [str(find("smtp-source")), "-d", "-s", "16", "-m", str(mails), "-l", str(size)]
    begun = time.perf_counter()
    subprocess.run(
        [*argv, "-f", "camille@helionne.example", "-t", "reader@client.example", f"127.0.0.1:{port}"], check=True
    )
    return time.perf_counter() - begun


@contextmanager
def late_relay(milliseconds: int) -> Iterator[tuple[int, list[float]]]:
    """A relay that answers so late: its port, and at the end its own account of mails a second."""
    port, rates = free_port(), list[float]()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.late_relay", str(port), str(milliseconds)], stdout=subprocess.PIPE
    )
    try:
        time.sleep(0.5)
        yield port, rates
    finally:
        process.terminate()
        told, _ = process.communicate(timeout=20)
        rates.append(json.loads(told)["rate"])


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What one sending took: seconds from the first claim to the last durable outcome, our processor's seconds."""

    mails: int
    seconds: float
    processor: float


class Dispatcher:
    """What `relance dispatcher` starts, one process or several, and their accounts as the kernel keeps them."""

    def __init__(self, pid: int) -> None:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self.pids = [int(child) for child in children] or [pid]

    @property
    def processor(self) -> float:
        """Processor seconds so far, of all that send and all their threads."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids)  # another's clock: clock_getcpuclockid(3)

    @property
    def peaks(self) -> list[float]:
        """The most memory that each has ever held, in MB."""
        told = [Path(f"/proc/{pid}/status").read_text() for pid in self.pids]
        return [int(each.partition("VmHWM:")[2].split()[0]) / 1024 for each in told]

    def send(self, message: Message) -> Sending:
        """Let a message go, and wait until each outcome is committed. Raises RuntimeError if it does not get there."""
        from relance.mail import actions

        begun, used = time.perf_counter(), self.processor
        actions.queue(message, now=message.deliver_at)
        while not self._is_through(message):
            time.sleep(LOOK if message.total <= 20_000 else 0.5)
            if time.perf_counter() - begun > PATIENCE:
                raise RuntimeError("the dispatcher did not come to an end")
        took, used = time.perf_counter() - begun, self.processor - used
        message.refresh_from_db()
        if message.sent != message.total:
            raise RuntimeError(f"only {message.sent} of {message.total} were sent")
        return Sending(mails=message.total, seconds=took, processor=used)

    def _is_through(self, message: Message) -> bool:
        """By a bare cursor: Django's own way costs a millisecond, of which a fast sending would see hundreds."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.cursor.execute(THROUGH, [message.pk], prepare=True)
            return bool(cursor.fetchone()[0])


@contextmanager
def dispatcher() -> Iterator[Dispatcher]:
    """A dispatcher at work, and nothing else of the house."""
    process = subprocess.Popen([sys.executable, "-m", "relance", "dispatcher"])
    try:
        time.sleep(2.5)  # it imports, and looks up what is due
        yield Dispatcher(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


class PostOffice:
    """The process of the peer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def send(self, mails: int) -> float:
        """So many mails; the seconds of their sending."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{mails}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


@contextmanager
def post_office(url: str, port: int) -> Iterator[PostOffice]:
    """django-post-office with its defaults, over a database of its own in the same server."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as direct:
        direct.execute("CREATE DATABASE post_office")
    theirs = url.replace("/relance?", "/post_office?")
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.post_office", str(port)],
        env={**os.environ, "DATABASE_URL": theirs},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("django-post-office does not start")
        yield PostOffice(process)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(timeout=30)
