"""What a relay's answer means, for the mail and for the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.mail.transport.replies import SENTENCES, Mark, Reason, Stage, State, classify

TABLE = [
    # code, words, stage, state, mark, ours, reason
    (250, "2.0.0 Ok: queued as 12AB", Stage.FINAL, State.ACCEPTED, Mark.NONE, False, Reason.ACCEPTED),
    (550, "5.1.1 <x@y.fr>: Recipient address rejected: User unknown", Stage.RCPT,
     State.BOUNCED, Mark.HARD, False, Reason.NO_SUCH_ADDRESS),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", Stage.FINAL,
     State.BOUNCED, Mark.HARD, False, Reason.NO_SUCH_DOMAIN),
    (550, "5.1.2 Host or domain name not found", Stage.RCPT, State.BOUNCED, Mark.HARD, False, Reason.NO_SUCH_DOMAIN),
    (556, "5.1.10 Recipient address has null MX", Stage.RCPT, State.BOUNCED, Mark.HARD, False, Reason.NO_SUCH_DOMAIN),
    (550, "No such user here", Stage.RCPT, State.BOUNCED, Mark.HARD, False, Reason.NO_SUCH_ADDRESS),
    (550, "Requested action not taken: mailbox unavailable", Stage.RCPT,
     State.FAILED, Mark.NONE, False, Reason.REFUSED),
    (550, "5.2.1 The email account that you tried to reach is disabled", Stage.RCPT,
     State.BOUNCED, Mark.HARD, False, Reason.MAILBOX_DISABLED),
    (552, "5.2.2 Mailbox full", Stage.RCPT, State.FAILED, Mark.SOFT, False, Reason.MAILBOX_FULL),
    (452, "4.2.2 The email account that you tried to reach is over quota", Stage.RCPT,
     State.DEFERRED, Mark.NONE, False, Reason.MAILBOX_FULL),
    (552, "5.3.4 Message size exceeds fixed limit", Stage.MAIL, State.FAILED, Mark.NONE, False, Reason.TOO_LARGE),
    (554, "5.7.1 Message rejected due to spam content", Stage.FINAL, State.FAILED, Mark.NONE, True, Reason.POLICY),
    (550, "5.7.1 Unauthenticated email is not accepted due to domain's DMARC policy", Stage.FINAL,
     State.FAILED, Mark.NONE, True, Reason.POLICY),
    (554, "5.7.1 <x@y.fr>: Relay access denied", Stage.RCPT, State.FAILED, Mark.NONE, True, Reason.RELAY_DENIED),
    (550, "Blocked: user unknown to reputation service", Stage.RCPT, State.FAILED, Mark.NONE, True, Reason.POLICY),
    (535, "5.7.8 Username and Password not accepted", Stage.AUTH, State.FAILED, Mark.NONE, True, Reason.SIGN_IN),
    (530, "5.7.0 Must issue a STARTTLS command first", Stage.MAIL, State.FAILED, Mark.NONE, True, Reason.SIGN_IN),
    (454, "4.7.0 Temporary authentication failure", Stage.AUTH, State.DEFERRED, Mark.NONE, False, Reason.TRY_LATER),
    (553, "5.7.1 <me@z.fr>: Sender address rejected: not owned by user", Stage.MAIL,
     State.FAILED, Mark.NONE, True, Reason.POLICY),
    (550, "5.1.0 Address rejected", Stage.MAIL, State.FAILED, Mark.NONE, True, Reason.SENDER_REFUSED),
    (451, "4.7.1 Greylisting in action, please come back later", Stage.RCPT,
     State.DEFERRED, Mark.NONE, False, Reason.GREYLISTED),
    (450, "4.2.0 <x@y.fr>: Recipient address rejected: Greylisted", Stage.RCPT,
     State.DEFERRED, Mark.NONE, False, Reason.GREYLISTED),
    (421, "4.7.0 Too many messages, try later", Stage.MAIL, State.DEFERRED, Mark.NONE, True, Reason.TOO_MANY),
    (452, "4.5.3 Too many recipients", Stage.RCPT, State.DEFERRED, Mark.NONE, True, Reason.TOO_MANY),
    (550, "5.4.5 Daily user sending quota exceeded", Stage.FINAL, State.FAILED, Mark.NONE, True, Reason.TOO_MANY),
    (421, "Service not available", Stage.CONNECT, State.DEFERRED, Mark.NONE, False, Reason.TRY_LATER),
    (554, "No SMTP service here", Stage.CONNECT, State.FAILED, Mark.NONE, False, Reason.REFUSED),
    (451, "4.4.1 Connection timed out", Stage.RCPT, State.DEFERRED, Mark.NONE, False, Reason.NETWORK),
    (450, "4.1.1 Recipient unverified", Stage.RCPT, State.DEFERRED, Mark.NONE, False, Reason.TRY_LATER),
]  # fmt: skip


@pytest.mark.shows("D6", "D7", "D10", "D11", "MASS-08", "CAMP-06")
@pytest.mark.parametrize(("code", "text", "stage", "state", "mark", "ours", "reason"), TABLE)
def test_each_answer_has_its_meaning(code, text, stage, state, mark, ours, reason):
    outcome = classify(code, text, stage)

    assert (outcome.reason, outcome.state, outcome.mark, outcome.ours) == (reason, state, mark, ours)
    assert outcome.retry is (state is State.DEFERRED)


@pytest.mark.shows("D7")
@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("text", ["5.7.1 Access denied, user unknown", "5.7.26 not authenticated", "5.7.509 DMARC"])
def test_a_policy_never_burns_an_address(stage, text):
    assert classify(550, text, stage).mark is Mark.NONE


@pytest.mark.shows("D7")
@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL])
@pytest.mark.parametrize("text", ["5.1.1 User unknown", "5.2.2 Mailbox full", "5.2.1 disabled", "no such user"])
def test_nothing_said_before_the_recipient_is_named_touches_the_address(stage, text):
    outcome = classify(550, text, stage)

    assert (outcome.state, outcome.mark) == (State.FAILED, Mark.NONE)


@pytest.mark.shows("D6", "D7", "X2")
@given(st.integers(200, 599), st.text(max_size=80), st.sampled_from(list(Stage)))
def test_every_answer_means_something(code, text, stage):
    outcome = classify(code, text, stage)

    assert outcome.sentence == SENTENCES[outcome.reason]
    assert outcome.retry is (400 <= code < 500)
    assert (outcome.state is State.ACCEPTED) is (code < 400)
    assert outcome.mark is not Mark.HARD or outcome.state is State.BOUNCED
    assert outcome.status[0] == str(code)[0]


@pytest.mark.shows("INBOX-01", "MASS-08")
def test_every_reason_has_its_own_sentence():
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
