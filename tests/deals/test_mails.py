"""Which deal a mail belongs to, from its coming to the disconnection of its mailbox (DEAL-01 to DEAL-08)."""

from datetime import timedelta

import pytest

from relance import events
from relance.deals import actions, mail_facts, mails, suggesting
from relance.deals.models import DealMail
from relance.mail import mailboxes
from relance.mail.inbound import receive
from relance.mail.mailboxes import MailboxDraft
from relance.mail.models import Mailbox, Message, Received, Recipient
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.team.models import User
from relance.team.policy import Forbidden
from tests.deals.made import LATER, NOW, deal
from tests.mail.inbound.mails import mail

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHEN = LATER + DAY
Rule = DealMail.Rule


@pytest.fixture
def box(seller):
    return read_box("office", kind="shared")


def read_box(name, *, sharing="everyone", connected_at=NOW, **fields):
    return Mailbox.objects.create(
        name=name,
        address=f"{name}@helionne.example",
        host="127.0.0.1",
        imap_host="127.0.0.1",
        sharing=sharing,
        connected_at=connected_at,
        **fields,
    )


def arrive(box, subject="Bonjour", *, sender="nadia@val.example", now=WHEN, **headers):
    """A mail of Nadia comes; what follows from it has happened."""
    raw = mail(subject, "Bonjour", sender=sender, **headers)
    got = receive.interpret(receive.store(box, raw, now=now).pk)
    mails.on_received([events.MessageReceived(got.pk)])
    return got


def linked(got):
    row = DealMail.objects.filter(key=f"same:{got.same}").first()
    return (row.deal, row.rule) if row else None


@pytest.mark.shows("DEAL-01", "ZDL-06")
def test_a_mail_that_comes_is_linked_to_the_only_open_deal(box, seller, contact):
    only = deal(seller, contact=contact.pk)

    assert linked(arrive(box)) == (only, Rule.ONLY_OPEN)


@pytest.mark.shows("DEAL-01")
def test_a_mail_to_several_contacts_counts_the_deals_of_all(box, seller, contact):
    draft = PersonDraft(values={"last_name": "Roux"}, emails=("paul@val.example",))
    colleague = people.add_person("contact", draft, by=seller, now=NOW)
    deal(seller, "Nadia's", contact=contact.pk)
    later = deal(seller, "Paul's", contact=colleague.pk, now=LATER)

    assert linked(arrive(box, Cc="paul@val.example")) == (later, Rule.LATEST_OPEN)


@pytest.mark.shows("DEAL-01")
def test_a_mail_a_note_or_a_link_does_not_modify_a_deal(box, seller, contact):
    first = deal(seller, "First", contact=contact.pk)
    second = deal(seller, "Second", contact=contact.pk, now=LATER)
    got = arrive(box, Message_ID="<one@val.example>")
    mails.link(mails.mail_of(got), first, by=seller, now=WHEN)

    assert linked(arrive(box, "Another", Message_ID="<two@val.example>")) == (second, Rule.LATEST_OPEN)


@pytest.mark.shows("DEAL-01", "ZDL-08")
def test_a_mail_of_someone_whose_deals_are_lost_stays_with_the_contact(box, seller, contact):
    actions.lose(deal(seller, contact=contact.pk), because="", by=seller, now=LATER)

    got = arrive(box)

    assert linked(got) is None
    assert got.person == contact


@pytest.mark.shows("DEAL-02", "ZDL-10", "ZDL-11")
def test_past_mail_is_linked_as_the_deals_stood_when_it_came(seller, contact):
    old = read_box("old", kind="shared", connected_at=WHEN)
    only = deal(seller, "Only then", contact=contact.pk)
    deal(seller, "Later", contact=contact.pk, now=NOW + 2 * DAY)
    actions.lose(only, because="", by=seller, now=NOW + 3 * DAY)

    before_any = arrive(old, now=NOW - DAY, Message_ID="<a@val.example>")
    with_one = arrive(old, now=NOW + DAY, Message_ID="<b@val.example>")
    with_two = arrive(old, now=NOW + 2 * DAY + timedelta(hours=1), Message_ID="<c@val.example>")

    assert [linked(got) for got in (before_any, with_one, with_two)] == [None, (only, Rule.PAST), None]


@pytest.mark.shows("DEAL-04", "DEAL-05", "ZDL-12", "ZDL-13")
def test_what_is_linked_by_hand_is_never_overruled(box, seller, contact):
    one, other = deal(seller, "One", contact=contact.pk), deal(seller, "Other", contact=contact.pk, now=LATER)
    got = arrive(box)
    assert linked(got) == (other, Rule.LATEST_OPEN)

    mails.link(mails.mail_of(got), one, by=seller, now=WHEN)
    mails.on_received([events.MessageReceived(got.pk)])
    assert linked(got) == (one, Rule.HAND)

    mails.unlink(mails.mail_of(got), by=seller, now=WHEN)
    mails.on_received([events.MessageReceived(got.pk)])
    assert linked(got) == (None, Rule.HAND)


