"""What becomes of a copy whose person changes, or whose text cannot be written, in the middle of a list (D20, D25)."""

from __future__ import annotations

import pytest
from django.db import connection

from relance.mail import actions
from relance.mail.models import Recipient
from relance.mail.transport.fake import FakeRelay, Script
from relance.people.actions import PersonDraft, delete_person, edit_person
from relance.people.models import Person
from relance.team.actions import add_user
from relance.team.models import Organisation
from tests.mail.outbound.engine import NOW, counters, dispatcher, is_done, launched, mailbox, states, until

pytestmark = pytest.mark.django_db(transaction=True)


def chief():
    return add_user(email="ines@helionne.test", name="Inès Chef", role="administrator")


def paused(relay: FakeRelay, count: int = 3):
    """A list that was launched and waits."""
    message = launched(mailbox(relay.port), count)
    actions.pause(message, now=NOW)
    return message


@pytest.mark.shows("D20")
def test_whoever_is_deleted_before_the_turn_comes_gets_nothing_and_the_rest_go_on():
    with FakeRelay() as relay:
        message = paused(relay)
        delete_person(Person.objects.get(name="person1"), by=chief(), now=NOW)
        actions.resume(message, now=NOW)
        with dispatcher():
            until(is_done(message))

        assert {mail.recipient for mail in relay.mails} == {"person0@client.test", "person2@client.test"}
        assert Recipient.objects.get(normal="person1@client.test").refused_because == "erased"
        assert counters(message) == {"total": 3, "sent": 2, "refused": 1}


@pytest.mark.shows("D20", "MASS-09")
def test_an_address_that_changes_after_the_launch_gets_no_second_copy():
    with FakeRelay() as relay:
        message = paused(relay)
        draft = PersonDraft(values={"first_name": "Eve"}, emails=("eve@elsewhere.test",))
        edit_person(Person.objects.get(name="person1"), draft, by=chief(), now=NOW)
        actions.resume(message, now=NOW)
        with dispatcher():
            until(is_done(message))

        assert {mail.recipient for mail in relay.mails} == {f"person{number}@client.test" for number in range(3)}
        assert set(relay.copies.values()) == {1}


@pytest.mark.shows("D25")
def test_a_copy_that_cannot_be_written_fails_alone_with_its_reason():
    with FakeRelay() as relay:
        message = paused(relay)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE mail_recipient SET email = E'a\\nb@client.test' WHERE normal LIKE 'person1@%'")
        actions.resume(message, now=NOW)
        with dispatcher():
            until(is_done(message))

        assert states(message) == {"sent": 2, "failed": 1}
        assert Recipient.objects.get(state="failed").reply_text
        assert len(relay.mails) == 2


@pytest.mark.slow
@pytest.mark.shows("D22", "G18")
@pytest.mark.parametrize(("before", "after"), [(0, 86400), (86400, 0)])
def test_a_clock_that_jumps_a_day_in_the_middle_of_a_list_doubles_and_holds_nothing(before, after):
    def turn(seconds):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE team_organisation SET workspace = 'test', clock_offset = make_interval(secs => %s)", [seconds]
            )

    with FakeRelay(Script(delay=0.003)) as relay:
        message = launched(mailbox(relay.port), 200)
        assert Organisation.objects.exists()
        turn(before)
        with dispatcher():
            assert relay.wait_for_mails(40)
            turn(after)
            until(is_done(message))

        assert len(relay.mails) == 200
        assert set(relay.copies.values()) == {1}
