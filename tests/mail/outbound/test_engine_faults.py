"""The engine against a relay that refuses, breaks and limits; counted at the relay (D6 to D11, D17, D19, G4, G5)."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from relance.mail import actions
from relance.mail.jobs import OF_DJANGO
from relance.mail.models import Lease, Mailbox, Message, Recipient
from relance.mail.outbound import own_line
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.people.actions import opt_out
from relance.people.models import Address
from relance.people.suppression import Wish
from tests.mail.outbound.engine import (
    NOW,
    PAST,
    QUICK,
    RECENT,
    counters,
    dispatcher,
    is_done,
    launched,
    mailbox,
    states,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)
SAFE_BREAKS = [Do.CLOSE, Do.RESET, Do.HANG, Do.GARBAGE, Do.LONG_LINE]


def hasten(message: Message):
    """Make every deferred copy due now, as the passing of time would."""
    Recipient.objects.filter(message=message, state="deferred").update(next_attempt_at=PAST)


@pytest.mark.shows("D6", "G4")
@pytest.mark.parametrize("at", [At.RCPT, At.DATA, At.DOT])
def test_a_temporary_refusal_is_tried_again_with_growing_gaps_and_the_same_mail(at):
    with FakeRelay(Script(faults=(Fault(at=at, reply="451 4.3.0 Later", times=3),))) as relay:
        message = launched(mailbox(relay.port), 1, deliver_at=RECENT)
        gaps = []
        with dispatcher():
            for attempt in range(1, 4):
                until(lambda n=attempt: Recipient.objects.filter(state="deferred", attempts=n).first())
                recipient = Recipient.objects.get()
                gaps.append(recipient.next_attempt_at - _now(recipient))
                hasten(message)
            until(is_done(message))

        assert gaps[0] < gaps[1] < gaps[2]
        assert len(relay.mails) == 1
        recipient = Recipient.objects.get()
        assert (recipient.state, recipient.attempts, recipient.reply_code) == ("sent", 4, 250)
        assert recipient.bounced_at is None
        assert counters(message) == {"total": 1, "sent": 1}


def _now(recipient):
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


@pytest.mark.shows("D6")
def test_after_the_set_time_it_gives_up_and_says_why():
    with FakeRelay(Script(faults=(Fault(at=At.RCPT, reply="451 4.3.0 Later", times=None),))) as relay:
        message = launched(mailbox(relay.port), 1, deliver_at=PAST)
        Recipient.objects.update(queued_at=PAST - timedelta(days=3), attempts=5)
        Message.objects.update(deliver_at=PAST - timedelta(days=3))
        with dispatcher():
            until(is_done(message))

        recipient = Recipient.objects.get()
        assert (recipient.state, recipient.reply_code, recipient.reply_text) == ("failed", 451, "4.3.0 Later")
        assert counters(message) == {"total": 1, "failed": 1}


@pytest.mark.shows("D7", "MASS-08")
@pytest.mark.parametrize(
    ("reply", "counted", "state_of_address"),
    [
        ("550 5.1.1 No such user", {"total": 1, "bounced": 1}, "bounced"),
        ("552 5.2.2 Mailbox full", {"total": 1, "failed": 1}, "valid"),
        ("554 5.7.1 Spam", {"total": 1, "failed": 1}, "valid"),
        ("535 5.7.8 Sign in", {"total": 1, "failed": 1}, "valid"),
    ],
)
def test_a_permanent_refusal_is_final_and_only_a_dead_address_is_marked(reply, counted, state_of_address):
    with FakeRelay(Script(refuses={"person0@client.test": reply}.get)) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(is_done(message))
            if state_of_address == "bounced":
                until(lambda: Address.objects.get().state == "bounced")

        assert relay.mails == []
        assert len(relay.ledger.attempts["person0@client.test"]) == 1
        assert counters(message) == counted
        assert Address.objects.get().state == state_of_address


@pytest.mark.shows("D8", "D2", "G4")
@pytest.mark.parametrize("do", SAFE_BREAKS)
@pytest.mark.parametrize("at", [At.MAIL, At.RCPT, At.DATA])
def test_a_break_before_the_content_is_tried_again_and_the_others_go_on(at, do):
    with FakeRelay(Script(faults=(Fault(at=at, do=do),))) as relay:
        message = launched(mailbox(relay.port), 12)
        with dispatcher():
            until(lambda: sum(states(message).get(s, 0) for s in ("sent", "deferred")) == 12)
            hasten(message)
            until(is_done(message))

        assert len(relay.mails) == 12
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 12, "sent": 12}


@pytest.mark.shows("D3", "D8", "G4")
@pytest.mark.parametrize("do", SAFE_BREAKS)
@pytest.mark.parametrize("stores", [True, False])
def test_a_break_after_the_dot_is_unknown_and_never_sent_again_by_itself(do, stores):
    script = Script(faults=(Fault(at=At.DOT, do=do, stores=stores, only="person3@"),))
    with FakeRelay(script) as relay:
        message = launched(mailbox(relay.port), 8)
        with dispatcher():
            until(is_done(message))

        assert states(message) == {"sent": 7, "unknown": 1}
        assert counters(message) == {"total": 8, "sent": 7, "unknown": 1}
        assert len(relay.mails) == 7 + stores
        assert set(relay.copies.values()) == {1}
        assert Recipient.objects.get(state="unknown").normal == "person3@client.test"


@pytest.mark.shows("D3", "G2")
def test_an_unknown_copy_is_sent_again_under_the_same_id_when_a_person_wants_it():
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.CLOSE),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(is_done(message))
            assert actions.resend_unknown(Recipient.objects.get(), now=NOW)
            until(lambda: states(message) == {"sent": 1})
            until(is_done(message))

        first, second = relay.mails
        assert first.content == second.content
        assert first.message_id == second.message_id
        assert counters(message) == {"total": 1, "sent": 1}


@pytest.mark.shows("G2")
@pytest.mark.parametrize("sent", [True, False])
def test_evidence_settles_an_unknown_copy_once(sent):
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.CLOSE),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            until(is_done(message))
        recipient = Recipient.objects.get()

        assert actions.settle_unknown(recipient, sent=sent, why="found in Sent", now=NOW)
        assert not actions.settle_unknown(recipient, sent=sent, why="again", now=NOW)

        assert counters(message) == {"total": 1, "sent" if sent else "failed": 1}


@pytest.mark.shows("D10")
def test_greylisting_is_no_bounce():
    with FakeRelay(Script(greylist_seconds=0.3)) as relay:
        message = launched(mailbox(relay.port), 5)
        with dispatcher():
            until(lambda: states(message) == {"deferred": 5})
            time.sleep(0.4)
            hasten(message)
            until(is_done(message))

        assert len(relay.mails) == 5
        assert counters(message) == {"total": 5, "sent": 5}
        assert not Recipient.objects.exclude(bounced_at=None).exists()


@pytest.mark.shows("D11")
def test_so_many_on_a_connection_is_met_by_connecting_again():
    with FakeRelay(Script(mails_per_connection=10)) as relay:
        message = launched(mailbox(relay.port), 100)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 100
        assert set(relay.copies.values()) == {1}
        assert relay.ledger.connections >= 10
        assert Recipient.objects.filter(attempts=1).count() == 100


@pytest.mark.slow
@pytest.mark.shows("D11", "D6")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=At.RCPT, reply="452 4.7.0 Too many mails, try again in 1 second", times=3, after=5),
        Fault(at=At.CONNECT, do=Do.REPLY_AND_CLOSE, reply="421 4.3.2 Too busy", times=3),
        Fault(at=At.EHLO, reply="451 4.3.0 Later", times=2),
        Fault(at=At.MAIL, reply="451 4.3.0 Later", times=2),
    ],
)
def test_a_busy_relay_pauses_the_mailbox_and_nothing_is_lost(fault):
    with FakeRelay(Script(faults=(fault,))) as relay:
        message = launched(mailbox(relay.port), 20)
        with dispatcher(replace(QUICK, first_pause=1)):
            until(lambda: Mailbox.objects.get().paused_until)
            until(is_done(message))
            until(lambda: Mailbox.objects.get().paused_until is None)

        assert len(relay.mails) == 20
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 20, "sent": 20}
        assert Mailbox.objects.get().state == "working"


@pytest.mark.shows("D7", "INBOX-01")
def test_a_wrong_password_breaks_the_mailbox_not_the_mails():
    script = Script(users={"claire": "right"})
    with FakeRelay(script) as relay:
        message = launched(mailbox(relay.port, username="claire"), 5)
        with dispatcher():
            until(lambda: Mailbox.objects.get().state == "broken")

            assert states(message).keys() <= {"queued", "leased"}
            assert Mailbox.objects.get().state_code == "password-refused"
            relay.script = replace(script, users={"claire": ""})
            until(is_done(message))

        assert len(relay.mails) == 5
        assert Mailbox.objects.get().state == "working"


@pytest.mark.shows("D7")
def test_a_relay_that_refuses_us_pauses_the_message_before_the_list_is_spoilt():
    with FakeRelay(Script(faults=(Fault(at=At.MAIL, reply="553 5.7.1 Not your sender", times=None),))) as relay:
        message = launched(mailbox(relay.port, connections=1), 300)
        with dispatcher():
            until(lambda: Message.objects.get().state == "paused")
            until(lambda: not {"leased", "in_data"} & states(message).keys())

        assert states(message)["failed"] < 30
        assert "Not your sender" in Message.objects.get().state_why


@pytest.mark.slow
@pytest.mark.shows("D8")
def test_a_tar_pit_holds_one_connection_and_the_others_go_on():
    script = Script(faults=(Fault(at=At.DATA, do=Do.HANG, only="person0@"),))
    with FakeRelay(script) as relay:
        message = launched(mailbox(relay.port, connections=2), 60)
        with dispatcher():
            relay.wait_for_mails(59)
            until(lambda: states(message) == {"sent": 59, "deferred": 1})

        assert Recipient.objects.get(state="deferred").reply_text == "data: timeout"


@pytest.mark.slow
@pytest.mark.shows("D17")
def test_pausing_and_resuming_twenty_times_sends_one_copy_each():
    with FakeRelay(Script(delay=0.005)) as relay:
        message = launched(mailbox(relay.port), 300)
        with dispatcher():
            for round_ in range(20):
                relay.wait_for_mails(round_ * 10)
                actions.pause(message, now=NOW)
                actions.resume(message, now=NOW)
            until(is_done(message))

        assert len(relay.mails) == 300
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 300, "sent": 300}


@pytest.mark.slow
@pytest.mark.shows("D17")
def test_a_paused_message_sends_nothing_until_it_is_resumed():
    with FakeRelay(Script(delay=0.01)) as relay:
        message = launched(mailbox(relay.port), 200)
        with dispatcher():
            relay.wait_for_mails(20)
            actions.pause(message, now=NOW)
            until(lambda: "in_data" not in states(message))
            held = len(relay.mails)
            until(lambda: states(message) == {"sent": held, "queued": 200 - held})
            assert len(relay.mails) == held < 200

            actions.resume(message, now=NOW)
            until(is_done(message))

        assert set(relay.copies.values()) == {1}
        assert len(relay.mails) == 200


@pytest.mark.shows("D17")
def test_stopping_says_how_many_went_and_nothing_more_leaves():
    with FakeRelay(Script(delay=0.01)) as relay:
        message = launched(mailbox(relay.port), 300)
        with dispatcher():
            relay.wait_for_mails(20)
            cancelled = actions.stop(message, now=NOW)
            until(lambda: "in_data" not in states(message))

        found = counters(message)
        assert found["cancelled"] == cancelled
        assert found["sent"] == len(relay.mails) == 300 - cancelled
        assert set(relay.copies.values()) == {1}


@pytest.mark.shows("D19")
def test_an_opt_out_while_the_relay_thinks_about_data_keeps_the_content_back():
    script = Script(faults=(Fault(at=At.DATA, do=Do.HANG),))
    with FakeRelay(script) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher():
            relay.wait(lambda ledger: ledger.struck() == 1)
            opt_out(Wish(normal="person0@client.test", route="page", at=NOW))
            relay.release()
            until(is_done(message))

        assert relay.mails == []
        assert states(message) == {"refused": 1}
        assert counters(message) == {"total": 1, "refused": 1}


@pytest.mark.slow
@pytest.mark.shows("D12", "G1")
def test_eight_dispatchers_send_one_copy_each():
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 400)
        with ExitStack() as many:
            for _ in range(8):
                many.enter_context(dispatcher())
            until(is_done(message))

        assert len(relay.mails) == 400
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 400, "sent": 400}


@pytest.mark.slow
@pytest.mark.shows("D14")
def test_an_outcome_that_cannot_be_written_leaves_the_copy_unknown_and_alone():
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 10)
        with connection.cursor() as cursor:
            cursor.execute(TRIGGER)
        try:
            with dispatcher():
                until(lambda: states(message) == {"sent": 9, "unknown": 1})
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP FUNCTION spoil CASCADE")

        assert len(relay.mails) == 10
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 10, "sent": 9, "unknown": 1}


TRIGGER = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'sent' AND NEW.normal = 'person4@client.test' THEN RAISE 'disk full'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER spoil BEFORE UPDATE ON mail_recipient FOR EACH ROW EXECUTE FUNCTION spoil();
"""


