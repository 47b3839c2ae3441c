"""The supervised group: said when a child dies, restarted, stopped in order, and nobody left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

PARENT = """
import json, os, sys
from relance.ops.supervisor import Role, Supervisor
roles = [
    Role(name=name, argv=(sys.executable, "-c", program), environment=dict(os.environ))
    for name, program in json.loads(sys.argv[1]).items()
]
class Database:
    pid = None
    def has_died(self): return False
    def revive(self): raise AssertionError
    def stop(self, *, patience): print("database stopped", flush=True)
Supervisor(roles, out=sys.stdout, database=Database()).run()
"""
SLEEPER = "import os, time; print('here', os.getpid(), flush=True); time.sleep(600)"
STUBBORN = "import signal, os; signal.signal(15, signal.SIG_IGN); " + SLEEPER
WITH_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("here", os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


STRAY = "import subprocess; subprocess.Popen(['sleep', '0.3'], start_new_session=True)"


class Group:
    """A supervisor in a process of its own, and the file of all that it has printed."""

    def __init__(self, output: Path, programs: dict[str, str], *before: str) -> None:
        self.output = output
        command = [*before, sys.executable, "-u", "-c", textwrap.dedent(PARENT), json.dumps(programs)]
        with output.open("w") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, *words: str, times: int = 1) -> None:
        def heard() -> bool:
            return all(self.said.count(word) >= times for word in words)

        wait_until(heard, lambda: f"{words} not in:\n{self.said}")

    def numbers_of(self, role: str) -> list[int]:
        lines = [line.split() for line in self.said.splitlines() if line.startswith(role) and "here" in line]
        return [int(word) for word in lines[-1][3:]]

    def end(self) -> int:
        return self.process.wait(60)


@pytest.fixture
def group(tmp_path):
    made: list[Group] = []

    def begin(programs: dict[str, str], *before: str) -> Group:
        made.append(Group(tmp_path / "output", programs, *before))
        return made[-1]

    yield begin
    for each in made:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def wait_until(condition: Callable[[], bool], complaint: Callable[[], str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Running, and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_lines_carry_the_name_of_their_role(group):
    running = group({"web": "print('one\\ntwo', flush=True); import time; time.sleep(600)", "dispatcher": SLEEPER})
    running.wait_for("two", "here")

    assert {"web        | one", "web        | two"} <= set(running.said.splitlines())


PATIENT = """
import os, pathlib, sys
from relance.ops.supervisor import Role, Supervisor
made = pathlib.Path(sys.argv[1]).with_name("made")
role = lambda name, program, waits: Role(
    name=name, argv=(sys.executable, "-u", "-c", program), environment=dict(os.environ), can_wait=waits
)
first = f"import pathlib, time; time.sleep(0.4); print('pages'); pathlib.Path({str(made)!r}).touch(); time.sleep(600)"
second = f"import pathlib, time; print('pages were there:', pathlib.Path({str(made)!r}).exists()); time.sleep(600)"
roles = [role("web", first, False), role("worker", second, True)]
Supervisor(roles, out=sys.stdout, is_ready=made.exists).run()
"""


def test_a_role_that_can_wait_leaves_the_machine_to_the_pages_until_they_are_there(tmp_path):
    output = tmp_path / "output"
    with output.open("w") as file:
        running = subprocess.Popen([sys.executable, "-u", "-c", PATIENT, str(output)], cwd=ROOT, stdout=file)
    try:
        wait_until(lambda: "were there" in output.read_text(), output.read_text)

        assert output.read_text().splitlines() == ["web     | pages", "worker  | pages were there: True"]
    finally:
        running.terminate()
        running.wait(60)


def test_a_dead_child_is_said_in_one_line_and_started_again(group):
    running = group({"web": SLEEPER})
    running.wait_for("here")
    first = running.numbers_of("web")[0]

    os.kill(first, signal.SIGKILL)
    running.wait_for("here", times=2)

    assert running.said.count("web stopped (SIGKILL); starting it again in 0.5 s") == 1
    assert running.numbers_of("web")[0] != first


def test_a_child_that_dies_again_and_again_waits_longer_each_time(group):
    running = group({"web": "print('last words', end=''); raise SystemExit(3)"})

    running.wait_for("web stopped (exit 3); starting it again in 0.5 s", "again in 1 s", "again in 2 s")

    assert "web     | last words" in running.said


def test_what_a_dead_child_has_left_behind_ends_before_it_returns(group):
    running = group({"web": WITH_CHILD})
    running.wait_for("here")
    leader, grandchild = running.numbers_of("web")

    os.kill(leader, signal.SIGKILL)
    running.wait_for("here", times=2)

    assert not is_alive(grandchild)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_the_children_first_and_the_database_last(group, kind):
    running = group({"web": SLEEPER, "worker": SLEEPER})
    running.wait_for("here", times=2)
    children = running.numbers_of("web") + running.numbers_of("worker")

    running.process.send_signal(kind)
    code = running.end()

    assert code == 0
    assert not any(is_alive(pid) for pid in children)
    assert running.said.rstrip().splitlines()[-2:] == ["database stopped", "relance | stopped"]
    assert "starting it again" not in running.said


def test_a_child_that_will_not_end_is_killed_after_the_patience(group):
    running = group({"web": STUBBORN})
    running.wait_for("here")
    pid = running.numbers_of("web")[0]

    running.process.terminate()
    code = running.end()

    assert code == 0
    assert "web did not end in time and was killed" in running.said
    assert not is_alive(pid)


def test_a_second_signal_does_not_wait(group):
    running = group({"web": STUBBORN})
    running.wait_for("here")

    running.process.terminate()
    running.wait_for("stopping")
    running.process.terminate()
    running.end()

    assert "was killed" in running.said


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel tells children of a parent's death")
def test_killing_the_supervisor_leaves_no_orphan(group):
    running = group({"web": SLEEPER, "worker": SLEEPER})
    running.wait_for("here", times=2)
    children = running.numbers_of("web") + running.numbers_of("worker")

    running.process.kill()

    wait_until(lambda: not any(is_alive(pid) for pid in children), lambda: f"alive: {children}")


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def can_be_process_one() -> bool:
    words = ["unshare", "--pid", "--fork", "--kill-child", "true"]
    return shutil.which("unshare") is not None and subprocess.run(words, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_be_process_one(), reason="this machine gives no process number 1 to tests")
def test_as_process_one_it_stops_on_a_signal_and_reaps_strangers(group):
    """As in a container: the default action of SIGTERM is ignored for process 1, and orphans come to it."""
    running = group({"web": SLEEPER, "stray": STRAY}, "unshare", "--pid", "--fork", "--kill-child")
    running.wait_for("here", "stray stopped (exit 0); starting it again in 1 s")
    inner = children_of(running.process.pid)[0]
    wait_until(lambda: all(is_alive(pid) for pid in children_of(inner)), lambda: "an orphan was not reaped")

    os.kill(inner, signal.SIGTERM)
    code = running.end()

    assert code == 0
    assert "relance | stopped" in running.said
