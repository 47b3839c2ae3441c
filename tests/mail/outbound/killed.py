"""Dispatchers in processes of their own, so that a test can kill them: `python -m tests.mail.outbound.killed`.

One process reads Django once and forks a dispatcher for each line on its input: a victim costs milliseconds.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from django.db import connection

PATIENCE = 60


def main() -> None:
    """Fork a dispatcher for each line: "follow up" does what is due too, "1/2" is one of two. At the end they end."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    django.setup()
    from relance import schedule
    from relance.mail import jobs
    from relance.mail.outbound.engine import Engine  # noqa: F401  read once, for all children
    from relance.mail.outbound.share import share_of
    from relance.sequences.running import run_due

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children: list[int] = []
    print("ready", flush=True)
    while asked := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            random.seed()
            with suppress(KeyboardInterrupt):
                told = asked.strip()
                if told == "follow up":  # as the worker would, in one process that is killed whole
                    due = {"chores": [schedule.Chore(every=0, run=run_due)], "pace": 0.1}
                    threading.Thread(target=schedule.run, args=(threading.Event(),), kwargs=due, daemon=True).start()
                share = share_of(told) if "/" in told else None
                jobs.run_dispatcher(threading.Event(), manners=manners(), share=share)
            os._exit(0)
        children.append(pid)
        print(pid, flush=True)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def manners():
    """Short leases of few copies, so that many can be killed one after another."""
    from tests.mail.outbound.engine import QUICK

    return replace(QUICK, lease=timedelta(seconds=1), renew=0.25, chunk=8, ahead=8)


class Victim:
    """A dispatcher that can be killed at once, from any thread."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def strike(self) -> None:
        """Kill -9; returns at once."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def is_dead(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.strike()
        self.wait()

    def wait(self) -> None:
        """Until it is gone."""
        end = time.monotonic() + PATIENCE
        while not self.is_dead():
            assert time.monotonic() < end, "it does not die"
            time.sleep(0.002)


class Nursery:
    """The process that forks them."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.outbound.killed"],
            env={**os.environ, "DATABASE_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._line() == "ready"

    def victim(self, *, follows_up: bool = False, share: str = "") -> Victim:
        """A new dispatcher; with `follows_up` it does what is due in sequences, with a `share` it is one of some."""
        assert self.process.stdin is not None
        self.process.stdin.write("follow up\n" if follows_up else f"{share}\n")
        self.process.stdin.flush()
        return Victim(int(self._line()))

    def close(self) -> None:
        """End them all."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, "the nursery does not answer"
        return self.process.stdout.readline().strip()


@contextmanager
def nursery(url: str = "") -> Iterator[Nursery]:
    """A nursery on the tests' database, or on another."""
    opened = Nursery(url or own_url())
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def victim() -> Iterator[Victim]:
    """One dispatcher; killed at the end if it still lives."""
    with nursery() as opened:
        yield opened.victim()


def kill(process: Victim) -> None:
    """Kill -9, and wait until it is gone."""
    process.kill()


def own_url() -> str:
    """The address of the database that this test uses."""
    params = connection.get_connection_params()
    address = os.environ["DATABASE_URL"].rsplit("/", 1)
    query = address[1].partition("?")[2]
    return f"{address[0]}/{params['dbname']}" + (f"?{query}" if query else "")


if __name__ == "__main__":
    main()
