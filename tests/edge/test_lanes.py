"""A storm of openings: answered when it is durable, noted together a moment later, and never lost in between (T8)."""

import asyncio
from datetime import timedelta
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import connection

from relance.edge import config, lanes
from relance.edge.ledger import Ledger
from relance.edge.pens import DatabasePen, Ears
from relance.edge.spool import Spool
from relance.mail.models import Interaction, Jotting, Message, Recipient
from relance.mail.tracking.hits import Hit, HitKind
from tests.edge.running import database_url, until
from tests.mail.returns import NOW, message, recipient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("T8")]
SECRET = "k" * 50


@pytest.fixture
def settings_of_edge(tmp_path):
    return config.read({"RELANCE_HOME": str(tmp_path), "DATABASE_URL": database_url(), "RELANCE_SECRET_KEY": SECRET})


@pytest.fixture
def hits():
    sent = message()
    return [
        Hit(
            id=uuid4(), kind=HitKind.OPEN, at=NOW + timedelta(hours=3), recipient_id=recipient(sent).pk, method="GET",
            user_agent="Mozilla/5.0 (X11) Firefox/143.0", network="192.0.2.0/24",
        )
        for _ in range(40)
    ]  # fmt: skip


def note(given, hits, meanwhile=lambda: None):
    """Everybody opens in one turn of the loop, twice over; what is said once all are answered."""

    def look():
        try:
            return meanwhile()
        finally:
            connection.close()

    async def storm():
        ledger = Ledger(given, asyncio.get_running_loop(), lambda _contents: None)
        ledger.lanes.open()
        while len(ledger.lanes.idle) < lanes.LANES:
            await asyncio.sleep(0.01)
        answers = await asyncio.gather(*map(ledger.note, [*hits, *hits]))
        found = await asyncio.to_thread(look)
        ledger.lanes.close()
        return answers, found

    return asyncio.run(storm())


def look_around(given):
    """What an edge does when it starts."""
    pen = DatabasePen(given.database, Spool(given.spool), Ears(loop=Mock(), wrote=Mock(), failed=Mock()))
    pen.look_around()
    pen.close()


def noted_once(hits):
    rows = sorted(Interaction.objects.values_list("pk", flat=True))
    return rows == sorted(hit.id for hit in hits) and not Jotting.objects.exists()


def test_a_storm_is_answered_when_it_is_durable_and_counted_a_moment_later(settings_of_edge, hits):
    answers, _ = note(settings_of_edge, hits, lambda: until(lambda: noted_once(hits)))

    assert answers == [True] * 80
    assert Message.objects.values_list("open_hits", "opened").get() == (40, 40)
    assert set(Recipient.objects.values_list("opens", flat=True)) == {1}


def test_what_a_dead_edge_had_jotted_down_is_noted_once_by_the_next(settings_of_edge, hits, monkeypatch):
    monkeypatch.setattr(lanes, "SOON_SECONDS", 1000)
    answers, jotted = note(settings_of_edge, hits, Jotting.objects.count)
    assert (answers, jotted, Interaction.objects.count()) == ([True] * 80, 1, 0)

    look_around(settings_of_edge)
    look_around(settings_of_edge)

    assert noted_once(hits)
    assert Message.objects.values_list("open_hits", "opened").get() == (40, 40)


def test_a_jotting_that_cannot_be_read_keeps_no_other_from_being_noted(settings_of_edge, hits, monkeypatch):
    Jotting.objects.create(told=["{", "nonsense"])
    monkeypatch.setattr(lanes, "SOON_SECONDS", 1000)
    note(settings_of_edge, hits)

    look_around(settings_of_edge)

    assert noted_once(hits)


def test_what_could_not_be_noted_together_is_noted_by_the_pen(settings_of_edge, hits, monkeypatch):
    monkeypatch.setattr(lanes, "NOTE_JOTTED", b"a statement that does not exist")
    note(settings_of_edge, hits)

    look_around(settings_of_edge)

    assert noted_once(hits)
