"""A lead becomes a contact, with an account and a deal if they are wanted."""

from decimal import Decimal

import pytest

from relance import events
from relance.deals.conversion import Conversion, convert
from relance.deals.filling import Nameless
from relance.deals.models import Deal
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.converting import AlreadyContact
from relance.people.models import Account, Person, Suppression
from relance.people.suppression import Wish
from relance.records import changes
from relance.team.actions import add_user
from relance.team.models import Grant, Level
from relance.team.policy import Forbidden
from tests.deals.made import LATER, NOW
from tests.web.test_people import mail_to

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-06")]


@pytest.fixture
def lead(seller):
    draft = PersonDraft(
        values={"first_name": "Nadia", "last_name": "Petit", "company": "Laiterie du Val", "city": "Nantes"},
        emails=("nadia@val.example",),
    )
    return people.add_person("lead", draft, by=seller, now=NOW)


def test_the_contact_is_the_same_person_with_her_mail_her_wishes_and_her_consent(seller, lead):
    copy = mail_to(lead, seller, first_opened_at=NOW, opens=2)
    people.opt_out(Wish(normal="nadia@val.example", route="page", at=NOW))
    people.record_consent(lead, "granted", how="form", words="yes", source="fair", by=seller, now=NOW)

    done = convert(lead, Conversion(), by=seller, now=LATER)

    contact = Person.objects.contacts().get()
    assert (contact.pk, contact.converted_at, done.account, done.deal) == (lead.pk, LATER, None, None)
    assert list(contact.recipients.all()) == [copy]
    assert (contact.tracking_consent, contact.consent_proofs.count()) == ("granted", 1)
    assert list(contact.addresses.values_list("normal", flat=True)) == ["nadia@val.example"]
    assert Suppression.objects.filter(normal="nadia@val.example", lifted_at=None).exists()


def test_an_account_is_made_and_a_deal_hangs_on_both(seller, lead):
    done = convert(
        lead, Conversion(company="Laiterie du Val", deal={"name": "Dairy roof", "amount": Decimal(82000)}),
        by=seller, now=LATER,
    )  # fmt: skip

    assert (done.account.name, done.account.city, done.account.owner) == ("Laiterie du Val", "Nantes", seller)
    assert (done.person.account, done.person.company) == (done.account, "Laiterie du Val")
    assert (done.deal.contact, done.deal.account, done.deal.amount) == (done.person, done.account, Decimal(82000))


@pytest.mark.parametrize("name", ["Laiterie du Val", "  LAITERIE  du val "])
def test_an_account_of_that_name_is_taken(seller, lead, name):
    there = people.add_account(AccountDraft(values={"name": "Laiterie du Val"}), by=seller, now=NOW)

    done = convert(lead, Conversion(company=name), by=seller, now=LATER)

    assert done.account == there
    assert Account.objects.count() == 1


def test_it_is_told_and_noted(seller, lead, monkeypatch):
    told = []
    monkeypatch.setattr(events, "emit_many", told.extend)

    convert(lead, Conversion(), by=seller, now=LATER)

    assert [event for event in told if not isinstance(event, events.RecordNoted)] == [events.PersonConverted(lead.pk)]
    line = changes.of("contact", lead.pk)[0]
    assert (line.act, line.by, line.at) == ("converted", seller, LATER)


def test_a_second_conversion_is_refused_with_a_sentence(seller, lead):
    convert(lead, Conversion(), by=seller, now=NOW)

    with pytest.raises(AlreadyContact, match="Nadia Petit is a contact already"):
        convert(lead, Conversion(company="Other"), by=seller, now=LATER)

    assert Person.objects.get().converted_at == NOW
    assert not Account.objects.exists()


def test_a_deal_that_is_refused_leaves_the_lead_a_lead(seller, lead):
    with pytest.raises(Nameless):
        convert(lead, Conversion(company="Laiterie", deal={"name": " "}), by=seller, now=LATER)

    assert Person.objects.get().kind == "lead"
    assert not Account.objects.exists()
    assert not Deal.objects.exists()


@pytest.mark.shows("REC-03")
@pytest.mark.parametrize("module", ["lead", "contact", "account", "deal"])
def test_each_record_that_it_makes_needs_its_own_right(seller, lead, module):
    Grant.objects.filter(role__key="salesperson", module=module).update(edit=Level.NONE)
    other = add_user(email="bo@helionne.example", name="Bo", role="salesperson")
    Person.objects.update(owner=other)

    with pytest.raises(Forbidden):
        convert(lead, Conversion(company="Laiterie", deal={"name": "Roof"}), by=other, now=LATER)

    assert Person.objects.get().kind == "lead"
