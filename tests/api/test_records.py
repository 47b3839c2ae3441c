"""Any module through the API: its fields are described, its records are written by them (API-01, REC-01)."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from relance.records import defining
from relance.records.defining import FieldDraft
from relance.records.models import Change, Record
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Level

from .conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01", "REC-01")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BASE = "/records/subscriptions"


@pytest.fixture
def subscriptions(call):
    call("POST", "/modules", {"name": "Subscription", "plural": "Subscriptions", "has_email": True})
    for field in (
        {"label": "Seats", "kind": "number", "required": True},
        {"label": "Plan", "kind": "choice", "choices": [{"label": "Free"}, {"label": "Pro"}]},
        {"label": "Renews", "kind": "date", "listed": True},
        {"label": "Client", "kind": "link", "target": "contact"},
    ):
        assert call("POST", "/modules/subscriptions/fields", field).status_code == 201
    return "subscriptions"


def one(**values):
    return {"values": {"name": "Zoé", "seats": 3, **values}}


def test_a_module_is_made_and_described(call, subscriptions):
    told = call("GET", "/modules/subscriptions").json()

    assert (told["label"], told["custom"], told["has_email"]) == ("Subscriptions", True, True)
    fields = {field["key"]: field for field in told["fields"]}
    assert fields["seats"]["required"] is True
    assert fields["plan"]["choices"] == [{"key": "free", "label": "Free"}, {"key": "pro", "label": "Pro"}]
    assert fields["name"]["custom"] is False
    assert {"lead", "contact", "account", "subscriptions"} <= {
        module["key"] for module in call("GET", "/modules").json()["items"]
    }


def test_a_record_is_added_read_changed_and_deleted(call, subscriptions):
    contact = call("POST", "/contacts", {"first_name": "Ève", "last_name": "Roux"}).json()

    added = call("POST", BASE, one(plan="Pro", renews="2026-12-31", client="Ève Roux", email="Zoe@Exemple.FR"))

    record = added.json()
    assert added.status_code == 201
    assert record["values"]["plan"] == "pro"
    assert record["values"]["client"] == contact["id"]
    assert record["values"]["email"] == "Zoe@exemple.fr"
    path = f"{BASE}/{record['id']}"
    changed = call("PATCH", path, {"values": {"seats": 12.5, "renews": None}}).json()
    assert (changed["values"]["seats"], changed["values"]["renews"], changed["name"]) == (12.5, None, "Zoé")
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


@pytest.mark.shows("REC-10")
def test_the_audit_says_that_it_came_through_the_api(call, subscriptions):
    call("POST", BASE, one())
    call("POST", "/leads", {"first_name": "Ève"})

    assert set(Change.objects.filter(act="added").values_list("module", "way")) == {
        ("subscriptions", "api"),
        ("lead", "api"),
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "Zoé"}, "Seats must not be empty"),
        ({"name": "Zoé", "seats": "twelve"}, "is not a number"),
        ({"name": "Zoé", "seats": 3, "plan": "Gold"}, "not one of the choices"),
        ({"name": "Zoé", "seats": 3, "client": 987654}, "is not there"),
        ({"name": "Zoé", "seats": 3, "nothing": 1}, "is not a field"),
        ({"name": "Zoé", "seats": 3, "created_at": "2026-01-01"}, "is not a field"),
        ({"seats": 3}, "Give a name"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(call, subscriptions, values, said):
    answer = call("POST", BASE, {"values": values})

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert not Record.objects.exists()


@pytest.mark.slow
@pytest.mark.shows("API-04")
def test_orders_of_a_shop_stand_at_contact_and_account_and_tell_who_has_not_bought_yet(call, client, administrator):
    call("POST", "/modules", {"name": "Order", "plural": "Orders"})
    for field in (
        {"label": "Client", "kind": "link", "target": "contact"},
        {"label": "Company", "kind": "link", "target": "account"},
        {"label": "Amount", "kind": "money"},
        {"label": "Ordered on", "kind": "date"},
    ):
        assert call("POST", "/modules/orders/fields", field).status_code == 201
    west = call("POST", "/accounts", {"name": "West"}).json()["id"]
    ada, bea = (call("POST", "/contacts", {"first_name": name}).json()["id"] for name in ("Ada", "Bea"))
    order = {"name": "A-17", "client": ada, "company": west, "amount": "1290.50", "ordered_on": "2026-11-19"}

    first = call("POST", "/records/orders", {"values": order}, **{"Idempotency-Key": "shop-17"})
    again = call("POST", "/records/orders", {"values": order}, **{"Idempotency-Key": "shop-17"})
    many = [{"values": {**order, "name": f"B-{n}", "client": None}} for n in range(11)]
    assert call("POST", "/records/orders/batch", {"items": many}).json()["added"] == 11

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    client.force_login(administrator)
    contact, other = (client.get(f"/contacts/{pk}").content.decode() for pk in (ada, bea))
    account = client.get(reverse("account", args=[west])).content.decode()
    assert 'id="own-1">Orders</h2>' in contact
    assert f'href="/records/orders/{first.json()["id"]}">A-17</a>' in contact
    assert "1,290.50" in contact
    assert "19 Nov 2026" in contact
    assert "own-1" not in other
    assert len(re.findall(r'href="/records/orders/\d+"', account)) == 10, "the newest; the others are a page further"
    assert f'href="/records/orders?where=all%28company%3Ais%3A{west}%29">All of them</a>' in account
    everything = client.get(f"/records/orders?where=all(company:is:{west})").content.decode()
    assert all(f">{name}<" in everything for name in ("A-17", "B-0", "B-10"))

    bought, not_yet = ({"params": {"where": f"all(@orders.client{told})"}} for told in ("", ":no"))
    told = [
        call("GET", "/contacts?where=all(@orders.client:no)"),
        call("GET", "/accounts?where=all(@orders.company:yes:12)"),
    ]
    assert [[row["name"] for row in answer.json()["items"]] for answer in told] == [["Bea"], ["West"]]
    for chosen, names in ((bought, ["Ada"]), (not_yet, ["Bea"])):
        new = {"name": "Autumn", "module": "contact", "audience": "filter", "criteria": chosen}
        mail = call("POST", "/mass-mails", new).json()["id"]
        left_out = call("GET", f"/mass-mails/{mail}/left-out").json()["items"]
        assert [row["name"] for row in left_out] == names, "nobody has an address, and only these were chosen"


@pytest.mark.slow
@pytest.mark.shows("API-04", "X8")
def test_orders_that_a_colleague_may_not_see_do_not_stand_beside_the_contact(call, client, administrator):
    call("POST", "/modules", {"name": "Order", "plural": "Orders"})
    call("POST", "/modules/orders/fields", {"label": "Client", "kind": "link", "target": "contact"})
    ada = call("POST", "/contacts", {"first_name": "Ada"}).json()["id"]
    call("POST", "/records/orders", {"values": {"name": "A-17", "client": ada}})
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    Grant.objects.filter(role=seller.role).update(read=Level.ALL)
    Grant.objects.update_or_create(role=seller.role, module="orders", defaults={"read": Level.OWN})
    client.force_login(seller)

    page = client.get(f"/contacts/{ada}")

    assert page.status_code == 200
    assert "A-17" not in page.content.decode()


def test_of_many_each_has_its_own_result(call, subscriptions):
    answer = call("POST", f"{BASE}/batch", {"items": [one(), {"values": {"name": "No seats"}}, one(name="Two")]}).json()

    assert (answer["added"], [result["status"] for result in answer["results"]]) == (2, [201, 422, 201])


def test_records_are_searched_and_paged(call, subscriptions):
    for number in range(3):
        call("POST", BASE, one(name=f"Client {number}"))

    first = call("GET", f"{BASE}?limit=2&count=true").json()
    found = call("GET", f"{BASE}?q=client+1").json()

    assert ([row["name"] for row in first["items"]], first["total"]) == (["Client 2", "Client 1"], 3)
    assert [row["name"] for row in found["items"]] == ["Client 1"]
    assert [row["name"] for row in call("GET", f"{BASE}?cursor={first['next']}").json()["items"]] == ["Client 0"]


@pytest.mark.shows("API-01")
def test_a_change_can_be_tied_to_what_was_read(call, subscriptions):
    record = call("POST", BASE, one()).json()
    path = f"{BASE}/{record['id']}"
    read = call("GET", path)["ETag"]
    call("PATCH", path, {"values": {"seats": 4}})

    late = call("PATCH", path, {"values": {"seats": 5}}, **{"If-Match": read})

    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")


def test_people_and_companies_have_added_fields_too(call):
    call("POST", "/modules/lead/fields", {"label": "Plan", "kind": "text"})
    call("POST", "/modules/account/fields", {"label": "Seats", "kind": "number"})

    lead = call("POST", "/leads", {"first_name": "Ève", "custom": {"plan": "pro"}}).json()
    account = call("POST", "/accounts", {"name": "Hélionne", "custom": {"seats": 3}}).json()
    emptied = call("PATCH", f"/leads/{lead['id']}", {"custom": {"plan": None}}).json()
    wrong = call("PATCH", f"/accounts/{account['id']}", {"custom": {"seats": "many"}})

    assert (lead["custom"]["plan"], account["custom"]["seats"], emptied["custom"]["plan"]) == ("pro", 3, None)
    assert wrong.status_code == 422


def test_a_field_is_changed_and_retired_and_comes_back(call):
    call("POST", "/modules/lead/fields", {"label": "Plan", "kind": "text"})
    call("POST", "/leads", {"first_name": "Ève", "custom": {"plan": "pro"}})
    path = "/modules/lead/fields/plan"

    refused = call("PATCH", path, {"kind": "number"})
    renamed = call("PATCH", path, {"label": "Tariff", "required": True}).json()
    gone = call("DELETE", path).status_code
    without = {field["key"] for field in call("GET", "/modules/lead").json()["fields"]}
    back = call("PATCH", path, {"retired": False}).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "bad_field") or refused.status_code == 422
    assert (renamed["key"], renamed["label"], renamed["required"]) == ("plan", "Tariff", True)
    assert (gone, "plan" in without, back["key"]) == (204, False, "plan")


def test_a_retired_module_comes_back_with_its_records(call, subscriptions):
    call("POST", BASE, one())

    gone = call("DELETE", "/modules/subscriptions").status_code
    without = call("GET", BASE).status_code
    back = call("POST", "/modules/subscriptions/restore").status_code

    assert (gone, without, back) == (204, 404, 200)
    assert len(call("GET", BASE).json()["items"]) == 1


@pytest.mark.shows("REC-03", "X8")
def test_a_colleague_sees_and_writes_as_far_as_the_role_reaches(call, subscriptions):
    record = call("POST", BASE, one()).json()
    seller = Caller(add_user(email="claire@helionne.example", name="Claire", role="salesperson"))
    Grant.objects.filter(module="subscriptions").update(read=1, edit=1, delete_level=1)
    path = f"{BASE}/{record['id']}"

    answers = [seller("GET", path), seller("PATCH", path, one()), seller("DELETE", path)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert seller("GET", BASE).json()["items"] == []
    assert seller("POST", BASE, one()).status_code == 201


def test_only_administrators_make_modules_and_fields(reader):
    module = {"name": "Site", "plural": "Sites"}

    assert reader("POST", "/modules", module).status_code == 403
    assert reader("POST", "/modules/lead/fields", {"label": "x", "kind": "text"}).status_code == 403


def test_a_retired_field_is_told_nowhere(call, administrator):
    field = defining.add_field("lead", FieldDraft(label="Plan", kind="text"), by=administrator, now=NOW)
    lead = call("POST", "/leads", {"first_name": "Ève", "custom": {"plan": "secret"}}).json()

    defining.retire_field(field, by=administrator, now=NOW)

    assert "secret" not in call("GET", f"/leads/{lead['id']}").content.decode()
