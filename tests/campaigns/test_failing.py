"""A mass mail whose start breaks off waits longer each time, then stops and tells its author."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from relance.campaigns import actions, failing, launching, rules
from relance.campaigns.models import MassMail
from relance.mail.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.shows("D25", "MASS-03")]
HOUR = timedelta(hours=1)


@pytest.fixture
def due(mass_mail, camille, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    return actions.schedule(mass_mail, now + HOUR, by=camille, now=now)


@pytest.fixture
def broken(monkeypatch):
    def breaks(*_words, **_more):
        raise LookupError("no")

    begin = launching.begin
    monkeypatch.setattr(launching, "begin", breaks)
    return lambda: monkeypatch.setattr(launching, "begin", begin)


def walk(since, minutes):
    """Look once a minute, as the clock would each second; in which minutes something was tried."""
    return [each for each in range(minutes) if actions.start_due(since + timedelta(minutes=each))]


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, None)])
def test_each_wait_is_longer_and_the_fifth_try_is_the_last(tries, minutes):
    assert rules.wait_after(tries) == (timedelta(minutes=minutes) if minutes else None)


def test_a_start_that_breaks_off_waits_longer_each_time_then_stops(due, broken, now, client):
    tried = walk(now + HOUR, 240)

    row = MassMail.objects.get(pk=due.pk)
    assert tried == [0, 1, 6, 21, 51]
    assert (row.state, row.state_why, row.tries, row.again_at) == ("stopped", "start_failed", 0, None)
    client.force_login(due.creator)
    assert "Its start broke off several times" in client.get(f"/mass-mails/{due.pk}", follow=True).content.decode()


def test_its_page_says_meanwhile_that_it_is_tried_again(due, broken, now, client: Client):
    actions.start_due(now + HOUR)
    client.force_login(due.creator)

    page = client.get(f"/mass-mails/{due.pk}", follow=True).content.decode()

    assert "It is tried again by itself in a few minutes." in page
    assert MassMail.objects.get(pk=due.pk).again_at == now + HOUR + timedelta(minutes=1)


def test_its_author_is_told_once_by_mail(due, broken, now):
    walk(now + HOUR, 240)

    (told,) = Message.objects.filter(kind=Message.Kind.NOTIFICATION)
    assert told.content.subject == "Aides 2027 could not be started"
    assert [one.email for one in told.recipients.all()] == [due.creator.email]


def test_it_stands_stopped_even_where_nobody_can_be_told(due, broken, now, monkeypatch):
    def mute(*_words, **_more):
        raise ValueError("mute")

    monkeypatch.setattr(failing.notices, "write", mute)
    walk(now + HOUR, 60)

    assert MassMail.objects.get(pk=due.pk).state_why == "start_failed"


@pytest.mark.parametrize("again", ["launch", "schedule"])
def test_once_mended_it_is_started_by_its_button_and_counts_its_tries_from_none(due, broken, camille, now, again):
    walk(now + HOUR, 60)
    later = now + 3 * HOUR
    broken()

    if again == "launch":
        actions.launch(due, by=camille, now=later)
    else:
        actions.schedule(due, later + HOUR, by=camille, now=later)
        actions.start_due(later + HOUR)

    row = MassMail.objects.get(pk=due.pk)
    assert (row.state, row.state_why, row.tries) == ("launched", "", 0)


def test_whoever_stops_it_between_two_tries_has_stopped_it(due, broken, camille, now):
    actions.start_due(now + HOUR)
    actions.stop(due, by=camille, now=now + HOUR)

    failing.note(due.pk, now=now + HOUR)

    assert (walk(now + HOUR, 60), MassMail.objects.get(pk=due.pk).state_why) == ([], "by_hand")
