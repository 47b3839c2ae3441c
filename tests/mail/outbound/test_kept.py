"""A second try is the same mail: same Message-ID, and same bytes once the relay has seen them (D6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relance.mail import actions, reconcile
from relance.mail.models import KeptLetter, Recipient
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.people.models import Person
from tests.mail.outbound.engine import NOW, PAST, dispatcher, is_done, launched, mailbox, states, until
from tests.mail.outbound.killed import kill, victim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("D6")]
REPLIES = ["451 4.3.0 Later", "452 4.3.1 Too many mails, try again in 1 second", "421 4.3.2 Closing"]


def rename() -> None:
    """The first name, which stands in subject and text, is corrected between two tries."""
    Person.objects.update(first_name="Éléonore")


def hasten() -> None:
    """Make due now what was put off, as soon as that is written down."""
    until(lambda: not Recipient.objects.filter(state__in=["leased", "in_data"]).exists())
    Recipient.objects.filter(state="deferred").update(next_attempt_at=PAST)


def kept() -> bool:
    return KeptLetter.objects.exists()


@pytest.mark.shows("G4")
@pytest.mark.parametrize("reply", REPLIES)
def test_a_copy_that_is_put_off_after_its_content_is_offered_again_byte_for_byte(reply):
    seen = []
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.REPLY, reply=reply),)), on_content=seen.append) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(kept)
            rename()
            hasten()
            until(is_done(message))

        assert len(seen) == 2
        assert seen[0] == seen[1] == relay.mails[0].content
        assert states(message) == {"sent": 1}


def test_an_unknown_copy_that_is_sent_again_is_the_same_byte_for_byte():
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.CLOSE),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(is_done(message))
            until(kept)
            rename()
            assert actions.resend_unknown(Recipient.objects.get(), now=NOW)
            until(lambda: states(message) == {"sent": 1})

        first, second = relay.mails
        assert first.content == second.content


def test_what_the_relay_has_not_seen_is_written_with_the_words_of_the_day():
    with FakeRelay(Script(faults=(Fault(at=At.RCPT, reply="451 4.3.0 Later"),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(lambda: states(message) == {"deferred": 1})
            rename()
            hasten()
            until(is_done(message))

        assert not kept()
        assert "Éléonore" in relay.mails[0].content.decode() or "=C3=89l" in relay.mails[0].content.decode()


@pytest.mark.shows("UNSUB-06")
def test_who_withdraws_consent_between_two_tries_is_not_followed_by_the_old_letter():
    with FakeRelay(Script(faults=(Fault(at=At.DOT, reply="451 4.3.0 Later"),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(kept)
            Person.objects.update(tracking_consent="denied")
            hasten()
            until(is_done(message))

        assert b"/o/" not in relay.mails[0].content.replace(b"=\r\n", b"")
        assert Recipient.objects.get().track == "none"


@pytest.mark.slow
def test_a_copy_of_a_killed_process_keeps_its_message_id_when_it_is_sent_again():
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.HANG),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with victim() as process:
            assert relay.wait_for_mails(1)
            kill(process)
        relay.script = replace(relay.script, faults=())
        relay.cut()
        with dispatcher():
            until(lambda: states(message) == {"unknown": 1})
            actions.resend_unknown(Recipient.objects.get(), now=NOW)
            until(lambda: states(message) == {"sent": 1})

        first, second = relay.mails
        assert first.message_id == second.message_id
        assert first.content == second.content  # nothing was changed meanwhile


def test_letters_are_forgotten_when_the_copy_has_come_to_its_end():
    with FakeRelay(Script(faults=(Fault(at=At.DOT, reply="451 4.3.0 Later"),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(kept)
            reconcile.reconcile(NOW)
            assert kept()
            hasten()
            until(is_done(message))

    reconcile.reconcile(NOW)

    assert not kept()
