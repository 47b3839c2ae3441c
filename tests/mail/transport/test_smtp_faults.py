"""The fault matrix: every stage, every misdeed, and the outcome that follows, counted at the relay."""

from __future__ import annotations

import pytest

from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.mail.transport.outcome import Accepted, Cause, Lost, NoSession, Refused, Reply, Stage
from tests.mail.transport.talk import letter, send

OPENING = {At.CONNECT: Stage.GREETING, At.EHLO: Stage.EHLO, At.AUTH: Stage.AUTH}
ENVELOPE = {At.MAIL: Stage.MAIL, At.RCPT: Stage.RCPT, At.DATA: Stage.DATA}
BREAKS = {
    Do.CLOSE: Cause.CLOSED,
    Do.RESET: Cause.CLOSED,
    Do.HALF_CLOSE: Cause.CLOSED,
    Do.HANG: Cause.TIMEOUT,
    Do.DRIP: Cause.TIMEOUT,
    Do.GARBAGE: Cause.NOT_SMTP,
    Do.WRONG_CODE: Cause.NOT_SMTP,
    Do.LONG_LINE: Cause.REPLY_TOO_LONG,
    Do.ENDLESS: Cause.REPLY_TOO_LONG,
}
REFUSALS = ["451 4.3.0 Later", "421 4.3.2 Closing", "554 5.7.1 No"]
TALKS = pytest.mark.parametrize("is_pipelining", [True, False], ids=["pipelined", "stepwise"])


def try_once(at, is_pipelining=True, **fault):
    """The outcome of one letter with one fault, and how many copies the relay has."""
    users = {"anna": "secret"} if at is At.AUTH else {}
    signs = {"username": "anna", "password": "secret"} if users else {}
    script = Script(faults=(Fault(at=at, **fault),), is_pipelining=is_pipelining, users=users)
    with FakeRelay(script) as fake:
        try:
            [outcome] = send(fake, letter(), **signs)
        except NoSession as broken:
            outcome = broken
        assert fake.ledger.struck() == 1
        return outcome, len(fake.mails)


@pytest.mark.shows("G4", "D8")
@pytest.mark.parametrize("do", BREAKS)
@pytest.mark.parametrize("at", OPENING)
def test_a_break_before_the_first_mail_names_stage_and_cause(at, do):
    outcome, copies = try_once(at, do=do)

    assert isinstance(outcome, NoSession)
    assert outcome.stage is OPENING[at]
    assert outcome.cause is (Cause.REPLIED if do is Do.WRONG_CODE else BREAKS[do])
    assert copies == 0


@pytest.mark.shows("G4", "D6", "D7")
@pytest.mark.parametrize("reply", REFUSALS)
@pytest.mark.parametrize("at", OPENING)
def test_a_refusal_before_the_first_mail_keeps_the_relays_words(at, reply):
    outcome, copies = try_once(at, reply=reply)

    assert isinstance(outcome, NoSession)
    assert (outcome.stage, outcome.cause) == (OPENING[at], Cause.REPLIED)
    assert f"{outcome.reply.code} {outcome.reply.sentence}" == reply
    assert copies == 0


@pytest.mark.shows("G4", "D8", "D2")
@TALKS
@pytest.mark.parametrize("do", BREAKS)
@pytest.mark.parametrize("at", ENVELOPE)
def test_a_break_in_the_envelope_leaves_no_doubt(at, do, is_pipelining):
    outcome, copies = try_once(at, is_pipelining, do=do)

    assert isinstance(outcome, Lost)
    if do is Do.WRONG_CODE and at is not At.DATA:
        assert outcome.stage is ENVELOPE[at]
    assert outcome.cause is BREAKS[do]
    assert not outcome.in_doubt
    assert copies == 0


@pytest.mark.shows("G4", "D6", "D7")
@TALKS
@pytest.mark.parametrize("reply", REFUSALS)
@pytest.mark.parametrize("at", [*ENVELOPE, At.DOT])
def test_a_refusal_of_the_mail_is_told_with_stage_and_words(at, reply, is_pipelining):
    outcome, copies = try_once(at, is_pipelining, reply=reply)

    assert isinstance(outcome, Refused)
    assert outcome.stage.value == at.value
    assert f"{outcome.reply.code} {outcome.reply.sentence}" == reply
    assert copies == 0


@pytest.mark.shows("G4", "D3", "D8")
@TALKS
@pytest.mark.parametrize("stores", [True, False])
@pytest.mark.parametrize("do", BREAKS)
def test_a_break_after_the_dot_leaves_the_mail_in_doubt(do, stores, is_pipelining):
    outcome, copies = try_once(At.DOT, is_pipelining, do=do, stores=stores)

    assert outcome == Lost(Stage.DOT, BREAKS[do], in_doubt=True, detail=outcome.detail)
    assert copies == stores


@pytest.mark.shows("G4", "D8")
@pytest.mark.parametrize("do", [Do.CLOSE, Do.RESET, Do.HANG, Do.GARBAGE, Do.LONG_LINE])
def test_a_break_under_the_content_is_in_doubt_too(do):
    outcome, copies = try_once(At.CONTENT, do=do)

    assert isinstance(outcome, Lost)
    assert outcome.in_doubt
    if do in (Do.CLOSE, Do.RESET, Do.HANG):
        assert copies == 0


@pytest.mark.shows("D8")
@pytest.mark.parametrize("do", [Do.CLOSE, Do.HANG])
def test_a_large_content_broken_before_its_dot_left_is_safe_to_send_again(do):
    content = b"Subject: Large\r\n\r\n" + b"x" * 70 + b"\r\n"
    script = Script(faults=(Fault(at=At.CONTENT, do=do),))
    with FakeRelay(script) as fake:
        [outcome] = send(fake, letter(content=content + (b"y" * 70 + b"\r\n") * 400_000))

        assert isinstance(outcome, Lost)
        assert not outcome.in_doubt
        assert fake.mails == []


@pytest.mark.shows("D8")
def test_a_refusal_in_the_middle_of_a_large_content_leaves_nothing_in_doubt():
    script = Script(faults=(Fault(at=At.CONTENT, do=Do.REPLY_AND_CLOSE, reply="552 5.3.4 Too large"),))
    with FakeRelay(script) as fake:
        content = b"Subject: Large\r\n\r\n" + (b"y" * 70 + b"\r\n") * 400_000
        [outcome] = send(fake, letter(content=content))

        assert outcome == Refused(Stage.DOT, Reply(552, "5.3.4 Too large"))
        assert fake.mails == []


@pytest.mark.shows("D6")
def test_a_relay_that_wants_a_second_try_gets_it():
    with FakeRelay(Script(faults=(Fault(at=At.RCPT, times=2),))) as fake:
        outcomes = send(fake, letter(), letter(), letter())

        assert [outcome.reply.code for outcome in outcomes] == [451, 451, 250]
        assert isinstance(outcomes[2], Accepted)
        assert max(fake.copies.values()) == 1
