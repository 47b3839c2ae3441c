"""A mass mail to deals goes to their primary contacts, and may speak of the deal."""

from datetime import date
from decimal import Decimal
from email.parser import BytesParser
from email.policy import default

import pytest

from relance.campaigns import actions as campaigns
from relance.campaigns import audience
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import DealCopy
from relance.deals import actions as deals
from relance.mail.catalogue import CATALOGUE, Subject, values_for
from relance.mail.models import Mailbox, Recipient
from relance.mail.outbound.placeholders import Money, fill
from relance.mail.templates import Parts, TemplateDraft, add_template, preview
from relance.mail.transport.fake import FakeRelay
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.people.suppression import Wish
from relance.team.actions import add_user
from relance.team.models import Grant, Level, User
from tests.mail.outbound.engine import NOW, dispatcher, is_done, mailbox, until

pytestmark = [pytest.mark.django_db, pytest.mark.shows("MASS-09", "MASS-01")]
SUBJECT = "{Deal.name}: {Deal.amount}"


@pytest.fixture
def seller(db):
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


def contact(by, name):
    draft = PersonDraft(values={"first_name": name}, emails=(f"{name.lower()}@val.example",))
    return people.add_person("contact", draft, by=by, now=NOW)


def deal(by, name, person=None, **more):
    return deals.add({"name": name, "contact": person.pk if person else None, **more}, by=by, now=NOW)


def mass_mail(by, *, subject=SUBJECT, **values):
    html = '<p>{Deal.closeDate} {Deal.stage}</p><p><a href="https://helionne.example/x">x</a></p>'
    text = {"name": "Offer", "subject": subject, "html": html, "language": "en", "shared": True}
    box = Mailbox.objects.first() or mailbox(2525)
    told = {
        "name": "To deals", "module": "deal", "audience": "all", "criteria": {}, "mailbox": box,
        "template": add_template(TemplateDraft(values=text), by=by, now=NOW), **values,
    }  # fmt: skip
    return campaigns.draft_mass_mail(MassMailDraft(values=told), by=by, now=NOW)


def launched(mail, by):
    message = campaigns.launch(mail, by=by, now=NOW)
    campaigns.prepare(message.pk, now=NOW)
    return message


@pytest.mark.shows("ZMM-01")
def test_the_primary_contact_gets_it_and_a_deal_without_one_is_listed(seller):
    nadia, rohan = contact(seller, "Nadia"), contact(seller, "Rohan")
    roof = deal(seller, "Roof", nadia, contacts=(str(rohan.pk),))
    lone = deal(seller, "Lone")

    mail = mass_mail(seller)

    counted = audience.count(mail, now=NOW)
    assert (counted.matched, counted.accepted) == (2, 1)
    assert [(one.id, one.person_id, one.email) for one in audience.accepted(mail, now=NOW)] == [
        (roof.pk, nadia.pk, "nadia@val.example"),
    ]  # fmt: skip
    assert [(one.id, one.person_id, one.name, one.reason) for one in audience.left_out(mail, now=NOW)] == [
        (lone.pk, None, "Lone", "no_address"),
    ]  # fmt: skip


@pytest.mark.shows("CAMP-03")
def test_a_contact_of_two_deals_gets_it_once_and_an_opt_out_holds(seller):
    nadia, rohan = contact(seller, "Nadia"), contact(seller, "Rohan")
    first, _second = deal(seller, "First", nadia), deal(seller, "Second", nadia)
    deal(seller, "Third", rohan)
    people.opt_out(Wish(normal="rohan@val.example", route="page", at=NOW))

    mail = mass_mail(seller)
    launched(mail, seller)

    told = {one.reason: one.people for one in audience.count(mail, now=NOW).left_out}
    assert told == {"duplicate": 1, "opted_out": 1}
    assert Recipient.objects.count() == 3
    assert [(copy.deal, copy.recipient.normal) for copy in DealCopy.objects.all()] == [(first, "nadia@val.example")]


