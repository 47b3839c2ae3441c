"""A dispatcher in a process of its own, so that a test can kill it: `python -m tests.mail.outbound.killed`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

from django.db import connection


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    django.setup()
    from relance.mail.jobs import run_dispatcher
    from tests.mail.outbound.engine import QUICK

    print("ready", flush=True)
    run_dispatcher(threading.Event(), manners=QUICK)


@contextmanager
def victim():
    """A dispatcher process; killed at the end if it still lives."""
    params = connection.get_connection_params()
    address = os.environ["DATABASE_URL"].rsplit("/", 1)
    query = address[1].partition("?")[2]
    url = f"{address[0]}/{params['dbname']}" + (f"?{query}" if query else "")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail.outbound.killed"],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.stdout.readline()
        yield process
    finally:
        kill(process)
        process.stdout.close()


def kill(process: subprocess.Popen) -> None:
    """Kill -9, at once."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    main()
