"""A database that goes away is one line in the log, and one when it is back (D13)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from relance import schedule
from relance.lib import outage
from relance.lib.outage import Outage
from relance.schedule import Chore

pytestmark = pytest.mark.shows("D13")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_however_often_it_is_met_it_is_said_once(caplog):
    known = Outage()

    for _ in range(5):
        known.away(OSError("connection\nrefused"))
    known.over()
    known.over()

    assert [record.getMessage() for record in caplog.records] == [
        "the database is away, nothing is lost: connection refused",
        "the database is back",
    ]


@pytest.mark.django_db
def test_chores_that_meet_it_write_no_trace(caplog, monkeypatch):
    monkeypatch.setattr(outage, "database", Outage())
    is_away = True

    def ask(_now):
        if is_away:
            raise OperationalError("the server closed the connection unexpectedly")

    chores = [Chore(every=0, run=ask), Chore(every=0, run=ask)]
    for _ in range(10):
        schedule.tick(NOW, chores=chores)
    is_away = False
    schedule.tick(NOW, chores=chores)

    assert [record.exc_info for record in caplog.records] == [None, None]
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "the database is away",
        "the database is back",
    ]
