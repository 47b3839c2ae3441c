"""Views and criteria by the API: kept, listed by, refused in words (REC-05, X19)."""

from __future__ import annotations

import pytest

from relance.records.models import CustomField, View
from tests.api.houses import NOW
from tests.records.test_criteria import NASTY

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01", "REC-05")]
TREE = {"any": [{"field": "city", "operator": "is", "value": "Lyon"}, {"fact": "written"}]}


def add(call, first, **values):
    return call("POST", "/leads", {"first_name": first, **values}).json()


def names(answer):
    return sorted(item["first_name"] for item in answer.json()["items"])


def test_a_view_is_kept_read_changed_and_deleted(call):
    new = {"module": "lead", "name": "Lyon", "criteria": TREE, "columns": ["city", "account.city"], "sort": "-name"}

    made = call("POST", "/views", new)
    one = f"/views/{made.json()['id']}"
    changed = call("PATCH", one, {"where": "all(city:is:Paris)", "shared": True})
    listed = call("GET", "/views?module=lead")
    gone = call("DELETE", one)

    assert made.status_code == 201
    assert (made.json()["criteria"], made.json()["where"]) == (TREE, "any(city:is:Lyon,@written)")
    assert made.json()["sentence"] == "City is “Lyon” or was written to"
    assert (changed.json()["name"], changed.json()["sentence"]) == ("Lyon", "City is “Paris”")
    assert changed.json()["columns"] == ["city", "account.city"]
    assert [view["name"] for view in listed.json()["items"]] == ["Lyon"]
    assert (gone.status_code, call("GET", one).status_code) == (204, 404)


def test_a_list_takes_criteria_of_any_depth_and_views(call):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris"), ("Abel", "Lyon")):
        add(call, name, city=city)
    view = call("POST", "/views", {"module": "lead", "name": "Lyon", "where": "all(city:is:Lyon)"}).json()

    assert names(call("GET", "/leads?where=any(city:is:Paris,first_name:is:Ada)")) == ["Ada", "Bea"]
    assert names(call("GET", f"/leads?view={view['id']}")) == ["Abel", "Ada"]
    assert names(call("GET", f"/leads?view={view['id']}&where=none(city:is:Lyon)")) == ["Bea"]
    assert call("GET", "/leads?where=none(city:is:Lyon)&count=true").json()["total"] == 1
    assert call("GET", "/leads?view=999").status_code == 422
    assert call("GET", f"/contacts?view={view['id']}").status_code == 422


@pytest.mark.shows("X19")
@pytest.mark.parametrize("path", NASTY)
def test_what_no_module_declares_is_refused(call, path):
    add(call, "Ada")
    tree = {"all": [{"field": path, "operator": "filled"}]}

    answers = [
        call("GET", f"/leads?where=all({path}:filled)"),
        call("GET", f"/leads?{path}=p"),
        call("GET", f"/leads/export.csv?where=all({path}:filled)"),
        call("POST", "/views", {"module": "lead", "name": "x", "criteria": tree}),
        call("POST", "/views", {"module": "lead", "name": "x", "columns": [f"{path}.x"]}),
        call("POST", "/mass-mails", {"name": "x", "module": "lead", "audience": "filter",
                                     "criteria": {"params": {"where": f"all({path}:filled)"}}}),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [422] * 6
    assert all(answer.json()["detail"] for answer in answers)
    assert not View.objects.exists()


@pytest.mark.shows("X14")
@pytest.mark.parametrize("told", [[], "x", {"all": "x"}, {"any": []}, {"all": [{"all": [{}]}]}, {"field": "city"}])
def test_what_is_no_tree_is_refused(call, told):
    answer = call("POST", "/views", {"module": "lead", "name": "x", "criteria": told})

    assert answer.status_code == 422
    assert not View.objects.exists()


def test_a_view_says_what_is_not_there_any_more(call):
    CustomField.objects.create(module="lead", key="roof", label="Roof", kind="number", created_at=NOW)
    new = {"module": "lead", "name": "Roofs", "where": "all(roof:more:1)", "columns": ["roof"]}
    view = call("POST", "/views", new).json()
    CustomField.objects.update(retired_at=NOW)

    read = call("GET", f"/views/{view['id']}").json()
    rows = call("GET", f"/leads?view={view['id']}")
    renamed = call("PATCH", f"/views/{view['id']}", {"name": "Old roofs"})

    assert read["problems"] == [
        "Leads have no field “roof”.", "A column is left out: Leads have no field “roof”."
    ]  # fmt: skip
    assert (rows.status_code, rows.json()["detail"]) == (422, "Leads have no field “roof”.")
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Old roofs")


def test_views_are_put_in_order(call):
    ids = [call("POST", "/views", {"module": "lead", "name": name}).json()["id"] for name in "abc"]

    call("POST", "/views/order", {"module": "lead", "ids": [ids[2]]})

    assert [view["name"] for view in call("GET", "/views?module=lead").json()["items"]] == ["c", "a", "b"]
    assert [view["name"] for view in call("GET", "/views?limit=2").json()["items"]] == ["c", "a"]
    assert [view["name"] for view in call("GET", "/views?limit=2&cursor=2").json()["items"]] == ["b"]


def test_a_caller_reads_what_criteria_may_ask(call):
    told = call("GET", "/views/criteria/lead").json()

    assert {field["path"] for field in told["fields"]} >= {"city", "owner", "created_at", "account"}
    assert {fact["fact"] for fact in told["facts"]} >= {"written", "opened", "clicked", "replied", "bounced"}
    assert call("GET", "/views/criteria/password").status_code == 404


def test_a_mass_mail_goes_to_those_who_meet_a_tree(call):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris")):
        add(call, name, city=city, emails=[f"{name}@x.example"])
    criteria = {"params": {"where": "all(city:is:Lyon)"}}

    mail = call("POST", "/mass-mails", {"name": "x", "module": "lead", "audience": "filter", "criteria": criteria})
    everybody = {"name": "x", "module": "lead", "audience": "filter", "criteria": {"params": {"where": "all()"}}}

    assert call("GET", f"/mass-mails/{mail.json()['id']}/preflight").json()["matched"] == 1
    assert call("POST", "/mass-mails", everybody).status_code == 422