def test_only_chosen_deals_and_those_that_match_are_written_to(seller):
    open_one, won = deal(seller, "Open", contact(seller, "Nadia")), deal(seller, "Won", contact(seller, "Rohan"))
    deals.win(won, by=seller, now=NOW)

    by_state = mass_mail(seller, audience="filter", criteria={"params": {"state": "won"}})
    by_row = mass_mail(seller, audience="rows", criteria={"ids": [open_one.pk]}, subject="Hello")

    assert [one.id for one in audience.accepted(by_state, now=NOW)] == [won.pk]
    assert [one.id for one in audience.accepted(by_row, now=NOW)] == [open_one.pk]


@pytest.mark.shows("TPL-02")
def test_each_copy_speaks_of_its_own_deal_in_the_language_of_the_mail(seller):
    for name, amount in (("Nadia", "82000.00"), ("Rohan", "1500.50")):
        deal(
            seller, f"Roof of {name}", contact(seller, name), amount=Decimal(amount), currency="GBP",
            close_date=date(2026, 12, 18),
        )  # fmt: skip
    launched(mass_mail(seller), seller)

    copies = list(Recipient.objects.order_by("id"))
    values = values_for([copy.pk for copy in copies])

    told = [fill(SUBJECT, values[copy.pk], CATALOGUE, language="en") for copy in copies]
    assert told == ["Roof of Nadia: £82,000.00", "Roof of Rohan: £1,500.50"]
    assert values[copies[0].pk]["Deal.amount"] == Money(Decimal("82000.00"), "GBP")
    assert fill("{Deal.closeDate}", values[copies[0].pk], CATALOGUE, language="fr") == "18 décembre 2026"


@pytest.mark.shows("TPL-02")
def test_a_preview_shows_the_deal_and_an_example_where_there_is_none(seller):
    roof = deal(seller, "Roof", contact(seller, "Nadia"), amount=Decimal(900))
    parts = Parts(subject=SUBJECT, html="<p>x</p>", language="en")

    assert (
        preview(parts, roof.contact, sender=seller, subject=Subject(kind="Deal", id=roof.pk)).subject == "Roof: €900.00"
    )
    assert preview(parts, roof.contact, sender=seller).subject == "Toiture, 60 kWc: €82,000.00"


def test_what_lacks_a_value_is_told_before_the_launch(seller):
    deal(seller, "Roof", contact(seller, "Nadia"))
    mail = mass_mail(seller)

    lacking = audience.lacking(mail, {"Deal.closeDate": "(SELECT close_date::text FROM deals_deal WHERE id = j.id)"},
                               now=NOW)  # fmt: skip

    assert lacking == {"Deal.closeDate": 1}


@pytest.mark.shows("REC-03", "X8")
def test_a_contact_whom_the_sender_may_not_see_is_not_written_to(seller):
    deal(seller, "Roof", contact(seller, "Nadia"))
    Grant.objects.filter(role__key="salesperson", module__in=("contact", "lead")).update(read=Level.OWN)
    other = add_user(email="bo@helionne.example", name="Bo", role="salesperson")

    mail = mass_mail(User.objects.get(pk=other.pk))

    counted = audience.count(mail, now=NOW)
    assert (counted.matched, counted.accepted) == (1, 0)
    assert "nadia" not in str(audience.left_out(mail, now=NOW)).lower()


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("TPL-02")
def test_what_leaves_speaks_of_the_deal(seller):
    deal(seller, "Dairy roof", contact(seller, "Nadia"), amount=Decimal(82000))
    with FakeRelay() as relay:
        mail = mass_mail(seller)
        Mailbox.objects.update(port=relay.port)
        message = launched(mail, seller)
        with dispatcher():
            until(is_done(message))

        subjects = [BytesParser(policy=default).parsebytes(sent.content)["Subject"] for sent in relay.mails]

    assert subjects == ["Dairy roof: €82,000.00"]