@pytest.mark.slow
@pytest.mark.shows("D13", "G3")
def test_cut_connections_to_the_database_lose_and_double_nothing():
    with FakeRelay(Script(delay=0.002)) as relay:
        message = launched(mailbox(relay.port), 400)
        with dispatcher():
            for round_ in range(5):
                relay.wait_for_mails(40 * (round_ + 1))
                _cut_database()
            until(is_done(message))

        found = states(message)
        assert found.get("sent", 0) + found.get("unknown", 0) == 400
        assert set(relay.copies.values()) == {1}
        assert len(relay.mails) >= found["sent"]
        assert counters(message)["sent"] == found["sent"]


@pytest.mark.slow
@pytest.mark.shows("D13", "G3")
def test_a_database_that_is_away_for_a_while_loses_and_doubles_nothing(caplog):
    with FakeRelay(Script(delay=0.005)) as relay:
        message = launched(mailbox(relay.port), 300)
        with dispatcher():
            for round_ in range(3):
                relay.wait_for_mails(40 * (round_ + 1))
                _let_nobody_in()
            until(is_done(message))

        found = states(message)
        assert found.get("sent", 0) + found.get("unknown", 0) == 300
        assert set(relay.copies.values()) == {1}
        assert len(relay.mails) >= found["sent"]
        assert counters(message)["sent"] == found["sent"]
        said = [record.getMessage().partition(",")[0] for record in caplog.records]
        assert not [record for record in caplog.records if record.exc_info]
        assert said.count("the database is away") <= 3 * 2  # a cut is met before and after the doors are shut


