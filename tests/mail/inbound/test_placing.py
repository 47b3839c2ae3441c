"""What the mail client shows of a mail: its outline, its thread, whose it is, and who may read it."""

from datetime import UTC, datetime, timedelta

import pytest

from relance import events
from relance.mail.inbound import outline, placing, receive, threads
from relance.mail.models import Mailbox, Received, Thread, ThreadKey
from relance.people.models import Address, Person
from relance.team.actions import add_user
from relance.team.models import Grant, Level, Team
from relance.team.policy import ensure_roles
from tests.mail.inbound.mails import mail
from tests.mail.inbound.test_receive import ours
from tests.mail.returns import NOW, message, person, recipient

LATER = NOW + timedelta(days=2)


@pytest.mark.shows("R6")
@pytest.mark.parametrize(
    ("written", "stands"),
    [
        (NOW, NOW),
        (NOW - timedelta(days=6), NOW - timedelta(days=6)),
        (NOW - timedelta(days=8), NOW),
        (NOW + timedelta(minutes=30), NOW),
        (NOW + timedelta(days=2), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW),
        (None, NOW),
    ],
)
def test_a_mail_stands_at_its_own_date_only_when_that_is_near_its_arrival(written, stands):
    assert outline.settle(written, NOW) == stands


def box(name="boîte", **fields):
    return Mailbox.objects.create(name=name, address=f"{name}@helionne.example", host="127.0.0.1", **fields)


def arrive(raw, to=None, now=LATER):
    return receive.interpret(receive.store(to or Mailbox.objects.first() or box(), raw, now=now).pk)


@pytest.mark.django_db
@pytest.mark.shows("INBOX-03")
def test_a_mail_is_outlined_when_it_comes():
    got = arrive(
        mail(
            "=?utf-8?q?Re=3A_=C3=89tude?=",
            "Bonjour,\n\nMerci.\n\nLe 19 nov. 2026 à 10:00, Claire <claire@helionne.example> a écrit :\n> Voici",
            sender="=?utf-8?q?=C3=88ve?= <Eve@Rouviere.example>",
            Cc="Jean <jean@rouviere.example>, claire@helionne.example",
        )
    )

    got.refresh_from_db()
    assert (got.subject, got.from_name, got.from_email, got.from_normal) == (
        "Re: Étude", "Ève", "Eve@Rouviere.example", "eve@rouviere.example",
    )  # fmt: skip
    assert got.cc == [["Jean", "jean@rouviere.example"], ["", "claire@helionne.example"]]
    assert got.snippet == "Bonjour, Merci."
    assert (got.dated_at, got.has_attachments, got.is_outgoing) == (LATER, False, False)
    assert got.thread_id


@pytest.mark.django_db
@pytest.mark.shows("INBOX-03")
def test_mails_find_their_thread_in_whatever_order_they_come():
    last = arrive(mail(Message_ID="<c@x>", References="<a@x> <b@x>"))
    first = arrive(mail(Message_ID="<a@x>"))
    middle = arrive(mail(Message_ID="<b@x>", In_Reply_To="<a@x>"))
    other = arrive(mail(Message_ID="<d@x>"))

    assert first.thread_id == middle.thread_id == last.thread_id != other.thread_id


@pytest.mark.django_db
@pytest.mark.shows("INBOX-03")
def test_nobody_ties_two_threads_together_by_naming_both():
    one, two = arrive(mail(Message_ID="<a@x>")), arrive(mail(Message_ID="<b@x>"))

    both = arrive(mail(Message_ID="<c@x>", References="<a@x> <b@x>", sender="m@evil.example"))

    assert both.thread_id == two.thread_id != one.thread_id
    assert Thread.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.shows("INBOX-03", "R4")
def test_copies_of_our_mails_take_part_and_forged_twins_do_not():
    copy = recipient(message(), person(1))
    answer = arrive(mail(Message_ID="<a@x>", In_Reply_To=ours(copy), sender="eve1@rouviere.example"))

    twin = arrive(mail("Autre chose", "Payez ici", Message_ID=ours(copy), sender="mallory@evil.example"))

    assert ThreadKey.objects.get(recipient=copy).thread_id == answer.thread_id
    assert twin.thread_id != answer.thread_id
    assert (twin.recipient_id, twin.person_id, twin.parent_id) == (None, None, None)


