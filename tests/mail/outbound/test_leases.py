"""The row of a lease is the fence: what has entered stays on its way, what was taken back may not enter any more."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from relance.mail import actions
from relance.mail.models import Lease, Recipient
from relance.mail.outbound.commits import PASS
from relance.mail.outbound.recipients import Refusal
from relance.people.models import Suppression
from tests.mail.outbound.engine import NOW, launched, mailbox, states

TOKEN = UUID("11111111-2222-4333-8444-555555555555")


def leased(message, *, entered=(), seconds=60) -> list[int]:
    """All copies of a message under one lease; their ids by place."""
    ids = list(message.recipients.order_by("pk").values_list("pk", flat=True))
    message.recipients.update(state="leased", lease_token=TOKEN)
    Lease.objects.create(
        token=TOKEN, until=timezone.now() + timedelta(seconds=seconds), messages=[message.pk], recipients=ids,
        entered=list(entered), taken=[], revoked=[],
    )  # fmt: skip
    return ids


def passing(message, places, *, taken=()) -> Lease:
    """What the lease says after these places have asked to enter."""
    normals = dict(enumerate(message.recipients.order_by("pk").values_list("normal", flat=True)))
    values = [
        [TOKEN] * len(places), list(places), [message.pk] * len(places),
        "\x01".join(normals[place] for place in places),
        [TOKEN] * len(taken), list(taken), "60 seconds",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(re.sub(r"\$\d", "%s", PASS), values)  # each stands there once, in this order
    return Lease.objects.get()


@pytest.fixture
def message(db):
    return launched(mailbox(2525), 5)


@pytest.mark.shows("D19", "D3")
def test_whoever_opted_out_does_not_enter_beside_those_who_do(message):
    leased(message)
    Suppression.objects.create(normal="person1@client.test", scope="everything", route="page", at=NOW)

    lease = passing(message, [0, 1, 2])
    assert sorted(lease.entered) == [0, 2]

    lease = passing(message, [3], taken=[2, 0])
    assert (sorted(lease.entered), sorted(lease.taken)) == ([0, 2, 3], [0, 2])


@pytest.mark.shows("D15")
def test_nobody_enters_under_a_lease_that_has_lapsed_and_what_was_taken_is_noted_all_the_same(message):
    leased(message, entered=[0], seconds=-1)

    lease = passing(message, [1], taken=[0])

    assert (lease.entered, lease.taken) == ([0], [0])
    assert lease.until < timezone.now()


@pytest.mark.shows("D17")
@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_nobody_enters_for_a_mail_that_is_not_sent_any_more(message, state):
    leased(message)
    type(message).objects.update(state=state)

    assert passing(message, [0, 1]).entered == []


@pytest.mark.shows("D17", "MASS-06")
def test_a_stop_takes_back_what_has_not_entered_and_leaves_the_rest_on_its_way(message):
    ids = leased(message, entered=[1])

    assert actions.stop(message, now=NOW) == 4

    assert states(message) == {"leased": 1, "cancelled": 4}
    assert Recipient.objects.get(state="leased").pk == ids[1]
    type(message).objects.update(state="sending")  # as if the group commit had looked a moment before the stop
    lease = passing(message, [0, 2, 3, 4])
    assert (sorted(lease.revoked), lease.entered) == ([0, 2, 3, 4], [1])


@pytest.mark.shows("UNSUB-05", "D19")
def test_a_leased_copy_that_is_left_out_may_not_enter_any_more(message):
    ids = leased(message, entered=[1])

    assert actions.leave_out([ids[0], ids[1]], Refusal.OPTED_OUT) == 1

    assert states(message) == {"leased": 4, "refused": 1}
    assert sorted(passing(message, [0, 2]).entered) == [1, 2]
    message.refresh_from_db()
    assert message.refused == 1
