"""Sign-in without a password (OAuth2 with PKCE): a local provider, a real Dovecot by XOAUTH2, and the fake relay."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from relance.mail import mailboxes, secrets, signing_in
from relance.mail.inbound import jobs
from relance.mail.models import Mailbox, Received
from relance.mail.signing_in import BadService, CannotSignIn, ServiceDraft
from relance.mail.transport.fake import FakeRelay, Script
from relance.mail.transport.imap import signed_in
from relance.mail.transport.oauth import Grant, NoGrant
from relance.team.actions import add_user
from relance.team.policy import Forbidden
from relance.team.workspace import organisation
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail
from tests.mail.oauth_provider import SECRET, oauth_provider

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BACK = "http://testserver/settings/sign-in/done"


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the provider of the tests has no certificate
    with oauth_provider() as running:
        yield running


@pytest.fixture
def boss():
    organisation()
    return add_user(email="boss@helionne.example", name="Boss", role="administrator")


@pytest.fixture
def box(provider, boss):
    """A mailbox whose owner is to sign in."""
    service = signing_in.save_service(None, ServiceDraft(values=provider.service, secret=SECRET), by=boss)
    return Mailbox.objects.create(
        name="Ann", address="ann@helionne.example", username="ann@helionne.example", service=service,
        host="127.0.0.1", security="none", imap_host="127.0.0.1", imap_security="none",
    )  # fmt: skip


def sign_in(box):
    """What the page and the browser do."""
    begun = signing_in.begin(box, back_to=BACK)
    answer = requests.get(begun.url, allow_redirects=False, timeout=60)
    told = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    assert told["state"] == begun.state
    signing_in.finish(box, told["code"], begun.verifier, back_to=BACK, now=NOW)


def grant_of(box):
    box.refresh_from_db()
    return Grant.read(secrets.box().open(box.grant, of=f"mailbox:{box.pk}:grant"))


@pytest.mark.shows("INBOX-01", "ESPI-02", "X15")
def test_who_signs_in_gives_a_token_that_is_renewed_before_it_ends_and_never_lies_open(provider, box):
    provider.life = 3600
    sign_in(box)
    first = signing_in.token(box.pk)
    same = signing_in.token(box.pk)
    provider.life = 60  # what comes next ends before it is worth anything
    renewed = signing_in.token(box.pk, fresh=True)
    again = signing_in.token(box.pk)

    kept = grant_of(box)
    assert first == same != renewed != again == kept.access
    assert provider.asked == ["authorization_code", "refresh_token", "refresh_token"]
    assert not any(secret in box.grant + box.service.secret for secret in (first, again, kept.refresh, SECRET))
    assert not any(secret in f"{kept!r}" for secret in (kept.access, kept.refresh))


@pytest.mark.shows("INBOX-01", "R19")
def test_each_refusal_has_its_sentence(provider, box, boss):
    begun = signing_in.begin(box, back_to=BACK)

    with pytest.raises(CannotSignIn, match="has given no permission"):
        signing_in.finish(box, "a-forged-code", begun.verifier, back_to=BACK, now=NOW)
    provider.is_away = True
    with pytest.raises(CannotSignIn, match="does not answer"):
        signing_in.finish(box, "x", begun.verifier, back_to=BACK, now=NOW)
    provider.is_away = False
    signing_in.save_service(box.service, ServiceDraft(secret="another"), by=boss)
    box.refresh_from_db()
    with pytest.raises(CannotSignIn, match="An administrator has to check"):
        signing_in.finish(box, "x", begun.verifier, back_to=BACK, now=NOW)
    with pytest.raises(NoGrant):
        signing_in.token(box.pk)


@pytest.mark.shows("INBOX-01")
def test_a_stolen_code_is_worth_nothing_without_its_verifier(provider, box):
    begun = signing_in.begin(box, back_to=BACK)
    answer = requests.get(begun.url, allow_redirects=False, timeout=60)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    with pytest.raises(CannotSignIn):
        signing_in.finish(box, code, signing_in.begin(box, back_to=BACK).verifier, back_to=BACK, now=NOW)


@pytest.mark.shows("INBOX-01", "X15", "REC-03")
def test_services_are_an_administrators_and_travel_under_tls(provider, boss):
    ann = add_user(email="ann@helionne.example", name="Ann", role="salesperson")
    open_ = {**provider.service, "token_url": "http://login.example.com/token"}

    with pytest.raises(Forbidden):
        signing_in.save_service(None, ServiceDraft(values=provider.service), by=ann)
    with pytest.raises(BadService, match="https"):
        signing_in.save_service(None, ServiceDraft(values=open_), by=boss)
    preset = signing_in.save_service(
        None, ServiceDraft(values={"preset": "google", "client_id": "x.apps.example"}, secret="s"), by=boss
    )

    assert (preset.name, preset.scopes) == ("Google", "https://mail.google.com/")
    assert "access_type=offline" in signing_in.begin(
        Mailbox(service=preset, address="a@b.example"), back_to=BACK
    ).url  # fmt: skip


@pytest.mark.shows("INBOX-01", "R19")
def test_mail_leaves_by_token_and_a_withdrawn_consent_asks_to_sign_in_again(provider, box):
    users: dict[str, str] = {}
    with FakeRelay(Script(users=users, auth=("XOAUTH2",))) as relay:
        Mailbox.objects.filter(pk=box.pk).update(port=relay.port)
        sign_in(box)
        users["ann@helionne.example"] = signing_in.token(box.pk)
        works = mailboxes.check_mailbox(box, now=NOW).works

        provider.revoke()
        grant = grant_of(box)
        Mailbox.objects.filter(pk=box.pk).update(
            grant=secrets.box().seal(
                Grant(access=grant.access, refresh=grant.refresh, until=0).written(), of=f"mailbox:{box.pk}:grant"
            )
        )
        refused = mailboxes.check_mailbox(box, now=NOW)

    assert works
    assert (refused.works, box.state) == (False, "broken")
    assert "Sign in again" in mailboxes.state_sentence(box)


@pytest.mark.slow
@pytest.mark.shows("INBOX-01", "INBOX-02", "R19", "ESPI-02")
def test_a_real_dovecot_is_read_by_token_until_the_consent_ends_and_nothing_is_lost(provider, box):
    with dovecot(f"{provider.url}/introspect") as server:
        Mailbox.objects.filter(pk=box.pk).update(imap_port=server.port)
        server.user = "ann@helionne.example"
        sign_in(box)
        server.fill([mail("Un")])
        first = jobs.read(box, now=NOW)

        provider.forget_access()  # refused before its time: renewed in the same dialogue
        server.fill([mail("Deux")])
        second = jobs.read(box, now=NOW)

        provider.revoke()
        server.fill([mail("Trois")])
        third = jobs.read(box, now=NOW)
        box.refresh_from_db()
        told = mailboxes.fetch_sentence(box), box.fetch_state, box.fetch_failures

        sign_in(box)
        mailboxes.check_incoming(box, now=NOW)
        jobs.read(box, now=NOW)
        with signed_in(mailboxes.server_of(box)) as imap:
            assert "AUTH=XOAUTH2" in imap.can or "IDLE" in imap.can

    assert (first.fetched, second.fetched, third) == (1, 1, None)
    assert ("Sign in again" in told[0], told[1:]) == (True, ("broken", 1))
    assert Received.objects.filter(mailbox=box).count() == 3
