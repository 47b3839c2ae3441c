"""`relance up` in real processes: ready, looked after, stopped cleanly, and nothing left behind by any death."""

from __future__ import annotations

import os
import signal

import pytest

from tests import ready
from tests.ops.running import Running, a_home, relance, using, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running():
    with relance(first=True) as started:
        started.wait_until_ready()
        yield started


def test_it_says_where_to_go_and_serves(running):
    wait_until(lambda: running.get("/readyz", running.edge_port) == 200, lambda: running.said)

    assert f"http://localhost:{running.port}" in running.said
    assert running.get("/healthz") == running.get("/readyz") == 200
    assert {"web", "edge", "worker", "dispatcher"} <= {
        word for command in running.children().values() for word in command.split()
    }


def test_a_second_one_on_the_same_data_is_refused(running):
    second = running.command("up", "--port", "1")

    assert second.returncode == 1
    assert "already runs" in second.stderr


def test_people_and_keys_are_made_beside_it(running):
    made = running.command(
        "user", "create", "--email", "ada@relance.example", "--name", "Ada", "--role", "manager", "--password-stdin",
        text="correct horse battery\n",
    )  # fmt: skip
    again = running.command(
        "user", "create", "--email", "ADA@relance.example", "--name", "Ada", "--password-stdin", text="x9" * 9
    )
    key = running.command("token", "create", "--user", "ada@relance.example")

    assert made.stdout == "ada@relance.example can sign in as manager.\n"
    assert again.returncode == 1
    assert "belongs to a colleague already" in again.stderr
    assert key.stdout.startswith("relance_")
    assert len(key.stdout.split()) == 1


def test_a_weak_password_is_refused_with_the_reason(running):
    refused = running.command(
        "user", "create", "--email", "bob@relance.example", "--name", "Bob", "--password-stdin", text="short\n"
    )

    assert refused.returncode == 1
    assert "too short" in refused.stderr


def test_the_doctor_finds_it_well(running):
    wait_until(lambda: running.command("healthy", "worker").returncode == 0, lambda: running.said)

    report = running.command("doctor")

    assert report.returncode == 0, report.stdout
    assert "ok    A worker is at work." in report.stdout
    assert "fail" not in report.stdout


@pytest.mark.shows("ADM-06")
def test_the_clock_of_real_work_is_not_moved(running):
    moved = running.command("clock", "advance", "3d")
    shown = running.command("clock", "show")

    assert moved.returncode == 1
    assert "demo or test" in moved.stderr
    assert shown.stdout.endswith("the real time\n")


@pytest.mark.shows("D13")
def test_a_killed_role_and_a_killed_database_come_back(running):
    os.kill(running.child("web"), signal.SIGKILL)
    running.wait_for("web stopped (SIGKILL); starting it again")
    wait_until(lambda: running.get("/readyz") == 200, lambda: running.said)

    database = next(pid for pid, command in running.children().items() if "postgres -D" in command)
    os.kill(database, signal.SIGKILL)
    running.wait_for("the database answers again")
    wait_until(lambda: running.get("/readyz") == 200, lambda: running.said)

    assert running.process.poll() is None


def test_a_signal_ends_it_whole():
    with relance() as started:
        started.wait_until_ready()

        code = started.stop()

        assert code == 0
        assert started.said.rstrip().endswith("| stopped")
        assert using(started.home) == []


def test_killed_it_leaves_no_process_and_starts_again_with_its_data():
    with a_home() as home:
        ready.put(home)
        started = Running(home)
        try:
            started.wait_until_ready()
            started.command(
                "user",
                "create",
                "--email",
                "a@relance.example",
                "--name",
                "A",
                "--password-stdin",
                text="kept9kept9kept\n",
            )

            started.process.kill()
            started.process.wait()
            wait_until(lambda: using(home) == [], lambda: f"left behind: {using(home)}")
            started.start()
            started.wait_until_ready()
            key = started.command("token", "create", "--user", "a@relance.example")
        finally:
            started.stop()

    assert key.stdout.startswith("relance_")
