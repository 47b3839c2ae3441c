"""The launcher of the embedded PostgreSQL server: our own child, reached through a private socket."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, TypedDict

from relance.lib.home import DATABASE, SUPERUSER, embedded_url, place_of
from relance.ops.binaries import Binaries, default_folder, inspect, runnable_by
from relance.ops.cluster import Account, ClusterError, account_for, make_folders
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

MAX_CONNECTIONS = 80
LONGEST_START = 60.0
LONGEST_LOG = 10_000_000
# After a crash the old server's children may need a moment to die; until then a new one is refused.
ORPHANS = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
PATIENCE_WITH_ORPHANS = 5.0


class AlreadyRunning(ClusterError):
    """Another supervisor holds this data folder."""


class CannotStart(ClusterError):
    """The server stopped before it answered."""


class WrongMajor(ClusterError):
    """The data folder was made by another major version of PostgreSQL."""


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
        self.options = {"max_connections": str(max_connections), **(options or {})}
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
                self._initdb(binaries, account)
            self._check_major(binaries)
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

    def _initdb(self, binaries: Binaries, account: Account | None) -> None:
        """Make the cluster beside its final name, so that an interrupted start leaves no half of one."""
        unfinished = self.place.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            binaries.program("initdb"),
            "-D",
            str(unfinished),
            f"--username={SUPERUSER}",
            "--auth=trust",
        ]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        if binaries.major >= 17:
            command.append("--locale-provider=builtin")
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        made = subprocess.run(command, cwd="/", env=_environment(), capture_output=True, text=True, **_as(account))
        if made.returncode != 0:
            raise CannotStart(f"The database could not be prepared in {self.place.folder}:\n{made.stderr.strip()}")
        unfinished.rename(self.place.data)

    def _check_major(self, binaries: Binaries) -> None:
        found = (self.place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(binaries.major):
            raise WrongMajor(_other_major(found, binaries, self.place.data))

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
                env=_environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **_as(account),
            )
        return written

    def _answers(self) -> bool:
        """Wait until a connection succeeds; False when the server ended or needs too long."""
        assert self.process is not None
        deadline = time.monotonic() + LONGEST_START
        while self.process.poll() is None and time.monotonic() < deadline:
            if is_running(self.home):
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
    """Whether the embedded server of this home answers."""
    import psycopg

    try:
        _connected(home).close()
    except psycopg.OperationalError:
        return False
    return True


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


def _environment() -> dict[str, str]:
    """Nothing of ours reaches the server: a PGDATA or a locale of the caller would change it."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as(account: Account | None) -> _Identity:
    """Drop root, and root's groups with it."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _other_major(found: str, binaries: Binaries, data: Path) -> str:
    return (
        f"The data in {data} was made by PostgreSQL {found}, and this Relance brings PostgreSQL "
        f"{binaries.major}. Nothing was changed.\n"
        f"  1. Go back to the earlier Relance, or set RELANCE_PG_BIN to the bin folder of a PostgreSQL "
        f"{found}, and start again.\n"
        "  2. Write a backup with that version: relance backup FILE\n"
        f"  3. Move {data} aside, unset RELANCE_PG_BIN, and read the backup in: relance restore FILE"
    )
