"""Opt-outs at random moments of a running mass mail: no mail begins after one is confirmed (G5, D19)."""

from __future__ import annotations

import random
import time

import pytest

from relance.mail.models import Recipient
from relance.mail.transport.fake import FakeRelay, Script
from relance.people.actions import note_bounce, opt_out
from relance.people.suppression import Wish
from tests.mail.outbound.engine import NOW, counters, dispatcher, is_done, launched, mailbox, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("D19", "G5", "UNSUB-02")]
REASONS = {"opted_out", "complained", "bounced"}


def leaves(normal: str, number: int) -> None:
    """One of the ways in which an address goes out of bounds."""
    match number % 4:
        case 0:
            opt_out(Wish(normal=normal, route="page", at=NOW))
        case 1:
            opt_out(Wish(normal=normal, route="one_click", at=NOW))
        case 2:
            opt_out(Wish(normal=normal, route="complaint", scope="everything", at=NOW))
        case _:
            note_bounce(normal, hard=True, why="5.1.1", recipient_id=None, now=NOW)


@pytest.mark.slow
def test_no_mail_begins_after_its_person_has_left(request):
    opt_outs = request.config.getoption("--opt-outs")
    count, chance = 6 * opt_outs, random.Random(7)
    order = chance.sample(range(count), opt_outs)
    confirmed: dict[str, float] = {}
    with FakeRelay(Script(delay=0.01)) as relay:
        message = launched(mailbox(relay.port), count)
        with dispatcher():
            for number, chosen in enumerate(order):
                normal = f"person{chosen}@client.test"
                relay.wait_for_mails(number * 3 + chance.randint(0, 3))
                leaves(normal, number)
                confirmed[normal] = time.monotonic()
            until(is_done(message))

        late = [mail.recipient for mail in relay.mails if mail.started_at > confirmed.get(mail.recipient, float("inf"))]
        spared = Recipient.objects.filter(message=message, state="refused")
        assert late == []
        assert set(relay.copies.values()) == {1}
        assert len(relay.mails) + spared.count() == count
        assert set(spared.values_list("normal", flat=True)) <= set(confirmed)
        assert set(spared.values_list("refused_because", flat=True)) <= REASONS
        assert counters(message) == {"total": count, "sent": len(relay.mails), "refused": spared.count()}
        print(f"\n{opt_outs} opt-outs among {count}: {spared.count()} mails spared, {len(late)} late")
