"""The launcher of the embedded PostgreSQL server: our own child, reached through a private socket."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from relance.lib.home import DATABASE, SUPERUSER, embedded_url, place_of
from relance.ops.binaries import Binaries, default_folder, inspect, runnable_by
from relance.ops.cluster import Account, ClusterError, account_for, make_folders
from relance.ops.initdb import CannotStart, WrongMajor, check_major, environment, identity, make_cluster
from relance.ops.process import die_with_parent

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "AlreadyRunning",
    "CannotStart",
    "ClusterError",
    "Embedded",
    "WrongMajor",
    "embedded_url",
    "is_running",
]

# Unless the caller has counted: `up` adds up what its roles hold.
MAX_CONNECTIONS = 80
# Twice PostgreSQL's own buffers: searches among a million people find their index in memory. And a page out of order is
# reckoned as what it costs on a solid-state disk or in memory, so that a few thousand rows are looked up one by one
# where the disks of the default would have a million read in their order.
MEANS = {"shared_buffers": "256MB", "random_page_cost": "1.1"}
LONGEST_START = 60.0
LONGEST_LOG = 10_000_000
# After a crash the old server's children may need a moment to die; until then a new one is refused.
ORPHANS = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
PATIENCE_WITH_ORPHANS = 10.0


class AlreadyRunning(ClusterError):
    """Another supervisor holds this data folder."""


class Embedded:
    """One PostgreSQL server for one home. It dies with the thread that starts it: use the main one."""

    def __init__(
        self,
        home: Path,
        *,
        bin_folder: Path | None = None,
        options: Mapping[str, str] | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self.home = home
        self.place = place_of(home)
        self.options = {"max_connections": str(max_connections), **MEANS, **(options or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self._bin_folder = bin_folder
        self._lock: IO[str] | None = None
        self._run_with: tuple[Binaries, Account | None]

    @property
    def url(self) -> str:
        """The address of the database `relance`."""
        return embedded_url(self.home)

    def __enter__(self) -> Embedded:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster if there is none, start the server, wait until it answers, make the database.

        Raises AlreadyRunning, WrongMajor or CannotStart; nothing is left running then.
        """
        account = account_for(self.place)
        make_folders(self.place, account)
        self._take_lock()
        try:
            binaries = runnable_by(account, inspect(self._bin_folder or default_folder()), self.place)
            if not (self.place.data / "PG_VERSION").exists():
                make_cluster(self.place, binaries, account, careless=self.options.get("fsync") == "off")
            check_major(self.place, binaries)
            self._start_server(binaries, account)
            self._create_database()
        except BaseException:
            self.stop()
            raise
        self._run_with = binaries, account

    @property
    def pid(self) -> int | None:
        """The server's process, as long as it is ours to reap."""
        return None if self.process is None else self.process.pid

    def has_died(self) -> bool:
        """Whether a started server has ended without being asked to."""
        return self.process is not None and self.process.poll() is not None

    def revive(self) -> None:
        """Start a server that has died again on the same data; the data folder was held all the time."""
        self._start_server(*self._run_with)

    def stop(self, *, patience: float = 6.0) -> None:
        """Stop the server (fast, then at once, then by force) and let the data folder go."""
        if self.process is not None:
            for kind, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
                if self._ended(kind, seconds):
                    break
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _ended(self, kind: signal.Signals, seconds: float) -> bool:
        assert self.process is not None
        self.process.send_signal(kind)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _take_lock(self) -> None:
        """Hold the data folder. The kernel lets it go when we die; its number only serves the message."""
        lock = self.place.lock.open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise AlreadyRunning(
                f"Relance already runs on {self.home} (process {holder}). "
                "Stop it first, or choose another folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _start_server(self, binaries: Binaries, account: Account | None) -> None:
        deadline = time.monotonic() + PATIENCE_WITH_ORPHANS
        while True:
            written = self._spawn(binaries, account)
            if self._answers():
                return
            said = self._log_since(written)
            if not any(sign in said for sign in ORPHANS) or time.monotonic() > deadline:
                raise CannotStart(
                    f"The database did not start. Its last words ({self.place.log}):\n{said.strip()[-2000:]}"
                )
            time.sleep(0.2)

    def _spawn(self, binaries: Binaries, account: Account | None) -> int:
        """Start the server in its own session (Ctrl-C is ours to pass on); gives the log's length so far."""
        command = [binaries.program("postgres"), "-D", str(self.place.data)]
        for name, value in {**_fixed_options(self.place.socket), **self.options}.items():
            command += ["-c", f"{name}={value}"]
        with self.place.log.open("ab") as log:
            if log.tell() > LONGEST_LOG:
                log.truncate(0)
            written = log.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **identity(account),
            )
        return written

    def _answers(self) -> bool:
        """Wait until a connection succeeds; False when the server ended or needs too long."""
        assert self.process is not None
        deadline = time.monotonic() + LONGEST_START
        while self.process.poll() is None and time.monotonic() < deadline:
            if _postmaster(self.home) == self.process.pid:
                return True
            time.sleep(0.02)
        return False

    def _log_since(self, written: int) -> str:
        with self.place.log.open("rb") as log:
            log.seek(written)
            return log.read().decode(errors="replace")

    def _create_database(self) -> None:
        with _connected(self.home) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")


def is_running(home: Path) -> bool:
    """Whether an embedded server of this home answers, whoever started it."""
    return _postmaster(home) is not None


def _postmaster(home: Path) -> int | None:
    """The process that answers, by its own word: an orphan of an earlier start may answer while it dies."""
    import psycopg

    try:
        with _connected(home) as connection:
            row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int").fetchone()
    except psycopg.Error:
        return None
    return int(str(row[0])) if row else None


def _connected(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    import psycopg

    socket = str(place_of(home).socket)
    return psycopg.connect(host=socket, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=5)


def _fixed_options(socket: Path) -> dict[str, str]:
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
