"""The database is restarted under a running mass mail: nothing lost, nothing doubled, nothing to be done (G3)."""

from __future__ import annotations

import signal

import pytest

from relance.mail.transport.fake import FakeRelay, Script
from tests.mail.outbound.engine import launched, mailbox, until
from tests.mail.outbound.killed import nursery
from tests.mail.outbound.own_database import own_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.shows("D13", "G3")]
CONNECTIONS = 4
HOW = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
LIVES = "SELECT state, count(*) FROM mail_recipient GROUP BY state"
COUNTED = "SELECT state, total, sent, failed, unknown FROM mail_message"


def test_restarts_of_the_database_lose_and_double_nothing(request):
    restarts = request.config.getoption("--restarts")
    count = 10_000 if restarts > 5 else 1500
    with FakeRelay(Script(delay=0.003)) as relay:
        launched(mailbox(relay.port, connections=CONNECTIONS), count)
        with own_database() as database, nursery(database.url) as victims:
            victims.victim()
            for number in range(restarts):
                assert relay.wait_for_mails((number + 1) * (count - 200) // (restarts + 1), 120)
                database.restart(HOW[number % len(HOW)])
            until(lambda: database.ask(COUNTED)[0][0] == "done", 180)
            lives, [(_, total, sent, failed, unknown)] = dict(database.ask(LIVES)), database.ask(COUNTED)

        assert set(relay.copies.values()) == {1}
        assert (total, failed) == (count, 0)
        assert {"sent": sent, "unknown": unknown} == {"unknown": 0, **lives}
        assert sent + unknown == count
        assert sent <= len(relay.mails) <= count
        assert unknown <= 2 * CONNECTIONS * restarts
        print(f"\n{restarts} restarts, {count} recipients: {len(relay.mails)} at the relay, {lives}")
