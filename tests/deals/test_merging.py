"""Deals follow people and companies that are merged."""

import pytest

from relance.deals.models import DealContact
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.merging import merge_accounts, merge_people
from tests.deals.made import LATER, NOW, deal

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08", "REC-04")]


def test_a_deal_of_both_keeps_the_one_that_stays(chief, account, contact):
    twin = people.add_person("contact", PersonDraft(values={"first_name": "N."}), by=chief, now=NOW)
    both = deal(chief, "Both", contacts=(str(twin.pk), str(contact.pk)))
    hers = deal(chief, "Hers", contact=twin.pk)

    merge_people(contact, [twin], {}, by=chief, now=LATER)

    for row in (both, hers):
        row.refresh_from_db()
        assert row.contact == contact
        assert list(row.contacts.all()) == [contact]
    assert DealContact.objects.count() == 2
    assert {row.modified_at for row in (both, hers)} == {NOW}


def test_the_deals_of_an_account_follow_it(chief, account):
    twin = people.add_account(AccountDraft(values={"name": "Laiterie"}), by=chief, now=NOW)
    roof = deal(chief, "Roof", account=twin.pk)

    merge_accounts(account, [twin], {}, by=chief, now=LATER)

    roof.refresh_from_db()
    assert roof.account == account
