"""A personal mail on the wire: in its thread, with its files, a copy for each, all names shown."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from relance.mail import actions, answering, contents, files
from relance.mail.actions import Addressee, Draft
from relance.mail.files import Given
from relance.mail.models import Attachment, Recipient, SavedDraft
from relance.mail.templates import Parts
from relance.mail.transport.fake import FakeRelay
from tests.mail.outbound.engine import NOW, PAST, dispatcher, is_done, launched, mailbox, seller, states, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    return tmp_path


def attached(data: bytes = b"the contract", name: str = "contrat.pdf") -> list[Attachment]:
    draft = SavedDraft.objects.create(author=seller(), created_at=NOW, updated_at=NOW)
    file = files.keep(Given(name=name, content_type="application/pdf", data=data), now=NOW)
    return [
        Attachment.objects.create(
            draft=draft, number=1, file=file, name=name, content_type="application/pdf", created_at=NOW
        )
    ]


def letter(box, *, key: str = "draft:1", attachments=(), **values) -> Draft:
    parts = Parts(subject="Your {contract}", html="<p>Sign {Person.firstName} here</p>", is_literal=True)
    content = contents.freeze(parts, list_headers=False, footer=False, attachments=attachments)
    settings = {"kind": "personal", "send_key": key, "content": content, "mailbox": box, "sender": seller()}
    return Draft(**{**settings, "deliver_at": PAST, "tracking": "track_by_default", **values})


def to(*names: str) -> list[Addressee]:
    return [Addressee(email=f"{n}@client.test", normal=f"{n}@client.test", name=n, person_id=None) for n in names]


def read(mail):
    return message_from_bytes(mail.content, policy=policy.default)


@pytest.mark.shows("SEQ-07", "ENG-01")
def test_a_mail_goes_on_in_the_thread_of_a_copy_of_ours():
    with FakeRelay() as relay, dispatcher():
        box = mailbox(relay.port)
        first = actions.send_to(letter(box), to("eve"), now=NOW)
        until(is_done(first))
        thread = answering.after_copy(Recipient.objects.get())
        wanted = letter(box, key="draft:2", in_reply_to=thread.in_reply_to, references=thread.references)

        until(is_done(actions.send_to(wanted, to("eve"), now=NOW)))

    one, two = map(read, relay.mails)
    assert two["In-Reply-To"] == one["Message-ID"] == answering.message_id_of(Recipient.objects.get(message=first))
    assert two["References"] == one["Message-ID"]
    assert one["References"] is None


@pytest.mark.shows("ENG-02", "D365-02")
def test_each_of_several_recipients_gets_her_own_copy_and_sees_the_others():
    with FakeRelay() as relay, dispatcher():
        shown = [("Eve", "eve@client.test"), ("Hélène", "helene@client.test")]
        wanted = letter(mailbox(relay.port), shown_to=shown, shown_cc=[("", "max@client.test")])

        until(is_done(actions.send_to(wanted, to("eve", "helene", "max", "hidden"), now=NOW)))

    assert sorted(mail.recipient for mail in relay.mails) == [
        "eve@client.test", "helene@client.test", "hidden@client.test", "max@client.test",
    ]  # fmt: skip
    assert {read(mail)["To"] for mail in relay.mails} == {"Eve <eve@client.test>, Hélène <helene@client.test>"}
    assert {read(mail)["Cc"] for mail in relay.mails} == {"max@client.test"}
    assert not any(b"hidden@" in mail.content for mail in relay.mails)
    assert len({mail.message_id for mail in relay.mails}) == 4


@pytest.mark.shows("ENG-07", "X7")
def test_a_file_travels_whole_and_what_was_typed_is_never_a_placeholder():
    data = bytes(range(256)) * 400
    with FakeRelay() as relay, dispatcher():
        wanted = letter(mailbox(relay.port), attachments=attached(data, "../Contrat signé.pdf"))

        until(is_done(actions.send_to(wanted, to("eve"), now=NOW)))

    mail = read(relay.mails[0])
    (file,) = mail.iter_attachments()
    assert file.get_content() == data
    assert "/" not in file.get_filename()
    assert mail["Subject"] == "Your {contract}"
    assert "{Person.firstName}" in mail.get_body(("html",)).get_content()


@pytest.mark.shows("D25")
@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_file_that_cannot_be_read_fails_its_mail_with_a_reason_and_the_rest_go_on(shelf, damage):
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        broken = actions.send_to(letter(box, attachments=attached()), to("eve"), now=NOW)
        (path,) = [each for each in shelf.rglob("*") if each.is_file()]
        path.unlink() if damage == "gone" else path.write_bytes(b"the contrary")
        others = launched(box, 30)
        with dispatcher():
            until(is_done(broken))
            until(is_done(others))

    assert states(broken) == {"failed": 1}
    assert "contrat.pdf cannot be read" in Recipient.objects.get(message=broken).reply_text
    assert states(others) == {"sent": 30}


@pytest.mark.shows("R16")
def test_a_notification_has_the_null_sender_and_says_that_a_machine_wrote_it():
    with FakeRelay() as relay, dispatcher():
        wanted = letter(mailbox(relay.port), kind="notification", track=False)

        until(is_done(actions.send_to(wanted, to("eve"), now=NOW)))

    assert relay.mails[0].sender == ""
    assert read(relay.mails[0])["Auto-Submitted"] == "auto-generated"
    assert read(relay.mails[0])["List-Unsubscribe"] is None