def _let_nobody_in():
    params = {name: value for name, value in connection.get_connection_params().items() if name not in OF_DJANGO}
    name = params.pop("dbname")
    with psycopg.connect(**params, dbname="postgres", autocommit=True) as outside:
        outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            _cut_database()
            time.sleep(1)
        finally:
            outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.mark.slow
@pytest.mark.shows("D12")
def test_many_messages_that_wait_for_another_try_do_not_hold_up_the_next():
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        for number in range(30):
            launched(box, 1, start=number, key=f"personal:{number}", kind="personal")
        Recipient.objects.update(state="deferred", next_attempt_at=NOW + timedelta(days=3650))
        message = launched(box, 5, start=100)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 5


@pytest.mark.shows("D13", "D14")
@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_dispatcher_that_plans_its_statements_anew_goes_on(seconds, monkeypatch, caplog):
    monkeypatch.setattr(own_line, "PLAN_SECONDS", seconds)
    with FakeRelay(Script(delay=0.002)) as relay:
        message = launched(mailbox(relay.port), 120)
        with dispatcher():
            until(is_done(message))

        assert states(message) == {"sent": 120}
        assert len(relay.mails) == 120
        assert caplog.records == []


def _cut_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relance dispatcher'"
        )


@pytest.mark.shows("D15")
def test_a_lapsed_lease_is_taken_over_by_whoever_is_there():
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port), 5)
        with connection.cursor() as cursor:  # each as another moment of its dispatcher's death left it
            cursor.execute(
                "UPDATE mail_recipient SET lease_token = '11111111-2222-4333-8444-555555555555',"
                " track = 'full', state = CASE WHEN normal LIKE 'person0%%' THEN 'in_data' ELSE 'leased' END"
            )
            cursor.execute(
                "INSERT INTO mail_lease (token, until, messages, recipients, entered, taken, revoked)"
                " SELECT lease_token, now() - interval '1 second', ARRAY[min(message_id)],"
                " array_agg(id ORDER BY normal), '{1,2}', '{2}', '{}' FROM mail_recipient GROUP BY lease_token"
            )
        with dispatcher():
            until(is_done(message))

        found = dict(message.recipients.values_list("normal", "state"))
        assert [found[f"person{number}@client.test"] for number in range(5)] == [
            "unknown", "unknown", "sent", "sent", "sent",
        ]  # fmt: skip
        assert counters(message) == {"total": 5, "sent": 3, "unknown": 2}
        assert sorted(mail.recipient for mail in relay.mails) == ["person3@client.test", "person4@client.test"]
        assert not Lease.objects.exists()


