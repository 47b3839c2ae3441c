"""Any module has its list, page, preview and forms from what it declares; here a custom one with every type."""

from datetime import UTC, datetime

import pytest

from relance.records import defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.fields import Kind
from relance.records.founding import ModuleDraft
from relance.records.models import Record
from relance.team.actions import add_user
from relance.team.models import Grant

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-01", "REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PLANS = [("", "Free"), ("", "Pro")]
BASE = "/records/subscriptions"


@pytest.fixture
def admin():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def reader():
    return add_user(email="luc@helionne.example", name="Luc", role="read_only")


@pytest.fixture
def subscriptions(admin):
    draft = ModuleDraft(name="Subscription", plural="Subscriptions", has_email=True)
    made = founding.add_module(draft, by=admin, now=NOW)
    for kind in Kind:
        choices = PLANS if kind in (Kind.CHOICE, Kind.CHOICES) else []
        target = "contact" if kind == Kind.LINK else ""
        draft = FieldDraft(
            label=f"My {kind.value}", kind=kind, choices=choices, target=target, is_listed=kind != Kind.LONG_TEXT
        )
        defining.add_field(made.key, draft, by=admin, now=NOW)
    return made


@pytest.fixture
def contact(seller):
    return registry.module("contact").verbs.add({"first_name": "Ève", "last_name": "Roux"}, by=seller, now=NOW)


@pytest.fixture
def written(seller, contact):
    return {
        "name": "Zoé’s plan", "email": "zoe@exemple.fr", "owner": seller.pk, "my_text": "<b>bold</b>",
        "my_long_text": "one\r\ntwo", "my_email": "a@exemple.fr", "my_phone": "02 40 12", "my_url": "exemple.fr",
        "my_number": "1284.5", "my_money": "82 000 €", "my_date": "2026-11-21", "my_moment": "2026-11-21T09:30",
        "my_yes_no": "yes", "my_choice": "pro", "my_choices": ["free", "pro"], "my_link": "Ève Roux",
        "my_user": seller.pk,
    }  # fmt: skip


def only():
    return Record.objects.get()


def test_a_record_is_added_with_a_value_of_every_type(subscriptions, client, seller, contact, written):
    client.force_login(seller)

    answer = client.post(f"{BASE}/new", written)

    assert answer.status_code == 302
    assert answer["Location"] == f"{BASE}/{only().pk}"
    assert only().custom == {
        "my_text": "<b>bold</b>", "my_long_text": "one\ntwo", "my_email": "a@exemple.fr", "my_phone": "02 40 12",
        "my_url": "https://exemple.fr", "my_number": 1284.5, "my_money": 82000, "my_date": "2026-11-21",
        "my_moment": "2026-11-21T08:30:00+00:00", "my_yes_no": True, "my_choice": "pro",
        "my_choices": ["free", "pro"], "my_link": contact.pk, "my_user": seller.pk,
    }  # fmt: skip


def test_saving_a_form_untouched_changes_nothing(subscriptions, client, seller, written):
    client.force_login(seller)
    client.post(f"{BASE}/new", written)
    before = only().custom
    form = client.get(f"{BASE}/{only().pk}/edit").context["form"]

    sent = {bound.name: bound.value() for bound in form if bound.value() not in (None, "")}
    answer = client.post(f"{BASE}/{only().pk}/edit", sent)

    assert answer.status_code == 302
    assert only().custom == before


@pytest.mark.slow
@pytest.mark.shows("X2", "X10")
def test_lists_pages_and_previews_show_values_and_run_nothing(subscriptions, client, seller, written):
    client.force_login(seller)
    client.post(f"{BASE}/new", written)

    for address in (BASE, f"{BASE}/{only().pk}", f"{BASE}/{only().pk}?drawer=1"):
        page = client.get(address).content.decode()
        assert "&lt;b&gt;bold&lt;/b&gt;" in page
        assert "Ève Roux" in page
        assert "€82,000" in page
        assert "1,284.5" in page
        assert "Free, Pro" in page


