"""An administrator makes modules and fields in the settings, without a line of code (REC-01)."""

from datetime import UTC, datetime

import pytest

from relance.records import registry
from relance.records.models import CustomField, CustomModule
from relance.team.actions import add_user

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-01")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BASE = "/settings/modules"


@pytest.fixture
def admin():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def site(client, admin):
    client.force_login(admin)
    return client


def make(site, **more):
    return site.post(f"{BASE}/new", {"plural": "Sites", "name": "Site", "icon": "flag", **more})


def make_field(site, module="sites", **more):
    return site.post(f"{BASE}/{module}/fields/new", {"label": "Surface", "kind": "number", **more})


def test_a_module_is_made_and_stands_in_the_menu(site):
    answer = make(site, has_email="on")

    made = CustomModule.objects.get()
    assert answer["Location"] == f"{BASE}/sites"
    assert (made.key, made.name, made.icon, made.has_email) == ("sites", "Site", "flag", True)
    assert 'href="/records/sites"' in site.get(BASE).content.decode()


def test_a_module_without_a_name_is_said_to_want_one(site):
    answer = make(site, plural="Leads")

    assert answer.status_code == 422
    assert "There is a module named “Leads” already" in answer.content.decode()
    assert not CustomModule.objects.exists()


def test_a_field_with_choices_is_made_and_its_choices_renamed(site):
    make(site)
    make_field(site, label="State", kind="choice", more="Open\nShut\n")
    field = CustomField.objects.get()
    form = {"label": "State", "kind": "choice", "choice-open": "Wide open", "choice-shut": "", "more": "Sold"}

    answer = site.post(f"{BASE}/sites/fields/{field.pk}", form)

    assert answer.status_code == 302
    assert registry.field("sites", "state").options() == {"open": "Wide open", "sold": "Sold"}


def test_what_would_lose_values_is_refused_in_the_form(site, admin):
    make_field(site, module="lead", label="Plan", kind="text")
    registry.module("lead").verbs.add({"first_name": "Ève", "plan": "pro"}, by=admin, now=NOW)
    field = CustomField.objects.get()

    answer = site.post(f"{BASE}/lead/fields/{field.pk}", {"label": "Plan", "kind": "date"})

    assert answer.status_code == 422
    assert "1 record holds a value here" in answer.content.decode()


def test_fields_are_moved_retired_and_brought_back(site):
    make(site)
    for label in ("One", "Two"):
        make_field(site, label=label)
    one, two = CustomField.objects.order_by("pk")

    site.post(f"{BASE}/sites/fields/{two.pk}/up")
    site.post(f"{BASE}/sites/fields/{one.pk}/retire")
    without = site.get(f"{BASE}/sites").content.decode()
    site.post(f"{BASE}/sites/fields/{one.pk}/restore")

    assert [field.key for field in CustomField.objects.filter(retired_at=None)] == ["two", "one"]
    assert "Bring One back" in without


def test_a_module_is_retired_and_brought_back(site):
    make(site)

    site.post(f"{BASE}/sites/retire")
    gone = site.get("/records/sites").status_code
    page = site.get(BASE).content.decode()
    site.post(f"{BASE}/sites/restore")

    assert gone == 404
    assert "Bring Sites back" in page
    assert site.get("/records/sites").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(("module", "new"), [("lead", {"first_name": "Ève"}), ("account", {"name": "Hélionne"})])
def test_added_fields_stand_in_the_forms_and_on_the_pages_of_people_and_companies(site, admin, module, new):
    make_field(site, module=module, label="Plan", kind="choice", more="Free\nPro")
    make_field(site, module=module, label="Seats", kind="number", is_required="on")
    room = {"lead": "/leads", "account": "/companies"}[module]
    form = {**new, "owner": admin.pk, "plan": "pro"}

    refused = site.post(f"{room}/new", form)
    saved = site.post(f"{room}/new", {**form, "seats": "12,5"})
    page = site.get(saved["Location"]).content.decode()
    edited = site.get(f"{saved['Location']}/edit").content.decode()

    assert refused.status_code == 422
    assert "<dt>Plan</dt><dd>Pro" in page
    assert "<dt>Seats</dt><dd>12.5" in page
    assert 'value="12.5"' in edited
    assert site.post(f"{saved['Location']}/edit", {**form, "seats": "", "plan": ""}).status_code == 422


@pytest.mark.shows("REC-03")
@pytest.mark.parametrize("address", ["", "/new", "/lead", "/lead/fields/new"])
def test_the_pages_are_for_administrators(client, address):
    client.force_login(add_user(email="claire@helionne.example", name="Claire", role="manager"))

    assert client.get(f"{BASE}{address}").status_code == 403


@pytest.mark.parametrize("address", ["/nothing", "/nothing/fields/new", "/lead/fields/99"])
def test_what_is_not_there_is_not_there(site, address):
    assert site.get(f"{BASE}{address}").status_code == 404


def test_an_act_that_is_none_is_not_there(site):
    make(site)

    assert site.post(f"{BASE}/sites/explode").status_code == 404
    assert site.get("/records/sites").status_code == 200
