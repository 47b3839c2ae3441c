"""What nobody sent in time, and what comes out of a backup, asks before it leaves (D16)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from relance.mail import actions, holds
from relance.mail.models import Message, Outbox
from relance.mail.outbound import held
from relance.mail.transport.fake import FakeRelay
from relance.team.actions import add_user
from relance.team.models import Organisation
from relance.team.policy import Forbidden
from tests.mail.outbound.engine import NOW, dispatcher, draft, is_done, launched, mailbox, seller, states, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("D16")]
KINDS = ["personal", "mass", "sequence"]


def away_for(hours: int) -> None:
    """The last dispatcher was seen so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mail_outbox (id, seen_at) VALUES (1, now() - make_interval(hours => %s))"
            " ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
            [hours],
        )


def restored() -> None:
    """The data say that they come from somewhere else, as a restored dump does."""
    Outbox.objects.update_or_create(pk=1, defaults={"installation": "7123456789/16384"})


def chief():
    return add_user(email="ines@helionne.test", name="Inès Chef", role="administrator")


def somebody_waits() -> bool:
    """Another connection waits for a row that this one has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def is_held(message: Message, why: str):
    return lambda: Message.objects.filter(pk=message.pk, state="paused", state_why=why).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_long_absence_what_is_overdue_asks_and_what_is_new_leaves(kind):
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        overdue = launched(box, 3, kind=kind, key="overdue:1")
        fresh = launched(box, 1, start=10, key="mass:fresh", deliver_at=NOW)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE mail_message SET deliver_at = now() WHERE id = %s", [fresh.pk])
        away_for(30)
        with dispatcher():
            until(is_done(fresh))
            assert is_held(overdue, held.LATE)()
            assert [mail.recipient for mail in relay.mails] == ["person10@client.test"]
            assert holds.standing() == holds.Hold(is_restored=False, messages=1, copies=3, since=overdue.deliver_at)

            assert holds.release(by=chief(), now=NOW) == 1
            until(is_done(overdue))

        assert len(relay.mails) == 4
        assert set(relay.copies.values()) == {1}
        assert holds.standing() is None


def test_a_short_absence_and_a_slow_list_hold_nothing():
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 3)  # due for days, as under an hourly cap
        away_for(1)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 3


def test_a_machine_that_slept_asks_without_being_started_again(monkeypatch):
    monkeypatch.setattr(held, "LOOK_SECONDS", 0.0)
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        first = launched(box, 1)
        with dispatcher():
            until(is_done(first))
            with transaction.atomic():
                away_for(30)
                until(somebody_waits)  # the look that began before this mail stood there has to see it
                message = launched(box, 2, start=5, key="mass:2")
            until(is_held(message, held.LATE))

        assert [mail.recipient for mail in relay.mails] == ["person0@client.test"]
        assert states(message) == {"queued": 2}


@pytest.mark.parametrize("kind", KINDS)
def test_restored_data_send_nothing_of_any_kind_until_a_person_says_so(kind):
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        message = launched(box, 3, kind=kind, key="waiting:1")
        restored()
        with dispatcher():
            until(is_held(message, held.RESTORED))
            newer = launched(box, 1, start=10, key="personal:new", kind="personal")
            until(is_held(newer, held.RESTORED))
        with dispatcher():
            until(lambda: holds.standing().messages == 2)
            assert relay.mails == []
            assert relay.ledger.connections == 0

            assert holds.release(by=chief(), now=NOW) == 2
            until(is_done(message))
            until(is_done(newer))

        assert len(relay.mails) == 4
        assert Outbox.objects.get().installation not in ("", "7123456789/16384")


def test_what_is_held_can_be_stopped_and_new_mail_leaves():
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        message = launched(box, 3)
        restored()
        with dispatcher():
            until(is_held(message, held.RESTORED))
            assert holds.stop(by=chief(), now=NOW) == 1
            newer = launched(box, 1, start=10, key="mass:2")
            until(is_done(newer))

        assert [mail.recipient for mail in relay.mails] == ["person10@client.test"]
        assert states(message) == {"cancelled": 3}


def test_a_mail_that_was_paused_by_hand_stays_paused_when_the_rest_is_released():
    message = launched(mailbox(1), 1)
    actions.pause(message, now=NOW)
    restored()

    assert holds.release(by=chief(), now=NOW) == 0

    assert Message.objects.get().state == "paused"
    assert holds.standing() is None


def test_only_an_administrator_answers_and_only_once():
    restored()

    with pytest.raises(Forbidden):
        holds.release(by=seller(), now=NOW)
    admin = chief()
    holds.release(by=admin, now=NOW)
    with pytest.raises(holds.NothingHeld):
        holds.stop(by=admin, now=NOW)


def test_a_list_that_was_written_too_late_asks_first():
    Organisation.objects.update_or_create(pk=1, defaults={"late_hours": 2})
    message = actions.draft(draft(mailbox(1), deliver_at=NOW - timedelta(hours=3)), now=NOW)
    actions.note_recipients(message, total=1, refused=0)

    assert actions.queue(message, now=NOW)

    assert is_held(message, held.LATE)()
