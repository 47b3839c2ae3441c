"""A whole Relance in processes of its own, for the tests that start, stop and kill it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import ready

ROOT = Path(__file__).resolve().parents[2]
# Long enough for a first installation on a busy machine; it is no promise.
PATIENCE = 400.0
RELANCE = (sys.executable, "-u", "-m", "relance")


class Running:
    """`relance up` (or `demo`) on a folder and ports of its own; its output goes to a file."""

    def __init__(self, home: Path, word: str = "up", *, program: tuple[str, ...] = RELANCE, **environment: str) -> None:
        self.home, self.word, self.program = home, word, program
        self.port, self.edge_port = free_port(), free_port()
        self.environment = clean_environment() | environment
        self.output = home.with_name(f"{home.name}.output")
        self.start()

    def start(self) -> None:
        words = ["--data", str(self.home), "--port", str(self.port), "--edge-port", str(self.edge_port)]
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [*self.program, self.word, *words],
                cwd=ROOT, env=self.environment, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str, times: int = 1) -> None:
        wait_until(lambda: self.said.count(words) >= times, lambda: f"not said: {words}\n{self.said}", self.process)

    def wait_until_ready(self) -> None:
        self.wait_for("Relance is ready")

    def command(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another `relance` command beside it."""
        return subprocess.run(
            [*RELANCE, *words, "--data", str(self.home)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, input=text, timeout=PATIENCE,
        )  # fmt: skip

    def get(self, path: str, port: int | None = None) -> int:
        """The status of a page; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port or self.port}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> dict[int, str]:
        """The processes below the supervisor, with their commands."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and parent_of(int(folder.name)) == self.process.pid:
                found[int(folder.name)] = command_of(int(folder.name))
        return found

    def child(self, word: str) -> int:
        return next(pid for pid, command in self.children().items() if word in command.split())

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def a_home() -> Iterator[Path]:
    """A new data folder that the database's user can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="relance-up-"))
    folder.chmod(0o711)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def relance(word: str = "up", *, first: bool = False, **environment: str) -> Iterator[Running]:
    """Relance in a home of its own: whose database is migrated already, unless it is the first start that is tried."""
    with a_home() as home:
        if not first and "DATABASE_URL" not in environment:
            ready.put(home)
        running = Running(home, word, **environment)
        try:
            yield running
        finally:
            running.stop()


def clean_environment() -> dict[str, str]:
    """Without what the tests' own settings have set."""
    return {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("RELANCE_", "DJANGO_", "PYTEST_")) and name != "DATABASE_URL"
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(
    condition: Callable[[], bool], complaint: Callable[[], str], process: subprocess.Popen[bytes] | None = None
) -> None:
    """Until something is so; fails with the complaint when time is over or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        ended = process is not None and process.poll() is not None
        if (ended and not condition()) or time.monotonic() > deadline:
            raise AssertionError(complaint())
        time.sleep(0.05)


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return -1


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def using(folder: Path) -> list[str]:
    """The commands of all processes that name this folder: what has been left behind."""
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [command for pid in everybody if str(folder) in (command := command_of(pid)) and pid != os.getpid()]
