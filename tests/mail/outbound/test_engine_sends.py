"""The engine when nothing goes wrong: each recipient gets one copy, and everything is counted."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from relance.lib import clock, tokens
from relance.mail import actions
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.mail.outbound import register
from relance.mail.outbound.overdue import lateness
from relance.mail.outbound.texts import signing_key
from relance.mail.transport.fake import FakeRelay, Script
from relance.team.actions import add_user
from relance.team.models import Organisation
from relance.team.workspace import organisation
from tests.api.conftest import Caller
from tests.mail.outbound.engine import (
    NOW,
    addressees,
    counters,
    dispatcher,
    draft,
    is_done,
    launched,
    mailbox,
    people,
    states,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow
@pytest.mark.shows("MASS-08", "G1")
@pytest.mark.parametrize("is_pipelining", [True, False])
def test_each_recipient_gets_one_copy_and_is_counted_once(is_pipelining):
    with FakeRelay(Script(is_pipelining=is_pipelining)) as relay:
        message = launched(mailbox(relay.port), 250)

        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 250
        assert set(relay.copies.values()) == {1}
        assert {mail.recipient for mail in relay.mails} == {f"person{n}@client.test" for n in range(250)}
        assert states(message) == {"sent": 250}
        assert counters(message) == {"total": 250, "sent": 250}


def test_the_last_copies_are_written_without_waiting_for_a_beat(monkeypatch):
    monkeypatch.setattr(register, "TELL_SECONDS", 3600.0)
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 5)
        with dispatcher():
            until(lambda: states(message) == {"sent": 5})


@pytest.mark.shows("D12")
def test_the_copy_carries_a_signed_sender_and_a_message_id_of_its_own():
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 2)
        with dispatcher():
            until(is_done(message))

        for mail in relay.mails:
            recipient = Recipient.objects.get(normal=mail.recipient)
            assert tokens.read_verp(signing_key(), mail.sender) == recipient.pk
            assert tokens.reads_as_ours(signing_key(), mail.message_id)
            assert mail.message_id.endswith("@helionne.test>")
            assert recipient.reply_code == 250
            assert recipient.sent_at is not None
        assert len({mail.message_id for mail in relay.mails}) == 2


@pytest.mark.shows("MASS-03")
def test_nothing_leaves_before_its_time():
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        later = launched(box, 1, key="mass:later", deliver_at=NOW + timedelta(days=3650))
        now = launched(box, 1, start=1, key="mass:now")
        with dispatcher():
            until(is_done(now))

        assert [mail.recipient for mail in relay.mails] == ["person1@client.test"]
        assert states(later) == {"queued": 1}


@pytest.mark.shows("D21", "CAMP-03")
def test_an_address_written_twice_gets_one_copy():
    with FakeRelay() as relay:
        message = actions.draft(draft(mailbox(relay.port)), now=NOW)
        [person] = people(1)
        actions.add_recipients(message, [*addressees([person]), *addressees([person])], now=NOW)
        actions.add_recipients(message, addressees([person]), now=NOW)
        actions.queue(message, now=NOW)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 1
        assert counters(message) == {"total": 1, "sent": 1}


@pytest.mark.slow
@pytest.mark.shows("G20")
def test_a_personal_mail_overtakes_ten_thousand_at_a_relay_that_takes_one_a_second():
    with FakeRelay(Script(delay=0.25)) as relay:
        box = mailbox(relay.port, connections=1)
        launched(box, 10_000)
        with dispatcher():
            relay.wait_for_mails(3)
            personal = launched(box, 1, start=10_000, key="personal:1", kind="personal")
            before = len(relay.mails)
            until(is_done(personal))

            place = [mail.recipient for mail in relay.mails].index("person10000@client.test")
        assert place - before < 10


@pytest.mark.slow
@pytest.mark.shows("G20")
def test_a_personal_mail_overtakes_a_slow_list():
    with FakeRelay(Script(delay=0.1)) as relay:
        box = mailbox(relay.port, connections=1)
        launched(box, 200)
        with dispatcher():
            relay.wait_for_mails(3)
            personal = launched(box, 1, start=900, key="personal:1", kind="personal")
            before = len(relay.mails)
            until(is_done(personal))

            place = [mail.recipient for mail in relay.mails].index("person900@client.test")
        assert place - before < 10


@pytest.mark.shows("D11")
def test_the_hourly_cap_of_a_mailbox_holds():
    with FakeRelay() as relay:
        box = mailbox(relay.port, per_hour=7)
        message = launched(box, 20)
        with dispatcher():
            relay.wait_for_mails(7)
            until(lambda: states(message) == {"sent": 7, "queued": 13})

            Mailbox.objects.filter(pk=box.pk).update(per_hour=12)
            relay.wait_for_mails(12)
            until(lambda: states(message) == {"sent": 12, "queued": 8})

        assert len(relay.mails) == 12
        assert Message.objects.get(pk=message.pk).state == "sending"


@pytest.mark.shows("ESPC-06", "CAMP-04", "ESPC-15")
def test_a_list_leaves_in_hourly_portions_whose_size_an_administrator_changes(client):
    chief = add_user(email="chief@helionne.test", name="Chief", role="administrator")
    organisation()
    Organisation.objects.update(workspace="test")  # whose clock may be moved
    client.force_login(chief)
    page = client.get("/settings/sending").context["form"]
    limits = {name: page[name].value() for name in page.fields} | {"sends_per_hour": 5}
    assert client.post("/settings/sending", {key: value for key, value in limits.items() if value}).status_code == 302
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 20)
        with dispatcher():
            until(lambda: states(message) == {"sent": 5, "queued": 15})

            assert Caller(chief)("PATCH", "/organisation", {"sends_per_hour": 8}).status_code == 200
            until(lambda: states(message) == {"sent": 8, "queued": 12})

            Organisation.objects.update(clock_offset=timedelta(minutes=61))
            until(lambda: states(message) == {"sent": 16, "queued": 4})
            told = Caller(chief)("GET", "/organisation").json()["sends_per_hour"]
            Organisation.objects.update(clock_offset=timedelta(minutes=122))
            until(is_done(message))
        clock.forget()

        assert told == 8
        assert len(relay.mails) == 20
        assert set(relay.copies.values()) == {1}


@pytest.mark.shows("ESPC-16")
def test_a_mail_passes_by_ones_own_server_and_names_no_other_company(settings):
    settings.RELANCE_EDGE_URL = "https://suivi.helionne.test"
    html = '<p>Hello</p><p><a href="https://helionne.test/roof">Our roof</a></p>'
    content = Content.objects.create(subject="Hello", html=html)
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 2, content=content)
        with dispatcher():
            until(is_done(message))
        mails = [(mail.sender, message_from_bytes(mail.content, policy=default)) for mail in relay.mails]

    assert len(mails) == 2
    for sender, mail in mails:
        whole = str(mail.get_body(("html",)).get_content()) + str(mail.get_body(("plain",)).get_content())
        headers = " ".join(f"{name}: {value}" for name, value in mail.items() if name not in ("To", "Content-Type"))
        hosts = set(re.findall(r"https?://([^/\s\"<>]+)", whole + headers))
        domains = set(re.findall(r"[\w.+-]+@([\w.-]+)", headers)) | {sender.partition("@")[2]}
        assert hosts == {"suivi.helionne.test"}, "links, pixel and opt-out"
        assert domains == {"helionne.test", "bounces.helionne.test"}


@pytest.mark.shows("MASS-08")
def test_those_left_out_are_counted_and_never_written_to():
    with FakeRelay() as relay:
        message = actions.draft(draft(mailbox(relay.port)), now=NOW)
        rows = list(addressees(people(2)))
        out = actions.Addressee(email="x@y.test", normal="x@y.test", name="", person_id=None, refusal="opted_out")
        actions.add_recipients(message, [*rows, out], now=NOW)
        actions.queue(message, now=NOW)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 2
        assert counters(message) == {"total": 2, "refused": 1, "sent": 2}
        assert Recipient.objects.get(state="refused").refused_because == "opted_out"


@pytest.mark.shows("D15", "D1")
def test_any_process_can_see_how_late_the_sending_is():
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        launched(box, 1, deliver_at=NOW - timedelta(hours=2))
        launched(box, 1, start=1, key="mass:later", deliver_at=NOW + timedelta(hours=2))
        assert lateness(NOW) == timedelta(0)  # written just now, so it is not late

        Recipient.objects.update(queued_at=NOW - timedelta(hours=1))
        assert lateness(NOW) == timedelta(hours=1)

        Mailbox.objects.update(paused_until=NOW + timedelta(minutes=1))
        assert lateness(NOW) == timedelta(0)