@pytest.mark.shows("DEAL-04", "ZDL-14")
def test_only_deals_of_the_contact_are_offered(box, seller, contact):
    theirs, strange = deal(seller, contact=contact.pk), deal(seller, "Strange")
    got = mails.mail_of(arrive(box))

    assert [one.deal for one in suggesting.suggestions(got, by=seller)] == [theirs]
    with pytest.raises(mails.NotOfTheContact, match="Strange is not a deal"):
        mails.link(got, strange, by=seller, now=WHEN)


def test_nobody_links_a_deal_that_she_may_not_change(box, seller, contact, chief):
    theirs = deal(seller, contact=contact.pk)
    got = mails.mail_of(arrive(box))
    seller.role.grants.filter(module="deal").update(edit=0)
    seller = User.objects.get(pk=seller.pk)

    with pytest.raises(Forbidden):
        mails.link(got, theirs, by=seller, now=WHEN)


@pytest.mark.shows("DEAL-01", "INBOX-04")
def test_an_answer_follows_the_deal_that_its_thread_was_given_by_hand(box, seller, contact):
    one = deal(seller, "One", contact=contact.pk)
    deal(seller, "Other", contact=contact.pk, now=LATER)
    first = arrive(box, Message_ID="<first@val.example>")
    mails.link(mails.mail_of(first), one, by=seller, now=WHEN)

    answer = arrive(box, "Re", Message_ID="<answer@val.example>", In_Reply_To="<first@val.example>")

    assert linked(answer) == (one, Rule.THREAD)


@pytest.mark.shows("R4", "R11")
def test_a_stranger_who_answers_into_a_thread_inherits_no_deal(box, seller, contact):
    one = deal(seller, contact=contact.pk)
    first = arrive(box, Message_ID="<first@val.example>")
    mails.link(mails.mail_of(first), one, by=seller, now=WHEN)

    forged = arrive(box, sender="mallory@evil.example", Message_ID="<f@e>", In_Reply_To="<first@val.example>")

    assert linked(forged) is None


@pytest.mark.shows("DEAL-06", "ZDL-15")
def test_a_link_ends_with_its_deal_and_the_mail_stays(box, seller, contact):
    only = deal(seller, contact=contact.pk)
    got = arrive(box)

    actions.delete(only, by=seller, now=WHEN)

    assert linked(got) is None
    assert Received.objects.filter(pk=got.pk).exists()


@pytest.mark.shows("DEAL-07", "ZDL-05")
def test_mail_of_a_private_mailbox_is_linked_to_nothing(seller, contact):
    private = read_box("claire", kind="personal", user=seller, sharing="private")
    deal(seller, contact=contact.pk)

    got = arrive(private)

    assert linked(got) is None
    with pytest.raises(mails.NotLinkable):
        mails.mail_of(got)


def sent(seller, box, contact, **fields):
    """A personal mail that Relance has sent to Nadia."""
    from relance.mail.models import Content

    message = Message.objects.create(
        kind="personal", send_key=f"personal:{Message.objects.count()}", state="done", mailbox=box, sender=seller,
        content=Content.objects.create(subject="Votre devis"), deliver_at=WHEN, started_at=WHEN, created_at=WHEN,
        **fields,
    )  # fmt: skip
    copy = Recipient.objects.create(
        message=message, person=contact, email="nadia@val.example", normal="nadia@val.example", state="sent",
        queued_at=WHEN, sent_at=WHEN,
    )  # fmt: skip
    mails.on_sent([events.MessageSent(copy.pk)])
    return message


@pytest.mark.shows("DEAL-01", "DEAL-07", "ZDL-02")
def test_a_mail_that_goes_out_is_linked_where_its_sender_has_a_mailbox_that_is_read(seller, contact):
    deal(seller, contact=contact.pk)
    closed = Mailbox.objects.create(name="smtp", kind="personal", user=seller, address="c@helionne.example", host="x")

    assert not DealMail.objects.filter(message=sent(seller, closed, contact)).exists()

    read_box("office", kind="shared")
    assert DealMail.objects.get(message=sent(seller, closed, contact)).rule == Rule.ONLY_OPEN


@pytest.mark.shows("DEAL-01")
def test_what_is_written_on_a_deals_page_belongs_to_it_whatever_was_changed_last(box, seller, contact):
    one = deal(seller, "One", contact=contact.pk)
    deal(seller, "Other", contact=contact.pk, now=LATER)

    message = sent(seller, box, contact, about_kind="Deal", about_id=one.pk)

    row = DealMail.objects.get(message=message)
    assert (row.deal, row.rule) == (one, Rule.WRITTEN_HERE)


