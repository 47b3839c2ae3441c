"""Whatever is wrong with a request, the answer is a problem that says so (RFC 9457), and nothing was written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.db import OperationalError
from django.test import Client

from relance.people.models import Account, Person
from relance.web import uploads

from .story import upload

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]


def raw(call, body: str | bytes, *, kind: str = "application/json", path: str = "/accounts"):
    return call.client.post(f"/api/v1{path}", body, content_type=kind)


def code(answer, status: int) -> str:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
    return answer.json()["code"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/leads", "/api/v1/leads/1/nothing", "/api/", "/api/v1/"])
def test_an_unknown_address_is_told_as_a_problem(client, call, path):
    assert code(client.get(path), 404) == "not_found"
    assert code(call.client.get(path), 404) == "not_found"


def test_a_verb_that_is_not_offered_is_told_with_those_that_are(call):
    answer = call("PUT", "/leads/1")

    assert code(answer, 405) == "method_not_allowed"
    assert {"GET", "PATCH", "DELETE"} == set(answer.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    "body", ["{", "", "nul", '{"name": NaN}', '{"name": Infinity}', b"\xff\xfe", '{"name": "x"} x', "[" * 100_000]
)
def test_what_is_not_json_is_refused(call, body):
    answer = raw(call, body)

    assert answer.status_code in (400, 422)
    assert code(answer, answer.status_code) in ("not_json", "invalid_request")
    assert Account.objects.count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_of_another_kind_is_refused(call, kind):
    assert code(raw(call, '{"name": "x"}', kind=kind), 415) == "wrong_content_type"
    assert Account.objects.count() == 0


@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800", r"\udfff x"])
def test_a_character_that_cannot_be_kept_is_refused_wherever_it_stands(call, text):
    filtered = f'{{"name": "x", "module": "lead", "criteria": {{"params": {{"{text}": "x"}}}}}}'
    answers = [
        raw(call, f'{{"name": "{text}"}}'),
        raw(call, f'{{"name": "x", "emails": ["{text}"]}}'),
        raw(call, filtered, path="/mass-mails"),
    ]

    assert [code(answer, 422) for answer in answers] == ["unwritable_text"] * 3
    assert code(call("GET", "/leads?q=%00"), 422) == "unwritable_text"


def test_a_body_nested_beyond_use_is_refused(call):
    body = '{"name": ' + "[" * 200 + "]" * 200 + "}"

    assert code(raw(call, body), 400) == "not_json"


def test_a_body_beyond_five_megabytes_is_refused_with_or_without_a_key(call):
    body = json.dumps({"name": "x", "note": "n" * 5_100_000})

    assert code(raw(call, body), 413) == "too_large"
    answer = call.client.post(
        "/api/v1/accounts", body, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert code(answer, 413) == "too_large"


def test_an_upload_beyond_the_limit_is_said_to_be_too_large(call, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(uploads, "USUAL", replace(uploads.USUAL, file_bytes=50))

    assert code(upload(call), 413) == "too_large"
    assert call("GET", "/imports").json()["items"] == []


def test_a_misspelt_field_is_refused_and_named(call):
    answer = call("POST", "/leads", {"first_name": "Ada", "emial": "ada@exemple.fr"})

    assert code(answer, 422) == "invalid_request"
    assert answer.json()["errors"][0]["field"] == "emial"
    assert Person.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/leads", {"emails": ["pas-une-adresse"]}),
        ("/leads", {}),
        ("/leads", {"first_name": " "}),
        ("/leads", {"first_name": "x" * 121}),
        ("/leads", {"emails": [f"{n}@x.fr" for n in range(21)]}),
        ("/accounts", {"name": ""}),
        ("/users", {"email": "x", "name": "X"}),
        ("/users", {"email": "x@helionne.example", "name": "X", "password": "password"}),
        ("/tokens", {"name": "x", "expires_at": "2020-01-01T00:00:00"}),
        ("/tokens", {"name": "x", "expires_at": "0001-01-01T00:00:00+14:00"}),
        ("/mailboxes", {"name": "x", "address": "not an address", "host": "h"}),
        ("/mailboxes", {"name": "x", "address": "a@b.example", "host": "h", "port": 70_000}),
        ("/suppressions", {"email": "x"}),
        ("/clock/advance", {"seconds": 1e300}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(call, path, body):
    answer = call("POST", path, body)

    assert code(answer, 422) in ("invalid_request", "invalid_value", "bad_address", "nobody_named")


@pytest.mark.parametrize("key", ["0", "99999999999999999999999999", "00001"])
def test_a_key_that_no_record_has_is_not_there(call, key):
    assert code(call("GET", f"/leads/{key}"), 404) == "not_found"


@pytest.mark.parametrize("query", ["owner=perhaps", "state=well", "created=lately", "account=x", "consent=%27"])
def test_a_filter_that_says_nothing_is_refused_rather_than_passed_over(call, query):
    assert code(call("GET", f"/leads?{query}"), 422) == "bad_filter"


@pytest.mark.parametrize("path", ["/leads", "/imports", "/suppressions"])
@pytest.mark.parametrize("cursor", ["x", "1;drop", "-1", "9" * 30, "٣"])
def test_a_cursor_of_another_kind_is_refused_everywhere(call, path, cursor):
    assert code(call("GET", f"{path}?cursor={cursor}"), 422) == "bad_cursor"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "updated_since=yesterday"])
def test_a_page_that_cannot_be_is_refused(call, query):
    assert code(call("GET", f"/leads?{query}"), 422) == "invalid_request"


def test_a_failure_of_ours_is_a_problem_that_tells_nothing_of_its_cause(call, monkeypatch):
    monkeypatch.setattr("relance.api.accounts.show", lambda _account: 1 / 0)
    call.client.raise_request_exception = False

    answer = call("POST", "/accounts", {"name": "x"})

    assert code(answer, 500) == "server_error"
    assert "division" not in answer.content.decode()


def test_a_database_that_is_away_is_told_apart_from_a_failure_of_ours(call, monkeypatch):
    def cut_off(_account):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("relance.api.accounts.show", cut_off)

    answer = call("POST", "/accounts", {"name": "x"})

    assert code(answer, 503) == "database_away"
    assert answer.headers["Retry-After"] == "5"


def test_the_words_of_a_problem_are_in_the_callers_language(call):
    answer = call("GET", "/leads/0", **{"Accept-Language": "fr"})

    assert answer.json()["code"] == "not_found"
    assert answer.headers["Content-Language"] == "fr"


def test_errors_are_told_to_callers_without_a_browser(db):
    answer = Client().get("/api/v1/leads", headers={"accept": "text/html"})

    assert code(answer, 401) == "not_signed_in"
    assert "Set-Cookie" not in answer.headers
