"""What an outcome means: table tests, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from uuid import UUID

import pytest

from relance.lib import tokens
from relance.mail.outbound import identity
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.settle import settle, told_seconds
from relance.mail.transport.outcome import Accepted, Cause, Lost, Refused, Reply, Stage, Withheld
from relance.mail.transport.transaction import Letter

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = b"k" * 32


def copy(*, attempts=0, begins_at=NOW, retry_hours=48, kind="mass") -> Copy:
    mail = SimpleNamespace(kind=kind, retry_hours=retry_hours)
    due = SimpleNamespace(id=7, token=str(UUID(int=1)), attempts=attempts, begins_at=begins_at, mail=mail)
    return Copy(due, "none", Letter("b@helionne.test", "anna@client.test", b"Subject: x\r\n\r\nx\r\n"))


def settled(outcome, *, is_first=True, **values):
    return settle(copy(**values), outcome, is_first_on_line=is_first, now=NOW, rng=Random(1))


def refused(stage, code, text="", **values):
    return settled(Refused(stage, Reply(code, text)), **values)


@pytest.mark.shows("G4", "D3", "D8")
@pytest.mark.parametrize(
    ("outcome", "state", "tried"),
    [
        (Accepted(Reply(250, "2.0.0 Queued")), "sent", 1),
        (Withheld(), "queued", 0),
        (Lost(Stage.DOT, Cause.TIMEOUT, in_doubt=True), "unknown", 1),
        (Lost(Stage.DATA, Cause.TIMEOUT), "deferred", 1),
        (Lost(Stage.RCPT, Cause.CLOSED), "deferred", 1),
        (Lost(Stage.MAIL, Cause.CLOSED), "deferred", 1),
    ],
)
def test_each_end_of_a_dialogue_has_its_state(outcome, state, tried):
    record = settled(outcome).record

    assert (record.state, record.tried) == (state, tried)
    assert (record.next_at is not None and record.next_at > NOW) == (state == "deferred")


@pytest.mark.shows("D11")
def test_a_line_that_closed_before_the_turn_costs_no_attempt():
    for outcome in (Lost(Stage.MAIL, Cause.CLOSED), Refused(Stage.MAIL, Reply(421, "Enough on this one"))):
        record = settled(outcome, is_first=False).record

        assert (record.state, record.tried, record.next_at) == ("queued", 0, None)


@pytest.mark.shows("D11", "D6")
@pytest.mark.parametrize(
    ("stage", "code", "text", "tried"),
    [
        (Stage.MAIL, 451, "4.3.0 Later", 0),
        (Stage.RCPT, 452, "4.7.0 Too many mails this minute", 0),
        (Stage.DOT, 421, "4.7.0 Rate limit", 1),  # the relay has seen the content: its bytes are kept for the next time
    ],
)
def test_what_concerns_the_relay_pauses_the_mailbox_and_costs_an_attempt_once_it_saw_the_content(
    stage, code, text, tried
):
    found = refused(stage, code, text)

    assert found.relay_is_busy
    assert (found.record.state, found.record.tried) == ("queued", tried)


@pytest.mark.shows("D10", "D6")
@pytest.mark.parametrize(
    ("code", "text"), [(451, "4.7.1 Greylisted"), (452, "4.2.2 Mailbox full"), (450, "4.2.1 Try later")]
)
def test_what_concerns_the_recipient_is_tried_again(code, text):
    found = refused(Stage.RCPT, code, text)

    assert not found.relay_is_busy
    assert (found.record.state, found.blame) == ("deferred", "")


@pytest.mark.shows("D6")
def test_the_gaps_grow_and_the_end_comes():
    outcome = Refused(Stage.RCPT, Reply(451, "4.3.0 Later"))
    gaps = [settled(outcome, attempts=attempt).record.next_at - NOW for attempt in (0, 1, 2, 3)]

    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[-1]
    late = settled(outcome, attempts=9, begins_at=NOW - timedelta(hours=49)).record
    assert (late.state, late.text) == ("failed", "4.3.0 Later")


@pytest.mark.shows("D17", "D6")
def test_a_copy_that_waited_long_before_its_first_try_is_not_given_up_at_once():
    outcome = Refused(Stage.RCPT, Reply(451, "4.3.0 Later"))

    assert settled(outcome, begins_at=NOW - timedelta(days=5)).record.state == "deferred"


@pytest.mark.shows("D7", "MASS-08")
@pytest.mark.parametrize(
    ("stage", "code", "text", "bounce", "blame"),
    [
        (Stage.RCPT, 550, "5.1.1 No such user", "hard", "hard"),
        (Stage.RCPT, 552, "5.2.2 Mailbox full", "", "soft"),
        (Stage.RCPT, 554, "5.7.1 Blocked", "", ""),
        (Stage.MAIL, 530, "5.7.0 Sign in first", "", ""),
        (Stage.DOT, 554, "5.7.1 Spam", "", ""),
    ],
)
def test_a_permanent_refusal_fails_and_only_a_dead_address_bounces(stage, code, text, bounce, blame):
    found = refused(stage, code, text)

    assert (found.record.state, found.record.bounce, found.blame) == ("failed", bounce, blame)
    assert (found.record.code, found.record.text) == (code, text)


@pytest.mark.shows("D11")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Try again in 5 minutes", 300), ("wait 30s", 30), ("after 2 hours", 7200), ("too fast", None)],
)
def test_the_time_that_the_relay_tells_is_read(text, seconds):
    assert told_seconds(Reply(421, text)) == seconds


@pytest.mark.shows("D11", "D6")
def test_the_rests_grow_up_to_a_limit():
    manners = Manners()
    rests = [manners.pause_after(failures, is_lasting=False) for failures in (1, 2, 3, 30)]

    assert rests == [5, 10, 20, 900]
    assert manners.pause_after(1, is_lasting=True) == 60


@pytest.mark.shows("D6", "R11")
def test_the_message_id_is_the_same_at_every_attempt_and_at_the_domain_of_from():
    made = [
        identity.message_id(KEY, send_key="mass:1", normal=normal, from_address="claire@helionne.test")
        for normal in ("a@client.test", "a@client.test", "b@client.test")
    ]

    assert made[0] == made[1] != made[2]
    assert made[0].endswith("@helionne.test>")
    assert tokens.reads_as_ours(KEY, made[0])


@pytest.mark.shows("R14")
@pytest.mark.parametrize(
    ("address", "bounce_domain", "start"),
    [
        ("sales@helionne.test", "bounces.helionne.test", "bounce+"),
        ("sales@helionne.test", "", "sales+"),
        ("a.very.long.name.for.a.mailbox@helionne.test", "", "bounce+"),
    ],
)
def test_the_envelope_sender_names_the_recipient_and_fits(address, bounce_domain, start):
    sender = identity.envelope_sender(KEY, recipient_id=7, mailbox_address=address, bounce_domain=bounce_domain)

    assert sender.startswith(start)
    assert len(sender.rpartition("@")[0]) <= 64
    assert tokens.read_verp(KEY, sender) == 7
