"""The one table of reactions: complete, and each row safe to run twice."""

from datetime import UTC, datetime, timedelta

import pytest

from relance import events, reactions
from relance.mail.models import Message, Recipient
from relance.mail.outbound import out_of_bounds
from relance.people import actions as people_actions
from relance.people.models import Address
from relance.people.suppression import Wish
from relance.team.actions import add_user
from tests.mail.outbound.engine import NOW, counters, launched, mailbox, states

LATER = NOW + timedelta(hours=1)
MIDNIGHT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def test_every_event_has_its_row():
    assert set(reactions.REACTIONS) == set(events.KINDS.values())


def react(*news):
    reactions.react.func(news=events.pack(news))


@pytest.mark.django_db
@pytest.mark.shows("D15", "X20")
def test_a_reaction_that_fails_keeps_no_other_from_being_done_and_is_tried_again(monkeypatch):
    done = []

    def fail(batch):
        raise LookupError("no")

    rows = {events.MessageSent: (fail, done.append), events.MessageBounced: (done.append,)}
    monkeypatch.setattr(reactions, "REACTIONS", rows)

    with pytest.raises(LookupError):
        react(events.MessageSent(1), events.MessageBounced(2))

    assert done == [[events.MessageSent(1)], [events.MessageBounced(2)]]


def opted_out(normal, scope="marketing"):
    return Wish(normal=normal, scope=scope, route="link", at=NOW)


@pytest.fixture
def news(monkeypatch):
    told = []
    monkeypatch.setattr(events, "emit_many", told.extend)
    return told


@pytest.mark.django_db
@pytest.mark.shows("UNSUB-02", "MASS-08")
def test_what_waits_for_an_address_that_opted_out_is_left_out_with_its_reason(news):
    message = launched(mailbox(2525), 3, deliver_at=MIDNIGHT)
    people_actions.opt_out(opted_out("person1@client.test"))

    react(*news)
    react(*news)

    assert states(message) == {"queued": 2, "refused": 1}
    assert counters(message) == {"total": 3, "refused": 1}
    assert Recipient.objects.get(state="refused").refused_because == "opted_out"


@pytest.mark.django_db
@pytest.mark.shows("UNSUB-02")
def test_a_personal_mail_and_a_wish_of_another_scope_wait_on(news):
    personal = launched(mailbox(2525), 1, kind="personal", key="personal:1", deliver_at=MIDNIGHT)
    mass = launched(mailbox(2526, address="second@helionne.test"), 1, start=1, deliver_at=MIDNIGHT)
    people_actions.opt_out(opted_out("person0@client.test"))
    people_actions.opt_out(opted_out("person1@client.test", scope="sequences"))

    react(*news)

    assert states(personal) == states(mass) == {"queued": 1}


@pytest.mark.django_db
@pytest.mark.shows("UNSUB-02")
def test_a_copy_that_has_left_is_not_called_back(news):
    message = launched(mailbox(2525), 2)
    Recipient.objects.filter(normal="person0@client.test").update(state="in_data")
    Recipient.objects.filter(normal="person1@client.test").update(state="sent")
    for number in range(2):
        people_actions.opt_out(opted_out(f"person{number}@client.test"))

    react(*news)

    assert states(message) == {"in_data": 1, "sent": 1}


@pytest.fixture
def bounced(db):
    """A copy whose relay said that the address is dead, by a dispatcher that was killed before it marked it."""
    message = launched(mailbox(2525), 1)
    Recipient.objects.filter(message=message).update(
        state="failed", bounced_at=NOW, bounce_kind="hard", bounce_text="550 5.1.1 No such user"
    )
    return Recipient.objects.get()


@pytest.mark.shows("D7", "MASS-08")
def test_a_dead_address_is_marked_even_if_its_sender_was_killed_and_nothing_more_waits_for_it(bounced):
    Message.objects.update(state="done")
    other = launched_again(bounced)

    react(events.MessageBounced(bounced.pk))
    react(events.MessageBounced(bounced.pk))

    address = Address.objects.get()
    assert (address.state, address.state_at, address.state_why) == ("bounced", NOW, "550 5.1.1 No such user")
    assert states(other) == {"refused": 1}
    assert other.recipients.get().refused_because == "bounced"


def launched_again(recipient):
    """A second mass mail that waits for midnight, to the same address."""
    first = recipient.message
    message = Message.objects.create(
        kind="mass", send_key="mass:2", state="sending", content=first.content, mailbox=first.mailbox,
        sender=first.sender, deliver_at=MIDNIGHT, created_at=NOW, total=1,
    )  # fmt: skip
    message.recipients.create(
        email=recipient.email, normal=recipient.normal, person=recipient.person, queued_at=NOW, state="queued"
    )
    return message


@pytest.mark.shows("D7")
def test_a_colleagues_later_word_stands_against_a_late_mark(bounced):
    address = Address.objects.get()
    chief = add_user(email="chief@helionne.test", name="Chief", role="administrator")
    people_actions.heal(address, by=chief, now=LATER)

    react(events.MessageBounced(bounced.pk))

    assert Address.objects.get().state == "valid"


@pytest.mark.shows("D7")
def test_a_full_mailbox_marks_nothing_at_once(bounced):
    Recipient.objects.update(bounce_kind="soft")

    out_of_bounds.mark_bounced([events.MessageBounced(bounced.pk)])

    assert Address.objects.get().state == "valid"
