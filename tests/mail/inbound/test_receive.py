"""What incoming mail does to our copies, and what forged mail does not."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection, transaction

from relance.lib import tokens
from relance.mail.inbound import maildir, packing, receive
from relance.mail.models import Interaction, Mailbox, Message, Received, Recipient
from relance.mail.outbound import identity
from relance.people.models import Address, Suppression
from tests.mail.inbound.corpus import bounces, files, needs_corpus
from tests.mail.inbound.mails import mail, report
from tests.mail.returns import KEY, NOW, message, person, recipient

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)
VERP = "equipe+{}@helionne.example"


@pytest.fixture
def sent():
    return message()


@pytest.fixture
def eve(sent):
    return recipient(sent, person(1))


def ours(copy):
    """The Message-ID that its copy carried on the wire."""
    return identity.message_id(
        KEY, send_key=copy.message.send_key, normal=copy.normal, from_address="claire@helionne.example"
    )


def bounce_address(copy):
    return identity.envelope_sender(
        KEY, recipient_id=copy.pk, mailbox_address="equipe@helionne.example", bounce_domain=""
    )


def arrive(raw, now=LATER, box=None):
    stored = receive.store(box or Message.objects.first().mailbox, raw, now=now)
    return receive.interpret(stored.pk)


def life(copy):
    copy.refresh_from_db()
    return copy


def address(copy):
    return Address.objects.get(normal=copy.normal)


@pytest.mark.shows("R14", "R15", "MASS-08", "CAMP-06")
@pytest.mark.parametrize("by", ["the address it came to", "the address inside", "the message id"])
def test_a_hard_bounce_is_tied_to_its_copy_and_marks_the_address(sent, eve, by):
    headers = {"To": bounce_address(eve)} if by == "the address it came to" else {}
    inside = f"Return-Path: <{bounce_address(eve)}>" if by == "the address inside" else f"Message-ID: {ours(eve)}"

    got = arrive(report("failed", "5.1.1", recipient=eve.normal, returned="" if headers else inside, **headers))

    assert (got.kind, got.recipient_id) == ("bounce", eve.pk)
    assert (life(eve).bounce_kind, eve.bounced_at) == ("hard", LATER)
    assert address(eve).state == "bounced"
    assert Message.objects.values_list("bounced", "bounced_late").get() == (1, 1)


@pytest.mark.shows("R14", "D7")
def test_a_fault_of_ours_never_burns_the_address(sent, eve):
    arrive(report("failed", "5.7.1", "smtp; 550 5.7.1 blocked by policy", recipient=eve.normal, To=bounce_address(eve)))

    assert life(eve).bounce_kind == "soft"
    assert (address(eve).state, address(eve).soft_bounces) == ("valid", 0)


@pytest.mark.slow
@pytest.mark.shows("R14")
def test_soft_bounces_count_once_a_day_and_five_of_them_make_a_bounced_address(sent):
    eve = person(1)
    full = "smtp; 552 5.2.2 Mailbox full"
    copies = [recipient(message(f"mass:{number}"), eve) for number in range(2, 9)]

    for day, copy in enumerate(copies[:3]):
        arrive(report("failed", "5.2.2", full, copy.normal, To=bounce_address(copy)), now=NOW + timedelta(hours=day))
    once = address(copies[0]).soft_bounces
    for day, copy in enumerate(copies[3:], 2):
        arrive(report("failed", "5.2.2", full, copy.normal, To=bounce_address(copy)), now=NOW + timedelta(days=day))

    assert once == 1
    assert address(copies[0]).state == "bounced"


@pytest.mark.shows("R14")
@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")])
def test_delays_and_successes_change_nothing(sent, eve, action, status):
    got = arrive(report(action, status, "smtp; see below", recipient=eve.normal, To=bounce_address(eve)))

    assert got.recipient_id == eve.pk
    assert (life(eve).bounced_at, address(eve).state) == (None, "valid")
    assert Message.objects.values_list("bounced", "bounced_late").get() == (0, 0)


@pytest.mark.slow
@pytest.mark.shows("R15", "R17")
def test_a_thousand_forged_bounces_change_nothing(sent, eve):
    other = recipient(sent, person(2))
    forged = [tokens.verp(b"another key", number, "helionne.example", prefix="equipe") for number in range(40)]
    mangled = [bounce_address(eve).replace("+", f"+{letter}", 1)[: len(bounce_address(eve))] for letter in "abcdefghij"]
    ids = [
        tokens.message_id(b"another key", f"{sent.send_key} {eve.normal}", "helionne.example"),
        "<guess@helionne.example>",
    ]

    for number in range(1000):
        to = [*forged, *mangled][number % 50]
        id = [*ids, ours(other)][number % 3]
        arrive(report("failed", "5.1.1", recipient=eve.normal, returned=f"Message-ID: {id}\nX-Number: {number}", To=to))

    assert Address.objects.exclude(state="valid").count() == 0
    assert not Suppression.objects.exists()
    assert not Interaction.objects.exists()
    assert Received.objects.filter(kind="bounce", recipient=None).count() == 1000


@pytest.mark.shows("R15")
def test_a_bounce_that_comes_after_two_weeks_is_not_believed(sent, eve):
    got = arrive(report("failed", "5.1.1", recipient=eve.normal, To=bounce_address(eve)), now=NOW + timedelta(days=15))

    assert (got.recipient_id, life(eve).bounced_at) == (None, None)


@pytest.mark.shows("SEQ-08", "R11", "ENG-02")
def test_a_reply_of_the_person_is_a_reply_and_implies_opened(sent, eve):
    got = arrive(mail(sender=f"Ève <{eve.email.upper()}>", In_Reply_To=ours(eve)))

    assert (got.kind, got.recipient_id) == ("reply", eve.pk)
    assert (life(eve).replied_at, eve.first_opened_at) == (LATER, LATER)
    assert Message.objects.values_list("replied", "opened").get() == (1, 1)


@pytest.mark.shows("R11")
def test_a_colleague_of_the_same_company_may_answer_but_nobody_with_a_public_address(sent, eve):
    public = recipient(sent, person(2))
    Recipient.objects.filter(pk=public.pk).update(normal="eve.r@gmail.com", email="eve.r@gmail.com")
    public.refresh_from_db()

    arrive(mail(sender="Paul <paul@rouviere.example>", References=f"<x@y> {ours(eve)}"))
    arrive(mail(sender="Somebody <somebody@gmail.com>", References=ours(public)))

    assert life(eve).replied_at == LATER
    assert life(public).replied_at is None


@pytest.mark.shows("R11", "R4")
@pytest.mark.parametrize("sender", ["mallory@evil.example", "eve1@rouviere.example.evil.example", "", "eve1"])
def test_a_stranger_with_our_message_id_is_only_a_possible_reply(sent, eve, sender):
    got = arrive(mail(sender=sender, In_Reply_To=ours(eve)))

    assert (got.recipient_id, life(eve).replied_at) == (None, None)
    assert not Interaction.objects.exists()


@pytest.mark.shows("R11")
def test_a_guessed_message_id_is_no_reply(sent, eve):
    guessed = tokens.message_id(b"another key", f"{sent.send_key} {eve.normal}", "helionne.example")

    got = arrive(mail(sender=eve.email, In_Reply_To=guessed))

    assert (got.recipient_id, got.note) == (None, "no sign of a machine; answers something else")


@pytest.mark.shows("R12")
def test_an_answer_without_references_is_known_by_its_sender_for_a_while(sent, eve):
    soon = arrive(mail("Une question", sender=eve.email))
    late = arrive(mail("Une autre question", sender=eve.email), now=NOW + timedelta(days=40))

    assert (soon.recipient_id, late.recipient_id) == (eve.pk, None)


@pytest.mark.shows("R13", "SEQ-08", "G12")
def test_an_absence_is_noted_but_is_no_reply(sent, eve):
    got = arrive(
        mail(
            "Out of office: Votre étude",
            "Back on Monday.",
            sender=eve.email,
            To=bounce_address(eve),
            Auto_Submitted="auto-replied",
        )
    )

    assert (got.kind, got.recipient_id) == ("auto_reply", eve.pk)
    assert (life(eve).auto_replied_at, eve.replied_at, eve.first_opened_at) == (LATER, None, None)


@pytest.mark.shows("R14")
def test_a_complaint_opts_out_of_everything_by_the_signed_address_inside(sent, eve):
    raw = mail(
        "complaint",
        "--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x\n"
        f"Original-Mail-From: <{bounce_address(eve)}>\n\n--x--\n",
        sender="fbl@provider.example",
        Content_Type="multipart/report; report-type=feedback-report; boundary=x",
    )

    arrive(raw)

    assert Suppression.objects.values_list("normal", "scope", "route").get() == (eve.normal, "everything", "complaint")
    assert Message.objects.get().complained == 1


@pytest.mark.shows("UNSUB-04", "UNSUB-01")
def test_a_mail_to_the_unsubscribe_address_is_an_opt_out_whatever_it_says(sent, eve):
    to = tokens.unsubscribe_address(KEY, eve.pk, "helionne.example")

    got = arrive(mail("unsubscribe", "", sender="eve@elsewhere.example", To=to, Auto_Submitted="auto-replied"))

    assert got.kind == "unsubscribe"
    assert Suppression.objects.values_list("normal", "scope", "route").get() == (eve.normal, "marketing", "reply")


@pytest.mark.shows("R15")
def test_a_bounce_to_the_unsubscribe_address_unsubscribes_nobody(sent, eve):
    arrive(report("failed", "5.1.1", To=tokens.unsubscribe_address(KEY, eve.pk, "helionne.example")))

    assert not Suppression.objects.exists()


@pytest.mark.shows("R9")
def test_our_message_id_inside_a_strangers_attachment_does_nothing(sent, eve):
    raw = mail(
        "Regardez",
        "--y\n\nbonjour\n--y\nContent-Type: message/rfc822\n\n"
        f"Message-ID: {ours(eve)}\nTo: {eve.email}\n\nx\n--y--\n",
        sender="mallory@evil.example", Content_Type="multipart/mixed; boundary=y",
    )  # fmt: skip

    assert arrive(raw).recipient_id is None
    assert not Interaction.objects.exists()


@pytest.mark.shows("G7", "R3")
def test_the_same_mail_twice_and_read_twice_is_one(sent, eve):
    raw = mail(sender=eve.email, In_Reply_To=ours(eve))
    first = arrive(raw)

    arrive(raw)
    Received.objects.update(kind="")
    receive.interpret_waiting()

    assert Received.objects.get().pk == first.pk
    assert Interaction.objects.count() == 1
    assert Message.objects.values_list("replied", "opened").get() == (1, 1)


@pytest.mark.shows("R5")
def test_one_broken_statement_is_told_once_with_the_number_of_its_mails(sent, monkeypatch, caplog):
    box = Message.objects.get().mailbox
    for number in range(5):
        receive.store(box, mail(Message_ID=f"<{number}@x.example>"), now=LATER)

    def broken(*_args, **_more):
        raise KeyError("no such thing")

    monkeypatch.setattr(receive, "gist", broken)
    receive.interpret_waiting()

    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "KeyError at test_receive.py" in caplog.text
    assert "4 more mails could not be interpreted" in caplog.text
    assert caplog.text.count("Traceback") == 1
    assert set(Received.objects.values_list("kind", flat=True)) == {"failed"}


@pytest.mark.shows("R4")
def test_a_forged_twin_with_the_same_message_id_is_kept_apart(sent, eve):
    arrive(mail(sender=eve.email, In_Reply_To=ours(eve)))

    twin = arrive(mail(sender="mallory@evil.example", body="Something else", In_Reply_To=ours(eve)))

    assert twin.recipient_id is None
    assert Received.objects.filter(message_id="<a@rouviere.example>").count() == 2


class Folder:
    def __init__(self, path):
        self.path = path
        for name in ("new", "cur", "tmp"):
            (path / name).mkdir()

    def drop(self, name, raw):
        (self.path / "new" / name).write_bytes(raw)

    def names(self, where):
        return sorted(path.name for path in (self.path / where).iterdir())


@pytest.fixture
def folder(sent, tmp_path):
    sent.mailbox.maildir = str(tmp_path)
    sent.mailbox.save()
    return Folder(tmp_path)


@pytest.mark.shows("R14", "R2")
def test_a_maildir_is_read_once_and_its_files_move_when_they_are_stored(folder, eve):
    folder.drop("1.a.host", mail(sender=eve.email, In_Reply_To=ours(eve)))
    folder.drop("2.b.host", b"\0\xff nonsense")

    first, second = receive.read_maildirs(LATER), receive.read_maildirs(LATER)

    assert (first, second) == (2, 0)
    assert (folder.names("new"), folder.names("cur")) == ([], ["1.a.host:2,S", "2.b.host:2,S"])
    assert life(eve).replied_at == LATER
    assert Received.objects.exclude(kind="").count() == 2


@pytest.mark.shows("R2", "G7")
def test_what_breaks_between_storing_and_moving_doubles_nothing(folder, eve, monkeypatch):
    folder.drop("1.a.host", mail(sender=eve.email, In_Reply_To=ours(eve)))
    with monkeypatch.context() as broken:
        broken.setattr(maildir, "take", lambda path: (_ for _ in ()).throw(OSError("no space")))
        receive.read_maildirs(LATER)
    kept = folder.names("new")

    receive.read_maildirs(LATER)

    assert (kept, folder.names("new")) == (["1.a.host"], [])
    assert (Received.objects.count(), Interaction.objects.count()) == (1, 1)


@pytest.mark.shows("R2")
def test_what_cannot_be_interpreted_is_kept_and_keeps_no_other_back(folder, eve, monkeypatch):
    folder.drop("1.a.host", b"Subject: poison\n\nx")
    folder.drop("2.b.host", mail(sender=eve.email, In_Reply_To=ours(eve)))
    known = packing.classify
    monkeypatch.setattr(packing, "classify", lambda read: 1 // 0 if read.subject == "poison" else known(read))

    receive.read_maildirs(LATER)

    assert Received.objects.get(kind="failed").content == b"Subject: poison\n\nx"
    assert life(eve).replied_at == LATER


def test_a_mailbox_without_a_folder_is_no_trouble(sent):
    sent.mailbox.maildir = "/nonexistent/maildir"
    sent.mailbox.save()

    assert receive.read_maildirs(LATER) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("R2")
def test_a_mail_that_somebody_else_is_reading_is_left_to_them(sent, eve):
    stored = receive.store(sent.mailbox, mail(sender=eve.email, In_Reply_To=ours(eve)), now=LATER)
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM mail_received WHERE id = %s FOR UPDATE", [stored.pk])
            assert receive.interpret(stored.pk) is None
            cursor.execute("COMMIT")
    finally:
        other.close()

    assert receive.interpret(stored.pk).kind == "reply"


@pytest.mark.slow
@needs_corpus
@pytest.mark.shows("G7", "R7")
def test_real_mail_is_stored_byte_for_byte_and_a_second_reading_adds_nothing(sent):
    mails = [path.read_bytes() for path in files("malformed")] + [raw for _, raw, _ in bounces()]

    for _ in range(2):
        for raw in mails:
            arrive(raw)

    kept = {received.key: received for received in Received.objects.all()}
    assert {sha256(raw).hexdigest() for raw in mails} == set(kept)
    assert all(sha256(received.content).hexdigest() == key for key, received in kept.items())
    assert not Received.objects.filter(kind__in=["", "failed"]).exists()
    assert not Address.objects.exclude(state="valid").exists()


@pytest.mark.shows("R3")
def test_one_answer_in_two_mailboxes_is_noted_once(sent, eve):
    other = Mailbox.objects.create(name="Maud", address="maud@helionne.example", host="127.0.0.1")
    answer = mail(sender=eve.normal, In_Reply_To=ours(eve))

    arrive(answer)
    arrive(b"Delivered-To: maud@helionne.example\n" + answer, box=other)

    assert Received.objects.filter(recipient=eve).count() == 2
    assert Interaction.objects.filter(recipient=eve, kind="reply").count() == 1
