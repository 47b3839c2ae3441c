"""Tasks, calls, cases, notes and histories through the API (REC-07, REC-09, API-01)."""

from __future__ import annotations

import pytest

from relance.people.models import Person

pytestmark = pytest.mark.django_db
DUE = "2026-11-25T14:30:00+01:00"


@pytest.fixture
def person(call):
    return call("POST", "/contacts", {"first_name": "Lucie", "emails": ["lucie@guerin.example"]}).json()["id"]


@pytest.mark.shows("REC-09", "API-01")
@pytest.mark.parametrize(
    ("path", "new", "changed"),
    [
        ("/tasks", {"subject": "Send the plan", "due_at": DUE, "priority": "high"}, {"note": "Two pages"}),
        ("/calls", {"subject": "Ring", "due_at": DUE, "minutes": 30, "direction": "in"}, {"result": "talked"}),
        ("/cases", {"subject": "Inverter hums", "status": "open"}, {"description": "Since Monday"}),
        ("/notes", {"text": "Decides with her husband", "is_pinned": True}, {"is_pinned": False}),
    ],
)
def test_each_kind_is_added_read_changed_found_and_deleted(call, person, path, new, changed):
    made = call("POST", path, {**new, "person": person})
    one = f"{path}/{made.json()['id']}"

    after = call("PATCH", one, changed).json()
    found = call("GET", f"{path}?person={person}&count=true").json()
    gone = call("DELETE", one)

    assert made.status_code == 201
    assert {key: made.json()[key] for key in new if key != "due_at"} == {k: v for k, v in new.items() if k != "due_at"}
    assert (after["person"], {key: after[key] for key in changed}) == (person, changed)
    assert (found["total"], found["items"]) == (1, [after])
    assert (gone.status_code, call("GET", one).status_code) == (204, 404)


@pytest.mark.shows("REC-09", "API-01")
@pytest.mark.parametrize("path", ["/tasks", "/calls", "/cases"])
def test_what_is_done_is_done_once_and_can_be_reopened(call, path):
    one = f"{path}/{call('POST', path, {'subject': 'x'}).json()['id']}"

    first = call("POST", f"{one}/done").json()
    second = call("POST", f"{one}/done").json()
    back = call("DELETE", f"{one}/done").json()

    assert first["done_at"] == second["done_at"] is not None
    assert back["done_at"] is None


@pytest.mark.shows("REC-05", "API-01")
def test_tasks_are_found_by_the_filters_of_their_list(call):
    call("POST", "/tasks", {"subject": "Some day"})
    late = call("POST", "/tasks", {"subject": "Late", "due_at": "2020-01-01T09:00:00+00:00"}).json()["id"]

    found = call("GET", "/tasks?due=overdue&owner=me&status=open").json()["items"]

    assert [one["id"] for one in found] == [late]
    assert call("GET", "/tasks?due=soon").json()["code"] == "bad_filter"


@pytest.mark.shows("API-01")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"subject": "   "}, 422, "nothing_said"),
        ({"subject": "x", "person": 999_999}, 404, "not_found"),
        ({"subject": "x", "owner": "nobody@nowhere.example"}, 404, "not_found"),
        ({"subject": "x", "custom": {"nothing": 1}}, 422, "unknown_field"),
        ({"subject": "x", "status": "maybe"}, 422, "invalid"),
        ({"subject": "x", "due_at": "2026-11-25"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(call, body, status, code):
    answer = call("POST", "/tasks", body)

    assert answer.status_code == status
    assert code in answer.json()["code"]


@pytest.mark.shows("API-01")
def test_a_change_of_what_changed_meanwhile_is_refused(call):
    one = f"/tasks/{call('POST', '/tasks', {'subject': 'x'}).json()['id']}"
    tag = call("GET", one).headers["ETag"]
    call("PATCH", one, {"subject": "y"}, if_match=tag)

    answer = call("PATCH", one, {"subject": "z"}, if_match=tag)

    assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")


@pytest.mark.shows("REC-07", "REC-10", "API-01")
def test_the_history_of_a_record_is_told_page_by_page(call, person):
    call("POST", "/notes", {"text": "Fears for the tiles", "person": person})
    call("POST", "/calls", {"subject": "About the tiles", "status": "done", "person": person})

    first = call("GET", f"/history/contact/{person}?limit=2").json()
    second = call("GET", f"/history/contact/{person}?limit=2&cursor={first['next'].replace('+', '%2B')}").json()

    told = [*first["items"], *second["items"]]
    assert [one["said"] for one in told] == ["About the tiles", "Fears for the tiles", "added"]
    assert second["next"] is None
    assert [one["kind"] for one in call("GET", f"/history/contact/{person}?show=note").json()["items"]] == ["note"]
    assert call("GET", f"/history/contact/{person}?cursor=x").json()["code"] == "bad_cursor"
    assert call("GET", f"/history/nothing/{person}").status_code == 404
    assert Person.objects.count() == 1


@pytest.mark.shows("API-05", "API-01")
def test_the_address_of_ones_calendar_is_made_read_and_withdrawn(call, client):
    before = call("GET", "/calendar-feed").json()
    made = call("POST", "/calendar-feed")
    path = "/feeds/" + made.json()["address"].rpartition("/")[2]
    call("POST", "/calls", {"subject": "Ring", "due_at": DUE})

    assert before == {"address": None}
    assert (made.status_code, call("GET", "/calendar-feed").json()) == (201, made.json())
    assert b"SUMMARY:Ring" in client.get(path).content
    assert call("DELETE", "/calendar-feed").status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.shows("API-05", "API-01")
def test_people_are_taken_along_as_address_cards(call, person):
    card = call("GET", f"/contacts/{person}/card.vcf")
    many = b"".join(call("GET", "/contacts/export.vcf?q=lucie").streaming_content)

    assert card["Content-Type"] == "text/vcard; charset=utf-8"
    assert b"FN:Lucie" in card.content
    assert many == card.content
