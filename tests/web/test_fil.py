"""The thread: what it says of the life of one mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relance.web.fil import Kind, Life, Stage, nodes

NOW = datetime(2026, 11, 19, 14, 42, tzinfo=UTC)
SENT = NOW - timedelta(days=2)
pytestmark = pytest.mark.shows("ENG-02", "ENG-08")


def drawn(life):
    return [(node.stage.value, node.kind.value) for node in nodes(life, NOW)]


@pytest.mark.parametrize(
    ("life", "drawing"),
    [
        (Life(scheduled_at=NOW), "scheduled:todo opened:todo clicked:todo replied:todo"),
        (Life(), "waiting:todo opened:todo clicked:todo replied:todo"),
        (Life(sent_at=SENT), "sent:done opened:todo clicked:todo replied:todo"),
        (Life(sent_at=SENT, machine_only=True), "sent:done machine:machine clicked:todo replied:todo"),
        (Life(sent_at=SENT, tracked=False), "sent:done not_tracked:off clicked:todo replied:todo"),
        (Life(sent_at=SENT, bounced_at=SENT), "sent:done bounced:fail"),
        (Life(refused=True), "refused:off"),
        (Life(failed=True), "failed:fail"),
        (Life(unknown=True), "unknown:machine opened:todo clicked:todo replied:todo"),
    ],
)
def test_each_life_has_its_drawing(life, drawing):
    assert drawn(life) == [tuple(node.split(":")) for node in drawing.split()]


def test_a_click_implies_an_opening():
    opened = nodes(Life(sent_at=SENT, clicked_at=SENT), NOW)[1]

    assert (opened.stage, opened.kind, opened.at) == (Stage.OPENED, Kind.DONE, SENT)


def test_what_happened_within_the_hour_is_new():
    fresh = Life(sent_at=SENT, opened_at=NOW - timedelta(minutes=59))
    older = Life(sent_at=SENT, opened_at=NOW - timedelta(minutes=61))

    assert nodes(fresh, NOW)[1].kind is Kind.NEW
    assert nodes(older, NOW)[1].kind is Kind.DONE


def test_an_opening_of_a_person_wins_over_machines():
    life = Life(sent_at=SENT, opened_at=SENT, machine_only=True)

    assert nodes(life, NOW)[1].stage is Stage.OPENED
