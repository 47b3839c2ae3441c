"""A copy names nobody who does not exist, whether its person is looked up alone or with a hundred thousand others."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from relance.mail.models import Recipient
from relance.mail.people_at_once import people_at_once
from relance.people.models import Person
from tests.mail.outbound.engine import NOW, launched, mailbox

COPY = """
INSERT INTO mail_recipient (message_id, person_id, email, normal, name, queued_at)
VALUES (%s, %s, 'a@client.test', 'a@client.test', 'A', %s)
"""
NOBODY = 987_654_321


@pytest.fixture
def message(db):
    return launched(mailbox(2525), 3)


def at_once(change) -> None:
    """Do it, and have the database say at once what it would say at the commit."""
    with transaction.atomic():
        change()
        look_now()


def look_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def write(message, person_id) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COPY, [message.pk, person_id, NOW])


@pytest.mark.shows("L5")
def test_a_copy_for_nobody_is_refused_by_the_database(message):
    with pytest.raises(IntegrityError, match="does not exist"):
        at_once(lambda: write(message, NOBODY))
    with pytest.raises(IntegrityError, match="does not exist"):
        at_once(lambda: message.recipients.update(person=NOBODY))


@pytest.mark.shows("L5", "D20")
def test_whoever_was_deleted_while_a_mass_mail_was_written_has_a_copy_without_a_person(message):
    kept = message.recipients.exclude(person=None).count()

    with people_at_once(message.pk):
        write(message, NOBODY)
    look_now()

    assert message.recipients.get(normal="a@client.test").person_id is None
    assert message.recipients.exclude(person=None).count() == kept == 3
    with pytest.raises(IntegrityError):  # and afterwards it is as before
        at_once(lambda: Recipient.objects.filter(normal="a@client.test").update(person=NOBODY))


@pytest.mark.shows("D20")
def test_a_person_who_is_deleted_by_any_program_leaves_her_copies(message):
    person = Person.objects.get(pk=message.recipients.exclude(person=None).order_by("pk")[0].person_id)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_address WHERE person_id = %s", [person.pk])
        cursor.execute("DELETE FROM people_person WHERE id = %s", [person.pk])
    look_now()

    assert message.recipients.count() == 3
    assert message.recipients.filter(person=None).count() == 1
