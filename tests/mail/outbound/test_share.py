"""Several processes share a mailbox: together they open what it allows, and each copy leaves once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from relance.mail.jobs import _connector
from relance.mail.models import Mailbox, Message
from relance.mail.outbound.desk import Desk
from relance.mail.outbound.share import Share, each_of, share_of
from relance.mail.transport.fake import At, FakeRelay, Fault, Script
from tests.mail.outbound.engine import QUICK, RECENT, counters, dispatcher, is_done, launched, mailbox, states, until


@pytest.mark.parametrize("of", [1, 2, 3, 4])
@pytest.mark.parametrize("allowed", [1, 2, 3, 4, 5, 32])
def test_the_shares_of_a_mailbox_are_its_connections_exactly(of, allowed):
    for mailbox_id in range(8):
        shares = [Share(number=number, of=of).connections(mailbox_id, allowed) for number in range(1, of + 1)]

        assert sum(shares) == allowed
        assert max(shares) - min(shares) <= 1


def test_mailboxes_of_one_connection_are_spread_over_the_processes():
    whose = {number: {box for box in range(8) if Share(number=number, of=2).connections(box, 1)} for number in (1, 2)}

    assert [len(boxes) for boxes in whose.values()] == [4, 4]


@pytest.mark.parametrize("words", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_share_that_is_none_is_refused(words):
    with pytest.raises(ValueError, match=r".*"):
        share_of(words)


@pytest.mark.shows("D7")
@pytest.mark.parametrize(
    ("sharers", "each"), [(1, 10), (2, 5), (3, 4), (4, 3), (5, 2), (9, 2)],
)  # fmt: skip
def test_processes_that_share_a_mailbox_pass_no_more_refusals_together_than_one_alone(sharers, each):
    assert each_of(10, sharers) == each
    assert sharers * (each - 1) + 1 <= 10


@pytest.mark.parametrize(("words", "allowed", "sharers"), [("1/1", 4, 1), ("2/3", 4, 3), ("1/3", 2, 2), ("3/3", 0, 1)])
def test_a_mailbox_is_shared_by_those_who_have_connections_of_it(words, allowed, sharers):
    share = share_of(words)
    of = [replace(share, number=number).connections(7, allowed) for number in range(1, share.of + 1)]

    assert share.sharers(allowed) == sharers == len([each for each in of if each])


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("D7")
def test_two_processes_pause_a_message_that_the_relay_refuses_for_our_sake():
    with FakeRelay(Script(faults=(Fault(at=At.MAIL, reply="553 5.7.1 Not your sender", times=None),))) as relay:
        message = launched(mailbox(relay.port, connections=2), 300)

        with dispatcher(share=share_of("1/2")), dispatcher(share=share_of("2/2")):
            until(lambda: Message.objects.get().state == "paused")
            until(lambda: not {"leased", "in_data"} & states(message).keys())

        assert states(message)["failed"] < 30


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("allowed", [1, 3])
def test_two_processes_together_open_no_more_connections_than_the_mailbox_allows(allowed):
    with FakeRelay() as relay:
        message = launched(mailbox(relay.port, connections=allowed), 250)

        with dispatcher(share=share_of("1/2")), dispatcher(share=share_of("2/2")):
            until(is_done(message))

        assert relay.ledger.most_at_once == allowed
        assert set(relay.copies.values()) == {1}
        assert counters(message) == {"total": 250, "sent": 250}


@pytest.mark.django_db(transaction=True)
def test_a_pause_is_ended_only_by_a_process_that_has_seen_it():
    until_then = RECENT
    box = mailbox(25, state="working", state_code="busy", paused_until=until_then)

    async def works(*, seen):
        desk = Desk(_connector(), lease=QUICK.lease)
        await desk.mailbox_works(box.pk, seen=seen)
        await desk.close()
        return await Mailbox.objects.aget(pk=box.pk)

    assert asyncio.run(works(seen=None)).paused_until == until_then
    assert asyncio.run(works(seen=until_then)).paused_until is None
