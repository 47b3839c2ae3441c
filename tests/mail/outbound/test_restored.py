"""A real dump, restored into another server, sends nothing until somebody says so (D16, G19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relance.mail.models import Message
from relance.mail.transport.fake import FakeRelay, Script
from tests.mail.outbound.engine import NOW, dispatcher, is_done, launched, mailbox, until
from tests.mail.outbound.killed import nursery
from tests.mail.outbound.own_database import own_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.shows("D16", "G19")]
LIVES = "SELECT kind, m.state, state_why, count(*) FROM mail_message m JOIN mail_recipient r ON r.message_id = m.id"


def test_a_restored_dump_sends_nothing_of_any_kind():
    with FakeRelay(Script(delay=0.002)) as relay:
        box = mailbox(relay.port)
        first = launched(box, 5)
        with dispatcher():
            until(is_done(first))
        for number, kind in enumerate(("personal", "mass", "sequence")):
            launched(box, 3, start=10 * (number + 1), key=f"{kind}:2", kind=kind)
        later = launched(box, 1, start=90, key="mass:later", deliver_at=NOW + timedelta(days=3650))
        with own_database() as copy, nursery(copy.url) as dispatchers:
            for _ in range(2):
                victim = dispatchers.victim()
                until(lambda: copy.ask("SELECT count(*) FROM mail_message WHERE state_why = 'restored'") == [(3,)])
                until(lambda: copy.ask("SELECT seen_at > now() - interval '1 second' FROM mail_outbox") == [(True,)])
                victim.kill()
            lives = copy.ask(f"{LIVES} WHERE m.send_key LIKE '%:2' GROUP BY 1, 2, 3 ORDER BY 1")

        assert lives == [(kind, "paused", "restored", 3) for kind in ("mass", "personal", "sequence")]
        assert len(relay.mails) == 5
        assert Message.objects.get(pk=later.pk).state == "sending"

        with dispatcher():  # where the data come from, it goes on
            assert relay.wait_for_mails(14)
        assert set(relay.copies.values()) == {1}
