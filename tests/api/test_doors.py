"""Who gets in, and how the API says no."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from ninja.responses import NinjaJSONEncoder

from relance.api import api
from relance.api.described import described
from relance.team.actions import make_token, revoke_token
from relance.team.models import ApiToken, Organisation, User

from .conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]


def test_without_a_token_nothing_is_told(client, administrator):
    answer = client.get("/api/v1/me")

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_signed_in"


def test_a_token_says_who_calls(call):
    assert call("GET", "/me").json()["email"] == "admin@helionne.example"


@pytest.mark.slow
@pytest.mark.shows("ZMM-39", "TPL-02")
def test_a_signature_set_by_page_or_api_ends_each_new_mail_and_answer(call, client, administrator):
    client.force_login(administrator)
    profile = client.get("/profile").context["form"]
    values = {name: profile[name].value() for name in profile.fields} | {"signature": "Camille\nHélionne"}

    client.post("/profile", {name: value for name, value in values.items() if value})
    by_page = client.get("/mails/new").content.decode()
    told = call("PATCH", "/me", {"signature": "Camille, +33 2 00", "job_title": "Chief"}).json()
    by_api = client.get("/mails/new").content.decode()
    new = call("POST", "/drafts", {}).json()
    template = client.get("/templates/new").content.decode()

    assert "Camille<br>Hélionne" in by_page.replace("&lt;", "<").replace("&gt;", ">")
    assert (told["signature"], told["job_title"], told["name"]) == ("Camille, +33 2 00", "Chief", "Camille")
    assert "Camille, +33 2 00" in by_api
    assert "Camille, +33 2 00" in new["html"]
    assert "{User.signature}" in template, "a new template ends with it too"


def test_a_profile_takes_nothing_that_does_not_fit_and_no_role(call, administrator):
    zone = call("PATCH", "/me", {"time_zone": "Mars/Olympus"})
    role = call("PATCH", "/me", {"role": "administrator"})

    assert "There is no time zone named Mars/Olympus" in zone.json()["detail"]
    assert zone.status_code == 422
    assert role.status_code == 422
    administrator.refresh_from_db()
    assert administrator.time_zone == "Europe/Paris"


def test_only_the_hash_of_a_token_is_kept(call):
    token = ApiToken.objects.get()

    assert call.text not in (token.digest, token.prefix)
    assert token.digest == ApiToken.digest_of(call.text)


@pytest.mark.parametrize("change", ["revoked", "expired", "left"])
def test_a_token_that_was_closed_opens_nothing(call, change):
    token = ApiToken.objects.get()
    if change == "revoked":
        revoke_token(token, by=call.user, now=datetime.now(UTC))
    elif change == "expired":
        ApiToken.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    else:
        User.objects.update(is_active=False)

    assert call("GET", "/me").status_code == 401


def test_a_reading_token_writes_nothing(administrator):
    call = Caller(administrator, scope="read")

    answer = call("PATCH", "/organisation", {"name": "Other"})

    assert answer.status_code == 403
    assert Organisation.objects.filter(name="Other").count() == 0


def test_a_reader_changes_no_settings(reader):
    answer = reader("PATCH", "/organisation", {"name": "Other"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_request_of_another_form_names_the_field(call):
    answer = call("POST", "/users", {"email": "x@example.com", "name": "X", "language": "tlh"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith("language")


def test_too_many_calls_are_told_to_wait(call, monkeypatch):
    monkeypatch.setattr("relance.api.key.CALLS_A_MINUTE", 2)
    monkeypatch.setattr("relance.api.key.clock.now", lambda: datetime(2026, 11, 20, 9, 0, 15, tzinfo=UTC))

    answers = [call("GET", "/me") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].json()["code"] == "too_many_calls"


def test_a_token_is_shown_once(call):
    made = call("POST", "/tokens", {"name": "script"}).json()

    assert made["token"].startswith("relance_")
    assert "token" not in call("GET", "/tokens").json()["items"][0]


def test_nobody_closes_the_token_of_another(call, reader):
    token, _text = make_token(call.user, name="mine")

    assert reader("DELETE", f"/tokens/{token.pk}").status_code == 404
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None


def test_lists_are_paged_with_a_cursor(call):
    for number in range(5):
        call("POST", "/accounts", {"name": f"Company {number}"})

    first = call("GET", "/accounts?limit=3")
    rest = call("GET", f"/accounts?limit=3&cursor={first.json()['next']}")

    names = [item["name"] for item in first.json()["items"] + rest.json()["items"]]
    assert names == [f"Company {number}" for number in (4, 3, 2, 1, 0)]
    assert 'rel="next"' in first.headers["Link"]
    assert rest.json()["next"] is None


def test_a_cursor_of_another_kind_is_refused(call):
    assert call("GET", "/accounts?cursor=1;drop").json()["code"] == "bad_cursor"


def test_the_password_of_a_mailbox_goes_in_and_never_out(call):
    new = {"name": "Relay", "address": "hello@helionne.example", "host": "127.0.0.1", "password": "hunter2-secret"}

    made = call("POST", "/mailboxes", new)

    assert made.status_code == 201
    assert made.json()["has_password"] is True
    assert call("GET", "/mailboxes").json()["items"] == [made.json()]
    assert "hunter2" not in made.content.decode()


def test_a_connection_test_says_one_sentence(call):
    new = {"name": "Relay", "address": "hello@helionne.example", "host": "127.0.0.1", "port": 9, "security": "none"}
    made = call("POST", "/mailboxes", new).json()

    check = call("POST", f"/mailboxes/{made['id']}/test").json()

    assert (check["works"], check["code"]) == (False, "connection-refused")
    assert "127.0.0.1" in check["sentence"]


def test_the_clock_of_a_production_workspace_stands(call):
    assert call("POST", "/clock/advance", {"seconds": 60}).json()["code"] == "clock_is_real"


def test_the_description_is_openapi_3_1_and_needs_no_token(client):
    description = client.get("/api/v1/openapi.json").json()

    assert description["openapi"].startswith("3.1")
    assert "/api/v1/me" in description["paths"]


@pytest.mark.slow
def test_the_description_is_made_once_and_is_the_same_in_every_language():
    with override("fr"):
        french = described.__wrapped__(api, "/api/v1/")
    with override("en"):
        told = api.get_openapi_schema()

    assert json.dumps(french, cls=NinjaJSONEncoder) == json.dumps(told, cls=NinjaJSONEncoder)
    assert api.get_openapi_schema() is told
