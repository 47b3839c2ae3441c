"""One supervised group: the database and the roles as children; what dies is started again, and this is said.

One thread, one loop, woken by the children's output and by signals. It ends within ten seconds of a signal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from relance.ops.lines import Lines
from relance.ops.process import adopt_orphans, die_with_parent

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# For the children, and then for the database's last checkpoint: with the time they leave it, at least this.
PATIENCE, DATABASE_PATIENCE = 6.0, 3.0
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
# However long the pages need, the roles that leave them the machine start then.
LONGEST_WAIT = 10.0
# A child that lived this long had started well: its next death counts as a first one.
SETTLED = 60.0


class Database(Protocol):
    """What the supervisor needs of the embedded server; with a server of one's own there is none."""

    @property
    def pid(self) -> int | None: ...
    def has_died(self) -> bool: ...
    def revive(self) -> None: ...
    def stop(self, *, patience: float = ...) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Role:
    """One kind of process: its name in the output, its command, and its environment.

    One that `can_wait` leaves the machine to the others until people can sign in.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    can_wait: bool = False


@dataclass(kw_only=True)
class Child:
    """One role's present process, and when it may be started again (seconds of the monotonic clock)."""

    role: Role
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    delay: float = FIRST_DELAY


class Supervisor:
    """Keeps the roles running until a signal says stop; then the children go first, the database last."""

    def __init__(
        self,
        roles: Iterable[Role],
        *,
        out: IO[str],
        database: Database | None = None,
        is_ready: Callable[[], bool] | None = None,
    ) -> None:
        waiting = time.monotonic() + LONGEST_WAIT if is_ready is not None else 0.0
        self.children = [Child(role=role, start_at=waiting if role.can_wait else 0.0) for role in roles]
        self.database = database
        self.is_ready = is_ready
        self.stopping = self.hurrying = False
        self.lines = Lines(out, ["relance", *(child.role.name for child in self.children)])

    def run(self) -> None:
        """Run until asked to stop; until then `is_ready` is called until it has once said True."""
        self._listen_to_signals()
        adopt_orphans()
        try:
            while not self.stopping:
                self._start_what_is_due()
                self.lines.wait(self._next_due())
                self._bury_the_dead()
                self._look_after_database()
                if self.is_ready is not None and self.is_ready():
                    self.is_ready = None
                    self._let_the_others_start()
        finally:
            self._stop_everything()

    def _listen_to_signals(self) -> None:
        self.lines.wake_on_signals()
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self.ask_to_stop())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def ask_to_stop(self) -> None:
        """Once: stop in order. Twice: at once."""
        self.stopping, self.hurrying = True, self.stopping

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.start_at <= now:
                self._start(child)

    def _let_the_others_start(self) -> None:
        for child in self.children:
            if child.role.can_wait and not child.started_at:
                child.start_at = 0.0

    def _start(self, child: Child) -> None:
        """In a session of its own: its whole group can be ended, and Ctrl-C reaches us alone."""
        child.process = subprocess.Popen(
            child.role.argv,
            env=dict(child.role.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        child.started_at = time.monotonic()
        assert child.process.stdout is not None
        self.lines.add(child.role.name, child.process.stdout)

    def _next_due(self) -> float:
        """How long there is nothing to do, in seconds."""
        due = [child.start_at for child in self.children if child.process is None]
        longest = 0.1 if self.is_ready is not None else 1.0
        return min([longest, *(max(0.0, at - time.monotonic()) for at in due)])

    def _bury_the_dead(self) -> None:
        """Reap our children, and the strangers that we adopted (as process 1: everybody's)."""
        ours = {child.process.pid: child for child in self.children if child.process is not None}
        while (dead := _next_dead()) is not None:
            if dead in ours:
                self._bury(ours.pop(dead))
            elif self.database is not None and dead == self.database.pid:
                self.database.has_died()
            else:
                os.waitpid(dead, 0)

    def _bury(self, child: Child) -> None:
        """End what is left of the child's group while the number is still its own, then plan its return."""
        process, child.process = child.process, None
        assert process is not None
        assert process.stdout is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        self.lines.close(process.stdout)
        if not self.stopping:
            self._plan_restart(child, _reason(code))

    def _plan_restart(self, child: Child, reason: str) -> None:
        now = time.monotonic()
        if now - child.started_at > SETTLED:
            child.delay = FIRST_DELAY
        child.start_at = now + child.delay
        self.lines.say("relance", f"{child.role.name} stopped ({reason}); starting it again in {child.delay:g} s")
        child.delay = min(child.delay * 2, LONGEST_DELAY)

    def _look_after_database(self) -> None:
        if self.database is not None and not self.stopping and self.database.has_died():
            self.lines.say("relance", "the database stopped; starting it again")
            self.database.revive()
            self.lines.say("relance", "the database answers again")

    def _stop_everything(self) -> None:
        self.stopping = True
        self.lines.say("relance", "stopping")
        for child in self.children:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE
        while any(child.process for child in self.children) and time.monotonic() < deadline and not self.hurrying:
            self.lines.wait(0.1)
            self._bury_the_dead()
        self._kill_what_is_left()
        if self.database is not None:
            self.database.stop(patience=deadline + DATABASE_PATIENCE - time.monotonic())
        self.lines.say("relance", "stopped")

    def _kill_what_is_left(self) -> None:
        for child in self.children:
            if child.process is not None:
                self.lines.say("relance", f"{child.role.name} did not end in time and was killed")
                self._bury(child)


def _next_dead() -> int | None:
    """The number of a child that has ended, not yet reaped; None when there is none."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if found is None else found.si_pid


def _reason(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
