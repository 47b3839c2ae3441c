"""What ended unknown is settled by evidence, rightly each time, and never called failed without any (G2, QUALITY 5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from relance.campaigns import unknown
from relance.campaigns.models import MassMail
from relance.mail import actions, reconcile
from relance.mail.inbound import receive
from relance.mail.models import Folder, Location, Message, Recipient
from relance.mail.outbound import identity
from relance.mail.reconcile import Found
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.schedule import CHORES
from relance.team.actions import add_user
from tests.mail.inbound.mails import mail, report
from tests.mail.returns import KEY, NOW, message, person, recipient

pytestmark = [pytest.mark.django_db, pytest.mark.shows("G2", "D3", "D4")]
SOON, LATER, LATEST = NOW + timedelta(minutes=2), NOW + timedelta(hours=3), NOW + timedelta(hours=4)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
OLD_CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.1.1 Safari/537.36"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel)"
STRANGER = "Mallory <mallory@elsewhere.example>"


@pytest.fixture
def eve(db):
    """A copy that ended unknown, and has been noticed as such."""
    sent = message(unknown=1, total=1)
    copy = recipient(sent, person(1), state="unknown")
    reconcile.reconcile(NOW)
    return copy


def arrives(build):
    def do(copy):
        receive.interpret(receive.store(copy.message.mailbox, build(copy), now=LATER).pk)

    return do


def hits(kind, agent=FIREFOX, at=LATER, **fields):
    def do(copy):
        hit = Hit(id=uuid4(), kind=HitKind(kind), at=at, recipient_id=copy.pk, method="GET", user_agent=agent, **fields)
        with transaction.atomic(), connection.cursor() as cursor:
            note(cursor, [hit])

    return do


def ours(copy):
    return identity.message_id(
        KEY, send_key=copy.message.send_key, normal=copy.normal, from_address="claire@helionne.example"
    )


def bounces_to(copy, key=KEY):
    address = copy.message.mailbox.address
    return identity.envelope_sender(key, recipient_id=copy.pk, mailbox_address=address, bounce_domain="")


def dsn(action, status, **more):
    return lambda copy: report(action, status, recipient=copy.normal, To=bounces_to(copy), **more)


def answer(sender=None, **headers):
    return lambda copy: mail(sender=sender or f"Ève <{copy.normal}>", In_Reply_To=ours(copy), **headers)


def complaint(copy):
    return mail(
        "Complaint",
        "--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x\n"
        f"\n--x\nContent-Type: message/rfc822\n\nReturn-Path: <{bounces_to(copy)}>\n"
        f"Message-ID: {ours(copy)}\n\nx\n--x--\n",
        sender="feedback@isp.example",
        Content_Type="multipart/report; report-type=feedback-report; boundary=x",
    )  # fmt: skip


def in_sent(copy):
    reconcile.settle_found(copy.message.mailbox, [Found(message_id=ours(copy), folder="Sent")], now=LATER)


def another_in_sent(copy):
    found = [Found(message_id="<r.abc@helionne.example>", folder="Sent")]
    reconcile.settle_found(copy.message.mailbox, found, now=LATER)


SENT, BOUNCED, UNKNOWN = {"sent": 1}, {"sent": 1, "bounced": 1, "bounced_late": 1}, {"unknown": 1}
OPENED = {"sent": 1, "opened": 1}
CASES = {
    "an answer": (arrives(answer()), OPENED | {"replied": 1}),
    "an automatic answer": (arrives(answer(Auto_Submitted="auto-replied")), SENT),
    "a report of failure, dead address": (arrives(dsn("failed", "5.1.1")), BOUNCED),
    "a report of failure, full mailbox": (
        arrives(dsn("failed", "5.2.2", diagnostic="smtp; 552 5.2.2 full")),
        BOUNCED,
    ),
    "a report of failure by its Message-ID": (
        arrives(lambda copy: report("failed", "5.1.1", recipient=copy.normal, returned=f"Message-ID: {ours(copy)}")),
        BOUNCED,
    ),
    "a report of delay": (arrives(dsn("delayed", "4.4.1", diagnostic="smtp; 451 later")), SENT),
    "a report of delivery": (arrives(dsn("delivered", "2.0.0", diagnostic="smtp; 250 ok")), SENT),
    "a complaint": (arrives(complaint), SENT | {"opted_out": 0, "complained": 1}),
    "a click of a person": (hits("click", link=1), OPENED | {"clicked": 1}),
    "an opening by a person": (hits("open"), OPENED),
    "an opening, unsure": (hits("open", OLD_CHROME), SENT),
    "an opt-out": (hits("opt_out", detail={"scope": "marketing", "route": "one_click"}), SENT | {"opted_out": 1}),
    "a machine, long after": (hits("open", SCANNER), SENT),
    "found in the folder Sent": (in_sent, SENT),
    "nothing": (lambda copy: None, UNKNOWN),
    "a machine, at once": (hits("click", SCANNER, at=SOON, link=1), UNKNOWN),
    "an answer of a stranger": (arrives(answer(sender=STRANGER)), UNKNOWN),
    "a forged report": (
        arrives(lambda copy: report("failed", "5.1.1", recipient=copy.normal, To=bounces_to(copy, key=b"theirs"))),
        UNKNOWN,
    ),
    "a stranger's Message-ID in the folder Sent": (another_in_sent, UNKNOWN),
    "a report about somebody else": (arrives(lambda _: report("failed", "5.1.1")), UNKNOWN),
}


@pytest.mark.parametrize("case", CASES)
def test_an_unknown_copy_is_settled_by_evidence_only_and_counted_once(case, eve):
    happens, expected = CASES[case]

    happens(eve)
    reconcile.reconcile(LATEST)
    reconcile.reconcile(LATEST)

    eve.refresh_from_db()
    counted = Message.objects.values(
        "sent",
        "failed",
        "unknown",
        "bounced",
        "bounced_late",
        "opened",
        "clicked",
        "replied",
        "opted_out",
        "complained",
    ).get()
    assert Counter(counted) == Counter(expected)
    assert eve.state == ("unknown" if expected is UNKNOWN else "sent")
    assert (eve.sent_at is None) == (eve.state == "unknown")


def test_evidence_keeps_its_reason_in_words(eve):
    hits("click", link=1)(eve)

    assert reconcile.reconcile(LATEST) == 1

    eve.refresh_from_db()
    assert eve.refused_detail == "A link in it was followed, so it left."


def test_a_copy_that_a_person_sends_again_is_doubted_anew(eve):
    assert Recipient.objects.get().doubted_at == NOW

    actions.resend_unknown(eve, now=LATER)

    assert Recipient.objects.get().doubted_at is None


@pytest.mark.shows("D3")
def test_the_owner_is_asked_after_a_day_without_evidence(eve):
    Message.objects.update(send_key="mass:1")
    mass_mail = MassMail.objects.create(
        name="Aides 2027", module="lead", state="launched", message=eve.message, creator=eve.message.sender,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    other = add_user(email="yann@helionne.example", name="Yann", role="salesperson")

    early = unknown.asking(mass_mail.creator, now=NOW + timedelta(hours=23))
    due = unknown.asking(mass_mail.creator, now=NOW + timedelta(hours=25))

    assert early == []
    assert due == [unknown.Asked(mass_mail=mass_mail, copies=1, since=NOW)]
    assert unknown.asking(other, now=NOW + timedelta(hours=25)) == []


@pytest.mark.shows("G2", "INBOX-03")
@pytest.mark.parametrize(("role", "state"), [("sent", "sent"), ("other", "unknown")])
def test_a_copy_that_lies_in_the_sent_folder_of_its_mailbox_has_left(eve, role, state):
    box = eve.message.mailbox
    folder = Folder.objects.create(mailbox=box, name=b"Sent", title="Sent", role=role)
    mine = receive.store(box, mail(sender=box.address, Message_ID=ours(eve).upper()), now=LATER)
    receive.interpret(mine.pk)
    Location.objects.create(folder=folder, uid=1, size=1, received=mine)

    reconcile.reconcile(LATEST)

    eve.refresh_from_db()
    assert eve.state == state


def test_the_schedule_looks_every_five_minutes():
    assert [chore.every for chore in CHORES if chore.run is reconcile.reconcile] == [300]
