"""A PostgreSQL server of a test's own, with the data that the test has prepared: to be restarted, or restored into."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from relance.ops.binaries import default_folder
from relance.ops.postgres import Embedded
from tests.mail.outbound.killed import own_url

OPTIONS = {"max_connections": "40", "fsync": "off"}  # a process dies here, never the machine


class OwnDatabase:
    """The server; ask it with `ask`, end it with `restart`."""

    def __init__(self, server: Embedded) -> None:
        self.server = server
        self.url = server.url

    def ask(self, sql: str) -> list[tuple]:
        """The rows of a question, over a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as line:
            cursor = line.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def restart(self, how: signal.Signals) -> None:
        """End it fast (SIGINT), at once (SIGQUIT) or by force (SIGKILL), and start it again on its data."""
        assert self.server.process is not None
        self.server.process.send_signal(how)
        self.server.process.wait(60)
        self.server.revive()


@contextmanager
def own_database() -> Iterator[OwnDatabase]:
    """A server with a dump of the test's database restored into it."""
    with tempfile.TemporaryDirectory(prefix="relance-own-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)
        with Embedded(home, options=OPTIONS) as server:
            dump = home / "dump"
            program = default_folder()
            subprocess.run(
                [program / "pg_dump", "--format=custom", "--no-owner", f"--file={dump}", own_url()], check=True
            )
            subprocess.run(
                [program / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={server.url}", dump], check=True
            )
            yield OwnDatabase(server)
