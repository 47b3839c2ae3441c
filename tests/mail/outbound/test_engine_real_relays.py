"""Ten thousand mails through the relays of Debian: none lost, none doubled."""

from __future__ import annotations

import pytest

from relance.mail.outbound.manners import Manners
from tests.mail.outbound.engine import counters, dispatcher, is_done, launched, mailbox, states, until
from tests.mail.outbound.relays import postfix, sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MANY = 10_000


@pytest.mark.shows("G1", "MASS-08")
def test_ten_thousand_through_smtp_sink():
    with sink() as relay:
        message = launched(mailbox(relay.port, connections=8), MANY)
        with dispatcher(Manners()):
            until(is_done(message), 300)

        assert states(message) == {"sent": MANY}
        assert counters(message) == {"total": MANY, "sent": MANY}
        copies = relay.copies()
        assert len(copies) == MANY
        assert set(copies.values()) == {1}


@pytest.mark.shows("G1", "MASS-08")
def test_ten_thousand_through_postfix():
    with postfix() as relay:
        message = launched(mailbox(relay.port, connections=8), MANY)
        with dispatcher(Manners()):
            until(is_done(message), 300)
        until(lambda: relay.delivered() == MANY, 120)

        assert states(message) == {"sent": MANY}
        copies = relay.copies()
        assert len(copies) == MANY
        assert set(copies.values()) == {1}
