"""Addresses and forms as a malicious colleague writes them: an answer in words, never a crash."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings
from django.urls import path

from relance.lib.refusal import Refused
from relance.mail.models import Mailbox
from relance.mail.templates import TemplateDraft, add_template
from relance.people.models import Person
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from tests.web.urls import handler400, handler403, handler404, handler500
from tests.web.urls import urlpatterns as pages

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
pytestmark = [pytest.mark.django_db, pytest.mark.shows("X14", "X19")]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NUL = "a\0b"
NO_NUMBERS = ["²", "٣", "9" * 30, "9" * 5000, "-1", "1;drop", NUL]


def refusing(request):
    raise Refused("It has left already. Copy it to send it again.")


urlpatterns = [path("refusing", refusing), *pages]


def colleague(role, name="camille"):
    organisation()
    roles = policy.ensure_roles()
    return User.objects.create_user(f"{name}@helionne.example", "un-mot-de-passe", name=name, role=roles[role])


@pytest.fixture
def camille():
    return colleague("administrator")


@pytest.fixture
def client(camille):
    client = Client(raise_request_exception=False)
    client.force_login(camille)
    return client


@pytest.mark.parametrize(
    "page", ["/leads", "/search", "/templates", "/mass-mails/new", "/mass-mails/left-out", "/imports"]
)
def test_a_nul_in_an_address_is_not_understood(client, page):
    assert client.get(page, {"q": NUL}).status_code == 400


def test_a_nul_in_a_form_writes_nothing(client):
    answer = client.post("/mass-mails/new", {"name": NUL, "module": "contact", "selection": "all"})

    assert answer.status_code == 400
    assert "Nothing has been done" in answer.content.decode()


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_no_row(client, camille, text):
    template = add_template(
        TemplateDraft(values={"name": "Offer", "subject": "Hello", "html": "<p>Hello</p>"}), by=camille, now=NOW
    )
    form = {"name": "Offer", "language": "en", "subject": "Hello", "html": "<p>Hello</p>", "person": text}

    answers = [
        client.get("/mass-mails/left-out", {"module": "contact", "after": text}),
        client.post("/templates/preview", form),
        client.post(f"/templates/{template.pk}?mass_mail={text[:100]}", form),
    ]

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


@override_settings(ROOT_URLCONF=__name__)
def test_what_cannot_be_done_is_said_on_the_page_it_was_asked_from(client):
    answer = client.post("/refusing", headers={"referer": "http://testserver/mass-mails"}, follow=True)

    assert answer.redirect_chain == [("http://testserver/mass-mails", 302)]
    assert "Copy it to send it again." in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_refusal_never_leads_to_another_host(client):
    answer = client.post("/refusing", headers={"referer": "http://evil.example/mass-mails"})

    assert answer.headers["Location"] == "/"


@pytest.mark.shows("X8", "ADM-01")
def test_the_last_steps_of_the_first_start_are_an_administrators(camille):
    Mailbox.objects.create(name="Ours", address="us@helionne.example", host="smtp.helionne.example", is_default=True)
    client = Client()
    client.force_login(colleague("salesperson", "maud"))

    looked, added = client.get("/start/mailbox"), client.post("/start/samples", {"samples": "yes"})

    assert (looked.status_code, added.status_code) == (403, 403)
    assert "smtp.helionne.example" not in looked.content.decode()
    assert not Person.objects.exists()


@pytest.mark.parametrize("field", ["maildir", "ca_file"])
def test_a_path_that_no_file_can_have_is_refused_in_words(client, field):
    form = {
        "name": "Ours", "address": "us@helionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "connections": "4", field: "/" + "x" * 400,
    }  # fmt: skip

    answer = client.post("/settings/mailboxes/new", form)

    assert answer.status_code == 422
    assert not Mailbox.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("bounce_domain", "²"), ("bounce_domain", "a\r\nRCPT TO:<x@y.example>"), ("address", "us@[127.0.0.1]")],
)
def test_a_mailbox_never_greets_a_server_with_what_is_no_domain(client, field, value):
    form = {
        "name": "Ours", "address": "us@helionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "connections": "4", field: value,
    }  # fmt: skip

    answer = client.post("/settings/mailboxes/new", form)

    assert answer.status_code == 422
    assert not Mailbox.objects.exists()


def test_a_domain_with_accents_is_kept_as_the_wire_wants_it(client):
    client.post("/settings/mailboxes/new", {
        "name": "Ours", "address": "us@hélionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "connections": "4", "bounce_domain": "retours.hélionne.example",
    })  # fmt: skip

    mailbox = Mailbox.objects.get()
    assert (mailbox.address, mailbox.bounce_domain) == ("us@xn--hlionne-bya.example", "retours.xn--hlionne-bya.example")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/mass-mails/3/send", "/mass-mails/3"),
        ("/leads/4/delete", "/leads/4"),
        ("/settings/api/5/revoke", "/settings/api"),
    ],
)
def test_an_address_that_only_takes_forms_leads_to_the_page_above(client, address, page):
    assert client.get(address).headers["Location"] == page


@pytest.mark.shows("T5")
@pytest.mark.parametrize(
    ("referer", "back"),
    [("http://testserver/leads/new", "%2Fleads%2Fnew"), ("http://evil.example/", "%2F")],
)
def test_a_form_sent_after_the_session_ended_comes_back_to_its_page(camille, referer, back):
    answer = Client().post("/leads/new", {"first_name": "Zoé"}, headers={"referer": referer})

    assert answer.headers["Location"] == f"/accounts/login/?next={back}"
