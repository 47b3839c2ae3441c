"""Deals out of a file, and back into one."""

from datetime import date
from decimal import Decimal

import pytest

from relance.deals.models import Deal
from relance.people.models import Account
from relance.records import changes
from relance.records.imports import actions, running
from relance.records.models import Import
from tests.deals.made import NOW, deal, way

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08", "REC-04")]
FILE = """Affaire;Account;Address of the primary contact;Montant;Amount;Expected close;Stage
Dairy roof;Laiterie du Val;nadia@val.example;;82 000,50;18/12/2026;Proposal
Cold store;New client;;;plenty;;
Car park;New client;;;1500;;Won
Lost lead;New client;nobody@x.example;;1500;;
Too cheap;;;;-5;;
;Laiterie du Val;;;12;;
"""


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def brought_in(text, by, duplicates="skip"):
    row = actions.start(actions.Upload(name="deals.csv", chunks=[text.encode()]), module="deal", by=by, now=NOW)
    Import.objects.filter(pk=row.pk).update(state="running", duplicates=duplicates)
    running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def test_deals_come_with_their_account_their_contact_and_their_stage(chief, account, contact, stages):
    row = brought_in(FILE, chief)

    roof = Deal.objects.get(name="Dairy roof")
    assert (roof.account, roof.contact, roof.amount) == (account, contact, Decimal("82000.50"))
    assert (roof.close_date, roof.stage.name, roof.import_id) == (date(2026, 12, 18), "Proposal", row.pk)
    assert way(roof) == [(None, "Proposal", "open")]
    assert [line.way for line in changes.of("deal", roof.pk)] == ["import"]
    won = Deal.objects.get(name="Car park")
    assert (won.state, won.won_at, won.account.name, won.contact) == ("won", NOW, "New client", None)
    assert Account.objects.filter(name="New client").count() == 1
    told = {line.reason: line.data for line in row.rows.filter(outcome="rejected")}
    assert set(told) == {"nothing_to_name", "link_not_found", "refused"}
    assert told["link_not_found"] == {"field": "contact", "value": "nobody@x.example"}
    assert told["refused"]["sentence"] == "An amount lies between nothing and a trillion."
    assert not Deal.objects.filter(name__in=["Lost lead", "Too cheap"]).exists()


def test_a_deal_of_the_same_name_is_updated_or_left_alone(chief, stages):
    deal(chief, "Dairy roof", amount=Decimal(5))

    brought_in("Name;Amount\nDAIRY ROOF;90\n", chief)
    assert Deal.objects.get().amount == Decimal(5)

    brought_in("Name;Amount;Stage\nDairy roof;90;Negotiation\n", chief, duplicates="update")
    assert (Deal.objects.get().amount, Deal.objects.get().stage.name) == (Decimal(90), "Negotiation")


def test_an_import_is_undone_save_what_was_moved_since(chief, stages):
    from relance.deals.actions import Move, move
    from relance.deals.imports import DealTarget

    row = brought_in("Name\nOne\nTwo\n", chief)
    move(Deal.objects.get(name="Two"), Move(target=stages[1]), by=chief, now=NOW.replace(hour=11))

    gone = DealTarget().remove_unused(row.pk, by=chief, now=NOW)

    assert (gone.removed, gone.kept) == (1, 1)
    assert list(Deal.objects.values_list("name", flat=True)) == ["Two"]
