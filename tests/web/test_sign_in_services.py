"""From the page of a mailbox to the sign-in page of its service and back (OAuth2), and what is said when it fails."""

from urllib.parse import urlsplit

import pytest
import requests

from relance.mail.models import Mailbox, SignInService
from relance.mail.transport.fake import FakeRelay, Script
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.mail.oauth_provider import SECRET, oauth_provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with oauth_provider() as running:
        yield running


@pytest.fixture
def ann(client, provider):
    """A salesperson in her browser, and a service that an administrator has registered."""
    organisation()
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator", language="en")
    client.force_login(boss)
    answer = client.post(
        "/settings/sign-in-services/new", {**provider.service, "client_secret": SECRET, "is_active": "on"}
    )
    assert answer.status_code == 302, answer.content.decode()
    user = add_user(email="ann@helionne.example", name="Ann", role="salesperson", language="en")
    client.force_login(user)
    return user


def connect(client, **more):
    """She connects her mailbox; the address of the provider's page to which she is sent."""
    values = {"name": "Ann", "address": "ann@helionne.example", "host": "smtp.example.com", "port": 587,
              "security": "starttls", "service": SignInService.objects.get().pk, "never_stored": "",
              **more}  # fmt: skip
    saved = client.post("/settings/mailboxes/new", values)
    assert saved.status_code == 302, saved.content.decode()
    return client.get(saved.url).url


def come_back(client, address):
    """The provider's page sends her back."""
    back = urlsplit(requests.get(address, allow_redirects=False, timeout=60).headers["Location"])
    client.get(f"{back.path}?{back.query}")
    return client.get("/settings/mailboxes").content.decode()


@pytest.mark.shows("INBOX-01", "ESPI-02", "X15")
def test_a_salesperson_connects_her_mailbox_by_signing_in_and_no_page_shows_a_secret(client, ann, provider):
    address = connect(client)

    page = come_back(client, address)

    box = Mailbox.objects.get()
    assert (box.kind, box.user, box.username, box.secret) == ("personal", ann, "ann@helionne.example", "")
    assert box.grant
    assert "Signed in at Maison" in page
    assert address.startswith(f"{provider.url}/authorize?")
    assert "login_hint=ann%40helionne.example" in address
    shown = page + client.get(f"/settings/mailboxes/{box.pk}").content.decode()
    assert not any(secret in shown for secret in (SECRET, *provider.access, *provider.refreshing, box.grant))


@pytest.mark.shows("INBOX-01", "R19", "X10")
def test_a_refused_consent_and_a_forged_return_change_nothing_and_say_so(client, ann, provider):
    address = connect(client)
    provider.refuses = True

    refused = come_back(client, address)
    forged = client.get("/settings/sign-in/done?code=x&state=y", follow=True).content.decode()

    assert "You have not given permission" in refused
    assert "was not begun here" in forged
    assert "waits for your sign-in at Maison" in forged
    assert not Mailbox.objects.get().grant


@pytest.mark.shows("INBOX-01", "R19")
def test_a_mailbox_whose_consent_ended_asks_its_owner_to_sign_in_again(client, ann, provider):
    with FakeRelay(Script(users={"x": "y"}, auth=("XOAUTH2",))) as relay:
        come_back(client, connect(client))
        Mailbox.objects.update(kind="shared", host="127.0.0.1", port=relay.port, security="none")
        provider.revoke()
        client.force_login(type(ann).objects.get(email="boss@helionne.example"))
        page = client.post(f"/settings/mailboxes/{Mailbox.objects.get().pk}/test", follow=True).content.decode()

    assert "Maison asks you to sign in again" in page
    assert "Sign in at Maison" in page


@pytest.mark.shows("REC-03", "X8")
def test_services_are_seen_by_administrators_and_a_mailbox_by_its_owner(client, ann):
    connect(client)
    client.force_login(add_user(email="bob@helionne.example", name="Bob", role="salesperson"))

    answers = [client.get(path).status_code for path in (
        "/settings/sign-in-services", "/settings/sign-in-services/new",
        f"/settings/mailboxes/{Mailbox.objects.get().pk}/sign-in",
    )]  # fmt: skip

    assert set(answers) <= {403, 404}
