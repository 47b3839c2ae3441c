"""Accounts out of a file."""

from datetime import UTC, datetime

import pytest

from relance.people import actions as people
from relance.people.account_imports import AccountTarget
from relance.people.actions import AccountDraft
from relance.people.models import Account
from relance.records import changes
from relance.records.imports import actions, running
from relance.records.models import Import, ImportRow
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FILE = """Raison sociale;Site web;Téléphone;Secteur;Ville;Email;Propriétaire;Commentaire
Laiterie du Val;laiterie.example;0476000001;Food;Grenoble;contact@laiterie.example, b@laiterie.example;maud;Old client
LAITERIE DU VAL;;;;Lyon;;;
Kerbiz;;;;Brest;not an address;;
;nobody.example;;;Nantes;;;
"""


@pytest.fixture
def camille(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    organisation()
    add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


def brought_in(text, by, duplicates="skip"):
    upload = actions.Upload(name="companies.csv", chunks=[text.encode()])
    row = actions.start(upload, module="account", by=by, now=NOW)
    Import.objects.filter(pk=row.pk).update(state="running", duplicates=duplicates)
    running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def addresses_of(account):
    return list(account.addresses.order_by("position").values_list("email", flat=True))


def test_accounts_come_with_their_addresses_and_owner_and_rows_that_do_not_fit_say_why(camille):
    row = brought_in(FILE, camille)

    val = Account.objects.get(name="Laiterie du Val")
    assert (val.city, val.industry, val.note, val.owner.name) == ("Grenoble", "Food", "Old client", "Maud")
    assert val.website.endswith("laiterie.example")
    assert addresses_of(val) == ["contact@laiterie.example", "b@laiterie.example"]
    assert [line.way for line in changes.of("account", val.pk)] == ["import"]
    assert Account.objects.get(name="Kerbiz").owner == camille
    assert (row.created, row.skipped, row.rejected) == (2, 1, 1)
    assert set(ImportRow.objects.filter(of_import=row).values_list("outcome", "reason")) >= {
        ("skipped", "repeated_row_named"),
        ("rejected", "nothing_to_name"),
    }


def test_an_account_that_is_known_keeps_what_the_file_does_not_name(camille):
    draft = AccountDraft(values={"name": "Laiterie du Val", "phone": "01"}, emails=("contact@laiterie.example",))
    people.add_account(draft, by=camille, now=NOW)

    text = "Société;Ville;Email\nlaiterie du val;Lyon;CONTACT@laiterie.example new@laiterie.example\n"
    brought_in(text, camille, duplicates="update")

    val = Account.objects.get()
    assert (val.phone, val.city) == ("01", "Lyon")
    assert addresses_of(val) == ["contact@laiterie.example", "new@laiterie.example"]


def test_an_import_of_accounts_is_undone_save_what_was_changed_since(camille):
    row = brought_in("Name;Email\nOne;a@one.example\nTwo;\n", camille)
    two = Account.objects.get(name="Two")
    people.edit_account(two, AccountDraft(values={"city": "Brest"}), by=camille, now=NOW.replace(hour=11))

    gone = AccountTarget().remove_unused(row.pk, by=camille, now=NOW)

    assert (gone.removed, gone.kept) == (1, 1)
    assert Account.objects.get() == two


def test_the_list_of_accounts_offers_a_file(client, camille):
    client.force_login(camille)

    assert 'href="/imports/new"' in client.get("/companies").content.decode()
    people.add_account(AccountDraft(values={"name": "One"}), by=camille, now=NOW)
    assert "/imports/new?module=account" in client.get("/companies").content.decode()
