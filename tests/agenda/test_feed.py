"""The calendar feed, read by a library that did not write it (API-05, RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from relance.agenda import actions, feed
from relance.agenda.models import CalendarFeed, Call, Task
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.team.actions import add_user
from relance.team.models import User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Paris, the second time that night


@pytest.fixture
def claire():
    return add_user(email="claire@helionne.example", name="Claire Müller", role="salesperson")


def events(user, now=NOW):
    told = feed.calendar(user, now=now, address="https://crm.example")
    return icalendar.Calendar.from_ical(told).walk("VEVENT")


def task(by, subject="Send the plan", **values):
    return actions.add(Task, {"subject": subject, **values}, by=by, now=NOW)


@pytest.mark.shows("API-05")
def test_a_call_is_an_event_with_its_start_length_and_person(claire):
    lucie = people.add_person("contact", PersonDraft(values={"first_name": "Lucie"}), by=claire, now=NOW)
    values = {"subject": "The tiles; roof, 92 kWp", "due_at": AUTUMN, "minutes": 45, "note": "Bring:\n- a plan"}
    call = actions.add(Call, {**values, "person": lucie.pk}, by=claire, now=NOW)

    (event,) = events(claire)

    assert event.decoded("DTSTART") == AUTUMN
    assert event.decoded("DURATION") == timedelta(minutes=45)
    assert event.decoded("DTSTAMP") == NOW
    assert str(event["SUMMARY"]) == "The tiles; roof, 92 kWp (Lucie)"
    assert str(event["DESCRIPTION"]) == f"Bring:\n- a plan\nhttps://crm.example/calls/{call.pk}"
    assert (str(event["TRANSP"]), str(event["URL"])) == ("OPAQUE", f"https://crm.example/calls/{call.pk}")


@pytest.mark.shows("API-05")
def test_the_file_holds_long_and_strange_texts_in_short_lines(claire):
    strange = "Être — « où ? » " * 12 + "😀" * 40
    task(claire, strange[:200], due_at=NOW, note=strange + "\r\nBEGIN:VEVENT\r\nSUMMARY:injected")

    told = feed.calendar(claire, now=NOW, address="https://crm.example")

    assert all(len(each.encode()) <= 75 for each in told.split("\r\n"))
    assert "\n" not in told.replace("\r\n", "")
    (event,) = icalendar.Calendar.from_ical(told).walk("VEVENT")
    assert str(event["SUMMARY"]) == " ".join(strange[:200].split())


@pytest.mark.shows("API-05")
def test_an_event_keeps_its_name_when_it_changes(claire):
    made = task(claire, due_at=NOW)
    before = events(claire)[0]

    actions.edit(made, {"due_at": NOW + timedelta(days=1)}, by=claire, now=NOW + timedelta(hours=1))

    after = events(claire)[0]
    assert before["UID"] == after["UID"]
    assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")


@pytest.mark.shows("API-05", "X8")
def test_the_feed_holds_ones_own_dated_things_of_these_months(claire):
    other = add_user(email="yann@helionne.example", name="Yann", role="manager")
    task(claire, "mine", due_at=NOW)
    task(claire, "no date")
    task(claire, "long ago", due_at=NOW - timedelta(days=91))
    task(claire, "dropped", due_at=NOW, status="dropped")
    task(other, "his", due_at=NOW)
    actions.finish(task(claire, "done", due_at=NOW), by=claire, now=NOW)

    assert {str(event["SUMMARY"]) for event in events(claire)} == {"mine", "✓ done"}


@pytest.mark.shows("API-05", "X8")
def test_a_name_that_one_may_not_see_any_more_is_not_told(claire):
    boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    lucie = people.add_person("contact", PersonDraft(values={"first_name": "Lucie"}), by=boss, now=NOW)
    actions.add(Task, {"subject": "Call", "due_at": NOW, "person": lucie.pk, "owner": claire.pk}, by=boss, now=NOW)
    claire.role.grants.filter(module="contact").update(read=1)

    assert [str(event["SUMMARY"]) for event in events(User.objects.get(pk=claire.pk))] == ["Call"]


@pytest.mark.shows("API-05", "X15")
def test_an_address_opens_until_it_is_renewed_or_withdrawn_or_its_owner_leaves(claire):
    first = feed.token_of(feed.renew(claire, now=NOW))
    second = feed.token_of(feed.renew(claire, now=NOW))

    assert feed.reader_of(first) is None
    assert feed.reader_of(second) == claire
    User.objects.filter(pk=claire.pk).update(is_active=False)
    assert feed.reader_of(second) is None
    User.objects.filter(pk=claire.pk).update(is_active=True)
    feed.withdraw(claire)
    assert feed.reader_of(second) is None


@pytest.mark.shows("API-05", "X15")
def test_what_lies_in_the_database_opens_nothing(claire):
    made = feed.renew(claire, now=NOW)

    for token in (made.nonce, f"{made.nonce}-", f"{made.nonce}-{made.nonce}", "-", "", "é-é"):
        assert feed.reader_of(token) is None
    assert CalendarFeed.objects.get().nonce != feed.token_of(made)
