"""Kill -9 at every point where it hurts: nothing lost, nothing doubled, doubt only where nobody can know."""

from __future__ import annotations

import os
import random
import signal

import pytest

from relance.mail.models import Message
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from tests.mail.outbound.engine import counters, dispatcher, is_done, launched, mailbox, states, until
from tests.mail.outbound.killed import kill, victim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CONNECTIONS = 4
KILLS = int(os.environ.get("RELANCE_TEST_KILLS", "12"))


def nothing_lost_nothing_doubled(relay: FakeRelay, message: Message, count: int, kills: int = 1) -> None:
    """The promises of delivery, counted at the relay."""
    found = states(message)
    unknown = found.get("unknown", 0)
    assert set(relay.copies.values()) == {1}
    assert found == {"sent": count - unknown, "unknown": unknown} or found == {"sent": count}
    assert count - unknown <= len(relay.mails) <= count
    assert unknown <= 2 * CONNECTIONS * kills
    row = counters(message)
    assert (row["total"], row["sent"], row.get("unknown", 0)) == (count, count - unknown, unknown)


def finish(message: Message, relay: FakeRelay) -> None:
    """Let another dispatcher take over."""
    relay.script = Script()
    relay.cut()
    with dispatcher():
        until(is_done(message), 60)


@pytest.mark.shows("D1", "D2", "D5", "G1")
@pytest.mark.parametrize("kills", [1, 3])
@pytest.mark.parametrize("at", [At.CONNECT, At.MAIL, At.RCPT, At.DATA])
def test_killed_before_the_content_every_mail_is_sent_once_in_the_end(at, kills):
    hangs = Script(faults=(Fault(at=at, do=Do.HANG, times=None),))
    with FakeRelay(hangs) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), 40)
        for round_ in range(kills):
            with victim() as process:
                assert relay.wait(lambda ledger, n=round_: ledger.struck() > n * CONNECTIONS)
                kill(process)
        finish(message, relay)

        assert states(message) == {"sent": 40}
        nothing_lost_nothing_doubled(relay, message, 40)


@pytest.mark.shows("D3", "D5", "G1")
@pytest.mark.parametrize("at", [At.CONTENT, At.DOT])
def test_killed_before_the_answer_the_mail_is_unknown_and_not_sent_again(at):
    with FakeRelay(Script(faults=(Fault(at=at, do=Do.HANG, times=None, after=10),))) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), 40)
        with victim() as process:
            assert relay.wait(lambda ledger: ledger.struck() >= 1)
            kill(process)
        finish(message, relay)

        assert states(message)["unknown"] >= 1
        nothing_lost_nothing_doubled(relay, message, 40)


@pytest.mark.shows("D3", "D4", "G1")
@pytest.mark.parametrize("moment", ["on_mail", "on_answered"])
def test_killed_in_the_millisecond_of_the_answer_there_is_still_one_copy(moment):
    process = None

    def strike(mail):
        if mail.number == 17 and process is not None:
            os.kill(process.pid, signal.SIGKILL)

    with FakeRelay(**{moment: strike}) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), 60)
        with victim() as process:
            process.wait(30)
        finish(message, relay)

        nothing_lost_nothing_doubled(relay, message, 60)


@pytest.mark.shows("D5", "G1")
def test_killed_again_and_again_in_the_middle_of_a_list():
    count, chance = 1500, random.Random(7)
    with FakeRelay(Script(delay=0.003)) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), count)
        kills = 0
        while kills < KILLS and not is_done(message)():
            goal = len(relay.mails) + chance.randint(1, max(2, count // KILLS))
            with victim() as process:
                relay.wait_for_mails(min(goal, count - 20), 20)
                kill(process)
            kills += 1
        finish(message, relay)

        nothing_lost_nothing_doubled(relay, message, count, kills)
