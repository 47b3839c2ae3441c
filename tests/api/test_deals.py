"""Deals and pipelines through the API, and the conversion of a lead."""

import pytest

from relance.deals.models import Deal
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.records import changes
from relance.records.models import CustomField
from relance.team.actions import add_user

from .conftest import Caller
from .houses import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-04", "API-01")]


@pytest.fixture
def api():
    return Caller(add_user(email="ada@helionne.example", name="Ada", role="administrator"))


@pytest.fixture
def lead(api):
    draft = PersonDraft(values={"first_name": "Nadia", "company": "Laiterie du Val"}, emails=("nadia@val.example",))
    return people.add_person("lead", draft, by=api.user, now=NOW)


def added(api, **told):
    return api("post", "/deals", {"name": "Dairy roof", **told}).json()


def test_a_deal_is_added_changed_moved_and_deleted(api):
    stages = api("get", "/pipelines").json()[0]["stages"]
    deal = added(api, amount=82000.5, close_date="2026-12-18")
    assert (deal["stage"], deal["state"], deal["amount"]) == (stages[0]["id"], "open", 82000.5)

    changed = api("patch", f"/deals/{deal['id']}", {"amount": "90000", "note": "Measured"}).json()
    assert (changed["amount"], changed["note"], changed["close_date"]) == (90000, "Measured", "2026-12-18")

    move = api("post", f"/deals/{deal['id']}/moves", {"stage": stages[5]["id"]})
    assert (move.status_code, move.json()["state"], move.json()["amount"]) == (201, "won", 90000)
    way = api("get", f"/deals/{deal['id']}/moves").json()["items"]
    assert [(line["source"], line["target"]) for line in way] == [
        (stages[0]["id"], stages[5]["id"]), (None, stages[0]["id"]),
    ]  # fmt: skip

    assert api("delete", f"/deals/{deal['id']}").status_code == 204
    assert api("get", f"/deals/{deal['id']}").status_code == 404


def test_the_audit_knows_by_which_door(api):
    deal = added(api)

    assert [line.way for line in changes.of("deal", deal["id"])] == ["api"]


def test_a_move_of_what_has_moved_meanwhile_is_refused(api):
    stages = api("get", "/pipelines").json()[0]["stages"]
    deal = added(api)

    answer = api("post", f"/deals/{deal['id']}/moves", {"stage": stages[2]["id"], "seen": stages[1]["id"]})

    assert answer.json()["code"] == "moved_meanwhile"
    assert Deal.objects.get().stage_id == stages[0]["id"]


@pytest.mark.parametrize(
    "body",
    [{"name": ""}, {"amount": -1}, {"amount": 10**13}, {"amount": 1.234}, {"currency": "ZZZ"}, {"stage": 999999},
     {"account": 999999}, {"contacts": [999999]}, {"owner": "nobody@x.example"}, {"custom": {"x": 1}},
     {"state": "won"}],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(api, body):
    deal = added(api)

    answer = api("patch", f"/deals/{deal['id']}", body)

    assert answer.status_code in (404, 409, 422)
    assert answer.json()["code"]
    assert api("get", f"/deals/{deal['id']}").json() == deal


def test_custom_fields_are_read_and_written(api):
    CustomField.objects.create(module="deal", key="surface", label="Surface", kind="number", created_at=NOW)

    deal = added(api, custom={"surface": 900})

    assert deal["custom"] == {"surface": 900}
    assert api("patch", f"/deals/{deal['id']}", {"custom": {"surface": "big"}}).status_code == 422


def test_deals_are_found_by_state_and_stage(api):
    stages = api("get", "/pipelines").json()[0]["stages"]
    first, second = added(api), added(api, name="Cold store", stage=stages[6]["id"])

    for query, expected in (("state=lost", second), (f"stage={stages[0]['id']}", first), ("q=cold", second)):
        assert [row["id"] for row in api("get", f"/deals?{query}").json()["items"]] == [expected["id"]]
    assert api("get", "/deals?state=maybe").status_code == 422


def test_pipelines_and_stages_are_arranged(api):
    assert [row["name"] for row in api("get", "/pipelines").json()] == ["Sales"]
    made = api("post", "/pipelines", {"name": "Roofs", "currency": "gbp", "quiet_days": 7}).json()
    path = f"/pipelines/{made['id']}"
    api("post", f"{path}/stages", {"name": "Survey", "probability": 30})
    survey = next(row for row in api("get", "/pipelines").json()[-1]["stages"] if row["name"] == "Survey")

    changed = api("put", f"{path}/stages/{survey['id']}", {"name": "Site survey", "probability": 35, "place": 2}).json()

    assert made["currency"] == "GBP"
    assert [row["name"] for row in changed["stages"]][:3] == ["Discovery", "Site survey", "Qualification"]
    assert api("delete", f"{path}/stages/{survey['id']}").status_code == 204
    assert api("delete", path).status_code == 204
    assert [row["name"] for row in api("get", "/pipelines").json()] == ["Sales"]


def test_a_stage_with_deals_is_not_retired_into_nothing(api):
    stages = api("get", "/pipelines").json()
    path = f"/pipelines/{stages[0]['id']}/stages/{stages[0]['stages'][0]['id']}"
    deal = added(api)

    assert api("delete", path).json()["code"] == "nowhere_to_go"
    into = stages[0]["stages"][1]["id"]
    assert api("delete", f"{path}?into={into}").status_code == 204
    assert api("get", f"/deals/{deal['id']}").json()["stage"] == into


@pytest.mark.shows("REC-06")
def test_a_lead_is_converted_with_an_account_and_a_deal_and_only_once(api, lead):
    told = {"company": "Laiterie du Val", "deal": {"name": "Dairy roof", "amount": 82000}}

    made = api("post", f"/leads/{lead.pk}/conversion", told)

    assert made.status_code == 201
    assert made.json()["contact"] == lead.pk
    deal = api("get", f"/deals/{made.json()['deal']}").json()
    assert (deal["contact"], deal["account"]) == (lead.pk, made.json()["account"])
    assert api("get", f"/contacts/{lead.pk}").status_code == 200
    assert api("post", f"/leads/{lead.pk}/conversion", {}).json()["code"] == "already_contact"
    assert Person.objects.count() == 1