def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(subscriptions, client, seller, written):
    client.force_login(seller)

    answer = client.post(f"{BASE}/new", {**written, "my_number": "twelve", "my_link": "Nobody"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“twelve” is not a number for My number" in page
    assert "there is no “Nobody”" in page
    assert "82 000 €" in page
    assert not Record.objects.exists()


def test_a_record_without_name_and_address_is_asked_for_one(subscriptions, client, seller):
    client.force_login(seller)

    answer = client.post(f"{BASE}/new", {"owner": seller.pk, "my_text": "x"})

    assert answer.status_code == 422
    assert "Give a name or an e-mail address." in answer.content.decode()


def test_a_search_and_an_order_of_a_list(subscriptions, client, seller):
    verbs = registry.module("subscriptions").verbs
    for name in ("Beta", "Alpha", "Gamma"):
        verbs.add({"name": name, "my_text": f"note of {name}"}, by=seller, now=NOW)
    client.force_login(seller)

    names = [row["name"] for row in client.get(f"{BASE}?sort=-name").context["rows"]]
    found = [row["name"] for row in client.get(f"{BASE}?q=note+of+alp").context["rows"]]

    assert names == ["Gamma", "Beta", "Alpha"]
    assert found == ["Alpha"]


def test_a_record_is_deleted(subscriptions, client, admin):
    record = registry.module("subscriptions").verbs.add({"name": "One"}, by=admin, now=NOW)
    client.force_login(admin)

    answer = client.post(f"{BASE}/{record.pk}/delete")

    assert answer["Location"] == BASE
    assert not Record.objects.exists()


@pytest.mark.shows("REC-03", "X8")
def test_what_one_may_not_see_is_not_there(subscriptions, client, seller):
    other = add_user(email="paul@helionne.example", name="Paul", role="salesperson")
    record = registry.module("subscriptions").verbs.add({"name": "His"}, by=other, now=NOW)
    Grant.objects.filter(module="subscriptions").update(read=1, edit=1, delete_level=0)
    client.force_login(seller)

    assert client.get(f"{BASE}/{record.pk}").status_code == 404
    assert client.get(f"{BASE}/{record.pk}/edit").status_code == 404
    assert client.post(f"{BASE}/{record.pk}/delete").status_code == 404
    assert client.get(f"{BASE}/options?for=x&x=His").content.decode().strip() == ""
    assert "His" not in client.get(BASE).content.decode()


def test_who_reads_only_changes_nothing(subscriptions, client, seller, reader):
    record = registry.module("subscriptions").verbs.add({"name": "One"}, by=seller, now=NOW)
    client.force_login(reader)

    assert client.get(f"{BASE}/{record.pk}").status_code == 200
    assert client.get(f"{BASE}/{record.pk}/edit").status_code == 403
    assert client.post(f"{BASE}/new", {"name": "Two"}).status_code == 403
    assert client.post(f"{BASE}/{record.pk}/delete").status_code == 403


@pytest.mark.parametrize("address", ["/records/nothing", "/records/nothing/1", "/records/nothing/new"])
def test_a_module_that_is_not_there_is_not_there(client, seller, address):
    client.force_login(seller)

    assert client.get(address).status_code == 404


def test_names_are_offered_for_a_link_while_one_types(subscriptions, client, seller, contact):
    client.force_login(seller)

    offered = client.get("/records/contact/options?for=my_link&my_link=rou").content.decode()

    assert 'value="Ève Roux"' in offered


@pytest.mark.slow
def test_a_list_asks_the_database_a_number_of_times_that_its_length_does_not_change(
    subscriptions, client, seller, contact, django_assert_max_num_queries
):
    verbs = registry.module("subscriptions").verbs
    for number in range(12):
        verbs.add({"name": f"n{number}", "my_link": contact.pk, "my_user": seller.pk}, by=seller, now=NOW)
    client.force_login(seller)
    client.get(BASE)

    with django_assert_max_num_queries(14):
        client.get(BASE)


@pytest.mark.slow
def test_a_module_stands_in_the_menu_in_the_palette_and_in_searches(subscriptions, client, seller):
    record = registry.module("subscriptions").verbs.add({"name": "Zoé’s plan"}, by=seller, now=NOW)
    client.force_login(seller)

    page = client.get("/profile").content.decode()
    found = client.get("/search?q=zoe&palette=1").content.decode()

    assert page.count(f'href="{BASE}"') >= 1
    assert f'data-href="{BASE}/new"' in page
    assert "New subscription" in page
    assert f'data-href="{BASE}/{record.pk}"' in found
    assert "Subscriptions" in found


@pytest.mark.shows("REC-03")
def test_a_module_that_one_may_not_read_is_not_in_the_menu(subscriptions, client, seller):
    Grant.objects.filter(module="subscriptions").update(read=0)
    client.force_login(seller)

    assert BASE not in client.get("/profile").content.decode()


@pytest.mark.shows("REC-08", "X13")
def test_records_are_taken_away_as_a_file_that_runs_nothing(subscriptions, client, admin, written):
    client.force_login(admin)
    client.post(f"{BASE}/new", {**written, "my_text": "=1+1"})

    file = b"".join(client.get("/exports/subscriptions.csv").streaming_content).decode()

    assert "'=1+1" in file
    assert "zoe@exemple.fr" in file
    assert "Free, Pro" in file
    assert "1284.5" in file
    assert "Ève Roux" in file
    assert b"".join(client.get("/exports/subscriptions.xlsx").streaming_content).startswith(b"PK")
    assert client.get("/exports/nothing.csv").status_code == 404


@pytest.mark.shows("REC-03", "X8")
def test_a_file_holds_what_one_may_see_and_is_for_those_who_export(subscriptions, client, seller, admin):
    registry.module("subscriptions").verbs.add({"name": "Hers"}, by=admin, now=NOW)
    Grant.objects.filter(module="subscriptions").update(read=1)
    client.force_login(seller)

    assert client.get("/exports/subscriptions.csv").status_code == 403
    seller.role.may_export = True
    seller.role.save()
    assert "Hers" not in b"".join(client.get("/exports/subscriptions.csv").streaming_content).decode()


@pytest.mark.shows("REC-05")
def test_many_records_are_changed_at_once(subscriptions, client, admin):
    record = registry.module("subscriptions").verbs.add({"name": "One"}, by=admin, now=NOW)
    client.force_login(admin)

    page = client.get(BASE).content.decode()
    asked = client.post("/bulk/subscriptions/edit", {"ids": record.pk})

    assert "/bulk/subscriptions/" in page
    assert asked.status_code == 200


@pytest.mark.slow
@pytest.mark.shows("REC-01")
def test_a_record_with_an_address_is_written_to_from_its_page(subscriptions, client, seller, reader, written):
    client.force_login(seller)
    client.post(f"{BASE}/new", written)

    page = client.get(f"{BASE}/{only().pk}").content.decode()
    client.force_login(reader)
    read = client.get(f"{BASE}/{only().pk}").content.decode()

    assert 'href="/mails/new?to=zoe%40exemple.fr"' in page
    assert "/mails/new?" not in read


@pytest.mark.shows("REC-01")
def test_a_day_stands_on_one_line_of_a_list(subscriptions, client, seller, written):
    client.force_login(seller)
    client.post(f"{BASE}/new", written)

    page = client.get(BASE).content.decode()

    assert '<span class="nowrap">21 Nov 2026</span>' in page
