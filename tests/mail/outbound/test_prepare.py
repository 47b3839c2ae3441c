"""A leased recipient's copy: what many share is put together once, and each reads as the plain way writes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relance.lib import tokens
from relance.mail.outbound import identity
from relance.mail.outbound.due import Due, Mail, Sender, moment
from relance.mail.outbound.prepare import Press
from relance.mail.outbound.render import Content, Envelope, Setting, TrackMode, compile_content
from tests.mail import oracle
from tests.mail.outbound.test_render import CATALOGUE, EDGE, HTML, KEY

TEXT = compile_content(
    Content(subject="Bonjour {Person.firstName}", html=HTML),
    Setting(edge=EDGE, key=KEY, catalogue=CATALOGUE, language="fr", list_headers=True),
)
VALUES = {"Person.firstName": "Hélène", "Account.name": "Radium", "Deal.amount": None, "User.signature": "<b>Ève</b>"}
SENDER = Sender(id=1, address="eve@radium.fr", bounce_domain="retours.radium.fr", hears_back=True)
BEGINS = 1_790_000_000


def mail(**changes):
    facts = {
        "id": 1, "kind": "mass", "state": "sending", "send_key": "mass:1", "priority": 5, "content_id": 5,
        "deliver_at": datetime(2026, 3, 27, tzinfo=UTC), "opt_out_link": True, "from_choice": "sender",
        "reply_choice": "sender", "wanted": True, "track_opens": True, "tracking": "track_by_default",
        "in_reply_to": "", "references": "", "shown_to": None, "shown_cc": None, "sender_name": "Ève Martin",
        "sender_email": "eve@radium.fr", "sender_active": True, "house_name": "Radium", "house_email": "",
        "house_tracking": "off", "retry_hours": 48,
    }  # fmt: skip
    return Mail(**facts | changes)


def due(of, id, *, email="marie@exemple.fr", name="Marie Curie", owner=(None, None), consent="unknown"):
    return Due(
        id, of.id, email, email, name, True, 0, BEGINS, *owner, consent, None, False, None, of, TEXT, "token", 0, VALUES
    )


@pytest.mark.shows("S3", "D6", "D23", "MASS-02", "ZMM-13")
@pytest.mark.parametrize(
    ("changes", "owner", "consent", "from_", "reply_to", "mode"),
    [
        ({}, (None, None), "unknown", ("Ève Martin", "eve@radium.fr"), None, TrackMode.FULL),
        ({}, (None, None), "denied", ("Ève Martin", "eve@radium.fr"), None, TrackMode.NONE),
        (
            {"from_choice": "owner"}, ("Paul L.", "paul@radium.fr"), "granted",
            ("Paul L.", "paul@radium.fr"), ("Ève Martin", "eve@radium.fr"), TrackMode.FULL,
        ),
        (
            {"reply_choice": "organisation", "house_email": "bureau@radium.fr", "references": "<a@b> <c@d>"},
            (None, None), "unknown", ("Ève Martin", "eve@radium.fr"), ("Radium", "bureau@radium.fr"), TrackMode.FULL,
        ),
    ],
)  # fmt: skip
def test_a_copy_reads_as_the_plain_way_writes_it(changes, owner, consent, from_, reply_to, mode):
    of = mail(**changes)
    press = Press(of, SENDER, KEY)
    press.copy(due(of, 6, owner=("Somebody", "else@radium.fr")))

    copy = press.copy(due(of, 7, owner=owner, consent=consent))

    plain = Envelope(
        sender=from_,
        reply_to=reply_to,
        to=(("Marie Curie", "marie@exemple.fr"),),
        message_id=identity.message_id(KEY, send_key="mass:1", normal="marie@exemple.fr", from_address=from_[1]),
        date=moment(BEGINS),
        recipient_id=7,
        content_id=5,
        mode=mode,
        references=of.thread,
        unsubscribe_mailto=tokens.unsubscribe_address(KEY, 7, "retours.radium.fr"),
    )
    assert copy.letter.content == TEXT.render(VALUES, plain)
    people, alone, parts = oracle.read(oracle.write(TEXT, VALUES, plain))
    assert oracle.read(copy.letter.content)[0] == people
    assert oracle.read(copy.letter.content)[2] == parts
    assert alone["Message-ID"].encode() in copy.letter.content
    assert tokens.read_verp(KEY, copy.letter.sender) == 7
    assert copy.letter.recipient == "marie@exemple.fr"
    assert copy.track is mode


@pytest.mark.shows("R16")
def test_a_notification_has_no_sender_to_bounce_to():
    of = mail(kind="notification")

    letter = Press(of, SENDER, KEY).copy(due(of, 7)).letter

    assert letter.sender == ""
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in letter.content
    assert b"mailto:unsubscribe" not in letter.content


@pytest.mark.shows("D25")
def test_an_address_that_cannot_be_written_fails_alone():
    of = mail()
    press = Press(of, SENDER, KEY)

    with pytest.raises(ValueError, match="address"):
        press.copy(due(of, 7, email="hélène@exemple.fr"))
    with pytest.raises(ValueError, match="address"):
        press.copy(due(of, 8, email="marie curie@exemple.fr"))

    assert press.copy(due(of, 9)).letter.recipient == "marie@exemple.fr"
