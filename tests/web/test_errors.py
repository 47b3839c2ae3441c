"""Pages that say what went wrong; the frame of those who are signed in, one card for the others."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web.views import errors
from tests.web.urls import handler400, handler403, handler404, handler500
from tests.web.urls import urlpatterns as pages

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def forbidden(request):
    raise PermissionDenied("Only Yann may stop this mass mail.")


def broken(request):
    raise RuntimeError("boom")


def cut_off(request):
    raise OperationalError("server closed the connection unexpectedly")


urlpatterns = [path("cut-off", cut_off), path("forbidden", forbidden), path("broken", broken), *pages]


@pytest.fixture
def camille(db):
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", "un-mot-de-passe", name="Camille", role=role)


@pytest.fixture
def client(camille):
    client = Client(raise_request_exception=False)
    client.force_login(camille)
    return client


def test_a_missing_page_keeps_the_frame(client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert 'class="side"' in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_refusal_keeps_its_reason(client):
    answer = client.get("/forbidden")

    assert answer.status_code == 403
    assert "Only Yann may stop this mass mail." in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_crash_says_what_is_safe_and_nothing_of_its_cause(client):
    answer = client.get("/broken")

    assert answer.status_code == 500
    assert "boom" not in answer.content.decode()
    assert "is safe" in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_database_that_is_away_is_said_and_when_to_come_back(client):
    answer = client.get("/cut-off")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "does not answer just now" in answer.content.decode()


def test_the_page_of_a_crash_needs_no_database():
    """No database is allowed here: any query would fail the test."""
    answer = errors.server_error(HttpRequest())

    assert answer.status_code == 500


def test_a_form_without_its_token_is_refused_in_our_words(camille):
    client = Client(enforce_csrf_checks=True)
    client.force_login(camille)

    answer = client.post("/profile", {})

    assert answer.status_code == 403
    assert "Nothing has been done." in answer.content.decode()


def test_a_request_that_cannot_be_read_is_said():
    answer = errors.bad_request(RequestFactory().get("/"))

    assert answer.status_code == 400