@pytest.mark.django_db
@pytest.mark.shows("INBOX-03")
def test_a_personal_mail_takes_its_place_as_it_leaves():
    first = arrive(mail(Message_ID="<a@x>"))
    sent = message("personal:1")
    sent.kind, sent.in_reply_to, sent.references = "personal", "<a@x>", "<a@x>"
    sent.save()
    copy = recipient(sent, person(1))

    threads.join_sent([events.MessageSent(copy.pk)])
    threads.join_sent([events.MessageSent(copy.pk)])

    assert ThreadKey.objects.get(recipient=copy).thread_id == first.thread_id
    assert arrive(mail(Message_ID="<b@x>", In_Reply_To=ours(copy))).thread_id == first.thread_id


@pytest.mark.django_db
@pytest.mark.shows("INBOX-04", "INBOX-05")
def test_what_was_chosen_by_hand_is_not_overruled_by_reading_again():
    eve = person(1)
    got = arrive(mail(sender="eve1@rouviere.example"))
    assert (got.person_id, got.parent_module, got.parent_id, got.parent_how) == (eve.pk, "lead", eve.pk, "from")

    Received.objects.filter(pk=got.pk).update(parent_module="deal", parent_id=7, parent_how="hand")
    receive.interpret(got.pk)

    got.refresh_from_db()
    assert (got.parent_module, got.parent_id, got.parent_how) == ("deal", 7, "hand")


@pytest.mark.django_db
@pytest.mark.shows("INBOX-04")
def test_mail_of_a_stranger_belongs_to_her_once_she_is_known():
    got = arrive(mail(sender="new@inconnue.example"))
    lead = person(3)
    Address.objects.filter(person=lead).update(normal="new@inconnue.example")

    placing.meet([events.RecordCreated(lead.pk)])

    got.refresh_from_db()
    assert (got.person_id, got.parent_module, got.parent_id) == (lead.pk, "lead", lead.pk)


@pytest.mark.django_db
def test_mail_that_was_read_before_is_placed_later():
    got = arrive(mail())
    Received.objects.update(thread=None, subject="")

    assert placing.catch_up(LATER) == 1
    assert placing.catch_up(LATER) == 0

    got.refresh_from_db()
    assert got.subject == "Re: Votre étude"
    assert got.thread_id


ROLES = ("administrator", "manager", "salesperson", "read_only")


@pytest.mark.django_db
@pytest.mark.shows("X9", "INBOX-09", "R3", "ZMM-39")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("sharing", "colleague", "teammate"),
    [("private", False, False), ("team", False, True), ("everyone", True, True)],
)
def test_another_reads_a_personal_mailbox_as_it_is_shared(sharing, colleague, teammate, role):
    team = Team.objects.create(name="Ouest")
    owner = add_user(email="a@helionne.example", name="A", role="salesperson", team=team)
    near = add_user(email="b@helionne.example", name="B", role=role, team=team)
    far = add_user(email="c@helionne.example", name="C", role=role)
    got = arrive(mail(), box("perso", kind="personal", user=owner, sharing=sharing))

    seen = {user: Received.objects.visible_to(user).filter(pk=got.pk).exists() for user in (owner, near, far)}

    assert seen == {owner: True, near: teammate, far: colleague}


@pytest.mark.django_db
@pytest.mark.shows("X9", "INBOX-09")
def test_mail_of_others_about_a_hidden_record_is_hidden_too():
    ensure_roles()
    user = add_user(email="b@helionne.example", name="B", role="salesperson")
    Grant.objects.filter(role=user.role, module__in=["lead", "account"]).update(read=Level.OWN)
    person(1)
    shared = box("tous", sharing="everyone")
    hidden = arrive(mail(sender="eve1@rouviere.example"), shared)
    open_ = arrive(mail(Message_ID="<z@x>", sender="x@inconnue.example"), shared)

    assert set(Received.objects.visible_to(user)) == {open_}
    Person.objects.update(owner=user)
    assert set(Received.objects.visible_to(user)) == {open_, hidden}


@pytest.mark.django_db
@pytest.mark.shows("INBOX-09")
def test_mail_of_an_address_excluded_later_is_seen_no_more():
    user = add_user(email="b@helionne.example", name="B", role="administrator")
    shared = box("tous", sharing="everyone", never_stored="rouviere.example\nme@bank.example")
    for number, sender in enumerate(("eve@rouviere.example", "me@bank.example", "you@bank.example")):
        arrive(mail(Message_ID=f"<{number}@x>", sender=sender), shared)

    assert [got.from_normal for got in Received.objects.visible_to(user)] == ["you@bank.example"]


@pytest.mark.django_db
@pytest.mark.shows("X9")
def test_a_shared_mailbox_kept_private_is_read_by_administrators_only():
    got = arrive(mail(), box("service", sharing="private"))

    for role in ROLES:
        user = add_user(email=f"{role}@helionne.example", name=role, role=role)
        assert Received.objects.visible_to(user).filter(pk=got.pk).exists() == (role == "administrator")
