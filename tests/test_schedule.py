"""The one page of periodic work: what is due is done, a failing chore holds up no other, dead jobs begin again."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django import app

from relance import events, schedule
from relance.schedule import Chore

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.shows("D15")
def test_each_chore_is_done_at_its_pace():
    done = []
    chores = [
        Chore(every=0, run=lambda now: done.append("each time")),
        Chore(every=3600, run=lambda now: done.append("hourly")),
    ]

    schedule.tick(NOW, chores=chores)
    schedule.tick(NOW, chores=chores)

    assert done == ["each time", "hourly", "each time"]


@pytest.mark.shows("D15")
def test_a_chore_that_fails_holds_up_no_other(caplog, monkeypatch):
    monkeypatch.setattr(schedule, "close_old_connections", lambda: None)
    done = []

    def fail(now):
        raise RuntimeError("no")

    schedule.tick(NOW, chores=[Chore(every=0, run=fail), Chore(every=0, run=done.append)])

    assert done == [NOW]
    assert "a chore failed" in caplog.text


def job(status, heartbeat_age=None):
    """One job of the engine in a state, held by a worker whose heart beat so many seconds ago."""
    app.configure_task(events.TASK, queue="tests").defer(news={})
    with connection.cursor() as cursor:
        worker = None
        if heartbeat_age is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - make_interval(secs => %s)) RETURNING id",
                [heartbeat_age],
            )
            worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s, worker_id = %s"
            " WHERE id = (SELECT max(id) FROM procrastinate_jobs) RETURNING id",
            [status, worker],
        )
        return cursor.fetchone()[0]


def states():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs ORDER BY id")
        return dict(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.shows("D15")
def test_a_job_of_a_dead_worker_begins_again_and_one_of_a_living_worker_goes_on():
    dead, gone, alive = job("doing", 120), job("doing"), job("doing", 2)

    schedule.retry_stalled(NOW)

    assert states() == {dead: "todo", gone: "todo", alive: "doing"}


@pytest.mark.django_db
@pytest.mark.shows("D15")
def test_finished_jobs_are_forgotten_and_failed_ones_are_kept():
    done, failed, waiting = job("succeeded"), job("failed"), job("todo")

    schedule.purge_finished(NOW)

    assert states() == {failed: "failed", waiting: "todo"}
    assert done not in states()


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("D15")
def test_rounds_are_made_until_it_is_told_to_stop_whatever_fails(monkeypatch, caplog):
    stop, made = threading.Event(), []

    def now():
        made.append(len(made))
        if len(made) == 1:
            raise RuntimeError("no clock")
        if len(made) == 2:
            raise OperationalError("the connection was closed")
        return NOW

    def end(now):
        stop.set()

    monkeypatch.setattr(schedule.clock, "now", now)
    schedule.run(stop, chores=[Chore(every=0, run=end)], pace=0)

    assert made == [0, 1, 2]
    assert "a round of the schedule failed" in caplog.text