@pytest.mark.shows("DEAL-08", "INBOX-10", "ZDL-19", "R20", "C-8")
def test_disconnecting_dissolves_links_and_connecting_predicts_again_and_offers_what_was_chosen(box, seller, contact):
    one = deal(seller, "One", contact=contact.pk)
    predicted = arrive(box, Message_ID="<a@val.example>")
    chosen = arrive(box, Message_ID="<b@val.example>")
    mails.link(mails.mail_of(chosen), one, by=seller, now=WHEN)
    for _time in range(3):
        mails.on_disconnected([events.MailboxDisconnected(box.pk)])
        assert linked(predicted) is None
        assert linked(chosen) == (None, Rule.DISSOLVED)

        Mailbox.objects.filter(pk=box.pk).update(connected_at=WHEN + DAY)
        mails.on_connected([events.MailboxConnected(box.pk)])
        assert linked(predicted) == linked(chosen) == (one, Rule.PAST)
        assert DealMail.objects.count() == 2

    row = DealMail.objects.get(is_offered=True)
    assert row.offered == one
    mails.take_back(row, by=seller, now=WHEN)
    assert linked(chosen) == (one, Rule.HAND)
    assert not DealMail.objects.filter(is_offered=True).exists()


@pytest.mark.shows("DEAL-08", "R3")
def test_a_mail_in_two_mailboxes_keeps_its_link_until_the_last_is_disconnected(box, seller, contact):
    only = deal(seller, contact=contact.pk)
    second = read_box("sales", kind="shared")
    got = arrive(box, Message_ID="<same@val.example>")
    twin = arrive(second, Message_ID="<same@val.example>")
    assert got.same == twin.same
    assert DealMail.objects.count() == 1

    mails.dissolve(box.pk)
    assert linked(got) == (only, Rule.ONLY_OPEN)

    Mailbox.objects.filter(pk=box.pk).update(imap_host="")
    mails.dissolve(second.pk)
    assert linked(got) is None


@pytest.mark.shows("INBOX-10")
def test_switching_the_reading_of_a_mailbox_off_and_on_is_told(chief, django_capture_on_commit_callbacks, monkeypatch):
    told = []
    monkeypatch.setattr(events, "emit", told.append)
    values = {"name": "Office", "address": "office@helionne.example", "host": "127.0.0.1", "kind": "shared"}
    made = mailboxes.add_mailbox(MailboxDraft(values={**values, "imap_host": "127.0.0.1"}), by=chief)
    since = made.connected_at
    mailboxes.edit_mailbox(made, MailboxDraft(values={"name": "Bureau"}), by=chief)
    mailboxes.edit_mailbox(made, MailboxDraft(values={"imap_host": ""}), by=chief)
    mailboxes.edit_mailbox(made, MailboxDraft(values={"imap_host": "127.0.0.1"}), by=chief)
    mailboxes.retire_mailbox(made, by=chief)

    names = [type(event).__name__ for event in told]
    assert names == ["MailboxConnected", "MailboxDisconnected", "MailboxConnected", "MailboxDisconnected"]
    assert since is not None


@pytest.mark.shows("DEAL-09")
def test_each_choice_made_by_hand_is_held_against_the_rule_and_the_ranking(box, seller, contact):
    named = deal(seller, "Toiture Rennes", contact=contact.pk)
    newest = deal(seller, "Parking", contact=contact.pk, now=LATER)
    got = arrive(box, "La toiture de Rennes")

    mails.link(mails.mail_of(got), named, by=seller, now=WHEN)

    row = DealMail.objects.get()
    assert (row.ruled, row.ranked) == (newest.pk, named.pk)
    found = suggesting.measured()
    assert (found.choices, found.ruled, found.ranked, found.uses_ranking) == (1, 0, 1, False)


@pytest.mark.shows("DEAL-09")
def test_the_ranking_orders_what_is_offered_once_it_has_been_better_often_enough(box, seller, contact):
    named = deal(seller, "Toiture Rennes", contact=contact.pk)
    newest = deal(seller, "Parking", contact=contact.pk, now=LATER)
    got = mails.mail_of(arrive(box, "La toiture de Rennes"))
    assert [one.deal for one in suggesting.suggestions(got, by=seller)] == [newest, named]

    for number in range(20):
        DealMail.objects.create(
            key=f"same:{number}",
            same=str(number),
            deal=named,
            rule=Rule.HAND,
            at=WHEN,
            ruled=newest.pk,
            ranked=named.pk,
        )

    assert [one.deal for one in suggesting.suggestions(got, by=seller)] == [named, newest]


@pytest.mark.slow
def test_a_list_of_mails_is_predicted_in_a_few_queries(box, seller, contact, django_assert_max_num_queries):
    deal(seller, contact=contact.pk)
    rows = [
        receive.interpret(
            receive.store(box, mail(str(n), Message_ID=f"<{n}@v>", sender="nadia@val.example"), now=WHEN).pk
        )
        for n in range(20)
    ]

    with django_assert_max_num_queries(16):
        assert mails.associate(mail_facts.of_received(rows), now=WHEN) == 20


@pytest.mark.shows("DEAL-07")
def test_a_mailbox_whose_mail_is_dropped_into_a_folder_is_read_too(seller, contact):
    only = deal(seller, contact=contact.pk)
    dropped = read_box("drop", kind="shared", maildir="/var/mail/drop")
    Mailbox.objects.filter(pk=dropped.pk).update(imap_host="")
    dropped.refresh_from_db()

    assert dropped.is_connected
    assert linked(arrive(dropped)) == (only, Rule.ONLY_OPEN)