@pytest.mark.shows("D15")
def test_a_heartbeat_keeps_a_slow_copy_from_being_taken_for_dead():
    manners = replace(QUICK, lease=timedelta(seconds=1), renew=0.2, patience={**QUICK.patience, "dot": 20})
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.HANG),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher(manners):
            relay.wait(lambda ledger: ledger.struck() == 1)
            threading.Event().wait(2.5)
            assert states(message) == {"in_data": 1}

            relay.release()
            until(is_done(message))

        assert states(message) == {"sent": 1}


@pytest.mark.shows("G2", "D3", "D15")
@pytest.mark.parametrize(("reply", "state"), [("250 2.0.0 OK", "sent"), ("554 5.6.0 No", "failed")])
def test_a_late_answer_of_the_relay_settles_what_was_unknown(reply, state):
    manners = replace(QUICK, lease=timedelta(seconds=1), renew=60, patience={**QUICK.patience, "dot": 30})
    with FakeRelay(Script(faults=(Fault(at=At.DOT, do=Do.HANG, reply=reply, stores=state == "sent"),))) as relay:
        message = launched(mailbox(relay.port), 1)
        with dispatcher(manners):
            until(lambda: states(message) == {"unknown": 1})
            relay.release(reply)
            until(lambda: states(message) == {state: 1})

        assert counters(message) == {"total": 1, state: 1}
        assert len(relay.mails) == (state == "sent")


@pytest.mark.slow
@pytest.mark.shows("D5", "D17")
def test_a_dispatcher_that_is_asked_to_stop_leaves_nothing_in_doubt():
    with FakeRelay(Script(delay=0.005)) as relay:
        message = launched(mailbox(relay.port), 400)
        for goal in (30, 90, 150):
            with dispatcher():
                relay.wait_for_mails(goal)
            assert states(message) == {"sent": len(relay.mails), "queued": 400 - len(relay.mails)}

        assert set(relay.copies.values()) == {1}
        assert counters(message)["sent"] == len(relay.mails)
