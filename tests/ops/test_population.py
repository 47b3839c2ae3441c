"""The people of the demo behave alike every time, in all the ways that matter."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from relance.ops.cast import actors
from relance.ops.population import Character, Does, acts, character, refusal

pytestmark = pytest.mark.shows("ADM-06")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def somebody(kind):
    return next(f"person{n}@example.com" for n in range(100_000) if character(f"person{n}@example.com") is kind)


def do(kind, links=3, message_id="<m@helionne.example>"):
    return acts(somebody(kind), message_id, links=links, received_at=NOW)


def test_the_same_mail_to_the_same_person_has_the_same_end():
    assert do(Character.EAGER) == do(Character.EAGER)


def test_every_character_occurs_among_a_few_hundred_people():
    seen = Counter(character(actor.email) for actor in actors(360))

    assert set(seen) >= set(Character) - {Character.CROSS, Character.FULL, Character.ONE_CLICK}
    assert seen[Character.SILENT] > 30


def test_nobody_acts_before_the_mail_has_come():
    assert all(act.at > NOW for kind in Character for act in do(kind))


def test_a_scanner_follows_every_link_within_seconds():
    clicks = [act for act in do(Character.SCANNED) if act.does is Does.CLICK]

    assert {act.link for act in clicks} == {0, 1, 2}
    assert max(act.at for act in clicks) - NOW < timedelta(seconds=15)


@pytest.mark.parametrize(
    ("kind", "does"),
    [
        (Character.LEAVING, Does.OPT_OUT),
        (Character.ONE_CLICK, Does.ONE_CLICK),
        (Character.AWAY, Does.AUTO_REPLY),
        (Character.GONE_LATER, Does.BOUNCE),
        (Character.FULL, Does.BOUNCE_SOFT),
        (Character.CROSS, Does.COMPLAIN),
        (Character.APPLE, Does.OPEN),
        (Character.CLICKER, Does.CLICK),
    ],
)
def test_a_character_does_what_it_is_named_for(kind, does):
    assert does in {act.does for act in do(kind)}


def test_a_mail_without_links_is_not_clicked():
    assert not [act for act in do(Character.CLICKER, links=0) if act.does is Does.CLICK]


def test_an_unknown_mailbox_is_refused_in_the_dialogue_for_good():
    assert refusal(somebody(Character.GONE)).startswith("550 5.1.1")
    assert refusal(somebody(Character.READER)) is None
