"""Signing in: by the organisation’s own service, by a second factor; sessions are listed, keys of the API closed."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client

from relance.config.single_sign_on import providers
from relance.team.actions import add_user
from relance.team.models import User
from tests.api.conftest import Caller
from tests.mail.oauth_provider import CLIENT, SECRET, oauth_provider

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-05")]
PASSWORD = "a-long-enough-word"


@pytest.fixture
def ann():
    return add_user(email="Ann@helionne.example", name="Ann", role="salesperson", password=PASSWORD)


@pytest.fixture
def service(settings):
    with oauth_provider() as provider:
        told = {"URL": provider.url, "CLIENT": CLIENT, "SECRET": SECRET, "NAME": "Maison"}
        settings.SOCIALACCOUNT_PROVIDERS = providers({f"RELANCE_SSO_{name}": value for name, value in told.items()})
        yield provider


def signed_in_by(client: Client, path: str = "/accounts/oidc/sso/login/"):
    """From the button to the service and back, as a browser goes."""
    there = client.get(path)
    back = requests.get(there["Location"], allow_redirects=False, timeout=60).headers["Location"]
    where = urlsplit(back)
    return client.get(f"{where.path}?{where.query}")


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def test_a_colleague_signs_in_at_the_service_of_the_organisation(client, ann, service):
    button = client.get("/accounts/login/?next=/profile").content.decode()
    answer = signed_in_by(client, "/accounts/oidc/sso/login/?next=/profile")

    assert "Sign in at Maison</a>" in button
    assert 'href="/accounts/oidc/sso/login/?next=/profile"' in button
    assert answer["Location"] == "/profile"
    assert is_in(client)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)

    service.who = "renamed@elsewhere.example"  # the same person of the service, whose address has changed there
    again = Client()
    signed_in_by(again)
    assert is_in(again)


def test_the_service_makes_nobody_a_colleague(client, ann, service):
    service.who = "stranger@helionne.example"
    stranger = signed_in_by(client)
    closed = client.get(stranger["Location"]).content.decode() if stranger.status_code == 302 else stranger.content

    assert "Colleagues are invited" in (closed if isinstance(closed, str) else closed.decode())
    assert not is_in(client)
    assert list(User.objects.all()) == [ann]


@pytest.mark.slow
def test_an_address_that_is_not_verified_or_an_account_that_is_closed_opens_nothing(client, ann, service):
    service.is_verified = False
    signed_in_by(client)
    assert not is_in(client)

    service.is_verified = True
    User.objects.filter(pk=ann.pk).update(is_active=False)
    signed_in_by(client)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()

    User.objects.filter(pk=ann.pk).update(is_active=True)
    signed_in_by(client)
    client.logout()
    User.objects.filter(pk=ann.pk).update(is_active=False)
    signed_in_by(client)
    assert not is_in(client)


def test_who_stops_at_the_service_or_finds_it_away_is_told_so(client, ann, service):
    service.refuses = True
    stopped = signed_in_by(client)
    told = client.get(stopped["Location"]) if stopped.status_code == 302 else stopped
    service.refuses, service.is_away = False, True
    away = signed_in_by(client)

    assert "You stopped at the sign-in service. Nothing was changed." in told.content.decode()
    assert "The sign-in service gave no answer that Relance can use." in away.content.decode()
    assert not is_in(client)


def test_without_a_service_there_is_no_button(client, ann):
    page = client.get("/accounts/login/").content.decode()

    assert "/accounts/oidc/" not in page
    assert client.get("/accounts/oidc/sso/login/").status_code == 404


def code(secret: str) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"


def test_a_second_factor_is_asked_for_after_password_and_service_alike(client, ann, service):
    secret = generate_totp_secret()
    TOTP.activate(ann, secret)

    by_password = client.post("/accounts/login/", {"login": "ann@helionne.example", "password": PASSWORD})
    assert by_password["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert is_in(client)

    other = Client()
    assert signed_in_by(other)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(other)


def test_sessions_are_listed_and_ended_everywhere_else(ann):
    here, there = Client(headers={"user-agent": "Firefox/132.0"}), Client(headers={"user-agent": "Chrome/130.0"})
    for each in (here, there):
        each.post("/accounts/login/", {"login": "ann@helionne.example", "password": PASSWORD})
        assert is_in(each)

    listed = here.get("/accounts/sessions/").content.decode()
    here.post("/accounts/sessions/")

    assert "Firefox" in listed
    assert "Chrome" in listed
    assert "this one" in listed
    assert is_in(here)
    assert not is_in(there)
    assert Session.objects.count() == 1


def test_a_key_of_the_api_is_made_and_closed_on_its_page_and_by_the_api(client, ann):
    client.force_login(ann)
    page = client.post("/settings/api", {"name": "Shop", "scope": "read"}).content.decode()
    text = page.split('<code class="token">')[1].split("</code>")[0]
    bearer = {"headers": {"authorization": f"Bearer {text}"}}

    assert client.get("/api/v1/me", **bearer).json()["email"] == ann.email
    made = Caller(ann)("POST", "/tokens", {"name": "Other", "scope": "read"}).json()
    listed = Caller(ann)("GET", "/tokens").json()["items"]
    assert {"Shop", "Other"} <= {one["name"] for one in listed}
    shop = next(one["id"] for one in listed if one["name"] == "Shop")
    client.post(f"/settings/api/{shop}/revoke")
    Caller(ann)("DELETE", f"/tokens/{made['id']}")
    client.logout()
    assert client.get("/api/v1/me", **bearer).status_code == 401
