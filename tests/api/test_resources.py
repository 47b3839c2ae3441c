"""What a caller expects of every resource: pages, counts, changes since, tags, many at once, and how much is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relance.people.models import Account, Person

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]
OLD = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def add(call, first: str, **values):
    new = {"first_name": first, "emails": [f"{first.lower()}@exemple.example"], **values}
    return call("POST", "/leads", new).json()


def test_a_list_tells_its_total_when_asked(call, monkeypatch):
    for name in ("Ada", "Bob", "Cleo"):
        add(call, name)

    assert call("GET", "/leads").json()["total"] is None
    assert call("GET", "/leads?count=true&limit=1").json()["total"] == 3
    monkeypatch.setattr("relance.api.paging.MOST_COUNTED", 2)
    assert call("GET", "/leads?count=true").json()["total"] == 2


def test_only_what_has_changed_since_is_asked_for(call):
    ada, bob = add(call, "Ada"), add(call, "Bob")
    Person.objects.update(updated_at=OLD)
    Account.objects.create(name="X", name_folded="x", created_at=OLD, updated_at=OLD)

    call("PATCH", f"/leads/{bob['id']}", {"city": "Lyon"})
    since = (OLD + timedelta(seconds=1)).isoformat().replace("+", "%2B")

    assert [item["id"] for item in call("GET", f"/leads?updated_since={since}").json()["items"]] == [bob["id"]]
    assert call("GET", f"/accounts?updated_since={since}").json()["items"] == []
    everybody = call("GET", "/leads?updated_since=2026-03-01T09:00:00Z").json()["items"]
    assert {item["id"] for item in everybody} == {ada["id"], bob["id"]}


@pytest.mark.parametrize(
    ("path", "new", "change", "other"),
    [
        ("/leads", {"first_name": "Ada"}, {"city": "Lyon"}, {"city": "Nantes"}),
        ("/contacts", {"first_name": "Ada"}, {"emails": ["a@b.example"]}, {"note": "x"}),
        ("/accounts", {"name": "Boréal"}, {"city": "Lyon"}, {"city": "Nantes"}),
        ("/templates", {"name": "T", "subject": "S", "html": "<p>x</p>"}, {"name": "U"}, {"name": "V"}),
    ],
)
def test_a_change_tied_to_a_state_is_refused_once_the_record_has_moved_on(call, path, new, change, other):
    one = f"{path}/{call('POST', path, new).json()['id']}"
    read = call("GET", one).headers["ETag"]

    first = call("PATCH", one, change, **{"If-Match": read})
    late = call("PATCH", one, other, **{"If-Match": read})

    assert (first.status_code, late.status_code, late.json()["code"]) == (200, 412, "changed_meanwhile")
    now = call("GET", one)
    assert now.json() == first.json()
    assert now.headers["ETag"] == first.headers["ETag"] != read
    assert call("PATCH", one, other, **{"If-Match": f'"other", {now.headers["ETag"]}'}).status_code == 200
    assert call("PATCH", one, change, **{"If-Match": "*"}).status_code == 200
    assert call("PATCH", one, other).status_code == 200


def test_many_people_are_added_each_with_its_own_result(call):
    items = [{"first_name": "Ada", "emails": ["ada@exemple.example"]}, {"emails": ["nonsense"]}, {}, {"last_name": "B"}]

    answer = call("POST", "/contacts/batch", {"items": items}).json()

    assert (answer["added"], [one["status"] for one in answer["results"]]) == (2, [201, 422, 422, 201])
    assert [one["code"] for one in answer["results"]] == ["", "bad_address", "nobody_named", ""]
    assert "nonsense" in answer["results"][1]["detail"]
    assert Person.objects.filter(kind="contact").count() == 2


@pytest.mark.slow
def test_a_batch_that_is_repeated_adds_once(call):
    key = {"Idempotency-Key": "batch-1"}
    items = [{"first_name": f"N{number}"} for number in range(30)]

    first = call("POST", "/leads/batch", {"items": items}, **key).json()
    again = call("POST", "/leads/batch", {"items": items}, **key).json()

    assert (first["added"], again) == (30, first)
    assert Person.objects.count() == 30
    assert call("POST", "/leads/batch", {"items": items * 7}).status_code == 422


def test_a_company_is_given_and_taken_away(call):
    company = call("POST", "/accounts", {"name": "Boréal"}).json()["id"]
    ada = add(call, "Ada", account_id=company)

    found = call("GET", f"/leads?account={company}").json()["items"]
    freed = call("PATCH", f"/leads/{ada['id']}", {"account_id": None}).json()

    assert [item["id"] for item in found] == [ada["id"]]
    assert (ada["account_id"], ada["company"], freed["account_id"]) == (company, "Boréal", None)


def test_the_addresses_keep_what_is_known_of_them(call):
    ada = add(call, "Ada")
    call("POST", f"/leads/{ada['id']}/opt-out", {})

    changed = call("PATCH", f"/leads/{ada['id']}", {"emails": ["neuve@exemple.example", "ADA@exemple.example"]}).json()

    assert [(each["email"], each["primary"], each["opted_out_at"] is None) for each in changed["addresses"]] == [
        ("neuve@exemple.example", True, True), ("ADA@exemple.example", False, False),
    ]  # fmt: skip
    assert changed["email"] == "neuve@exemple.example"


def test_every_answer_says_how_many_calls_are_left(call, monkeypatch):
    monkeypatch.setattr("relance.api.key.CALLS_A_MINUTE", 3)

    answers = [call("GET", "/me") for _ in range(3)] + [call("GET", "/leads/0")]

    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    assert all(0 < int(answer.headers["RateLimit-Reset"]) <= 60 for answer in answers)
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)


def test_the_remaining_calls_count_down_to_a_refusal(call, monkeypatch):
    monkeypatch.setattr("relance.api.key.CALLS_A_MINUTE", 2)
    monkeypatch.setattr("relance.api.key.clock.now", lambda: datetime(2026, 11, 20, 9, 0, 15, tzinfo=UTC))

    answers = [call("GET", "/me") for _ in range(3)]

    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == answers[2].headers["RateLimit-Reset"] == "45"


def test_the_next_page_is_linked_with_the_filters(call):
    for name in ("Ada", "Bob"):
        add(call, name, city="Saint-Étienne")

    first = call("GET", "/leads?city=Saint-%C3%89tienne&limit=1")
    link = first.headers["Link"].partition("<")[2].partition(">")[0]
    second = call.client.get(link)

    assert [item["first_name"] for item in first.json()["items"] + second.json()["items"]] == ["Bob", "Ada"]
    assert "Link" not in second.headers
