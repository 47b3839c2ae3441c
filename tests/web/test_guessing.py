"""Guessing passwords, guessing who has an account, and a forged host in the link of a forgotten password (X11)."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from relance.config.settings import EMAIL_BACKEND
from relance.mail.models import Mailbox, Message
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("X11")]
PASSWORD = "a-long-enough-word"
TOO_MANY = "Too many wrong tries. Wait a few minutes, then try again."


@pytest.fixture(autouse=True)
def forgotten_tries():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ann():
    return add_user(email="ann@helionne.example", name="Ann", role="salesperson", password=PASSWORD)


def tried(email, password, *, address="192.0.2.1", through="127.0.0.1"):
    """A browser of its own, behind our proxy."""
    client = Client(REMOTE_ADDR=through, headers={"x-forwarded-for": address})
    answer = client.post("/accounts/login/", {"login": email, "password": password})
    return answer.status_code, answer.content.decode()


@pytest.mark.slow
def test_an_account_is_closed_for_a_while_to_wrong_tries_wherever_they_come_from(ann):
    said = [tried(ann.email, f"wrong-{n}", address=f"192.0.2.{n}") for n in range(1, 12)]

    assert "The address or the password is wrong." in said[0][1]
    assert TOO_MANY in said[-1][1]
    assert TOO_MANY in tried(ann.email, PASSWORD, address="198.51.100.7")[1], "even with the right password"


@pytest.mark.slow
def test_an_address_that_guesses_is_stopped_and_its_neighbours_behind_the_same_proxy_are_not(ann):
    said = [tried(f"person{n}@helionne.example", "wrong", address="203.0.113.9") for n in range(12)]

    assert TOO_MANY in said[-1][1]
    assert TOO_MANY in tried(ann.email, PASSWORD, address="203.0.113.9")[1]
    assert tried(ann.email, PASSWORD, address="203.0.113.10")[0] == 302


@pytest.mark.slow
def test_an_address_cannot_be_put_on_by_whoever_is_no_proxy_of_ours(ann):
    for n in range(12):
        said = tried(f"person{n}@helionne.example", "wrong", address=f"192.0.2.{n}", through="203.0.113.9")

    assert TOO_MANY in said[1]


def test_a_stranger_hears_what_a_colleague_hears(ann):
    known, unknown = (tried(email, "wrong") for email in (ann.email, "nobody@helionne.example"))

    assert known[0] == unknown[0] == 200
    assert known[1].count("The address or the password is wrong.") == 1
    assert unknown[1].count("The address or the password is wrong.") == 1


def test_the_link_of_a_forgotten_password_never_leads_to_a_host_that_was_forged(ann, settings):
    settings.EMAIL_BACKEND = EMAIL_BACKEND
    organisation()
    Mailbox.objects.create(
        name="House", address="bonjour@helionne.example", host="127.0.0.1", port=25, security="none", is_default=True
    )

    forged = Client().post("/accounts/password/reset/", {"email": ann.email}, headers={"host": "evil.example"})
    handed = Client().post(
        "/accounts/password/reset/", {"email": ann.email}, headers={"x-forwarded-host": "evil.example"}
    )

    assert forged.status_code == 400
    assert handed.status_code == 302
    content = Message.objects.get().content
    assert "evil.example" not in content.html + content.text
    assert "/accounts/password/reset/key/" in content.html + content.text
