"""Who asks: what a session opens, read by statements of our own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from relance.team.actions import add_user
from relance.team.models import Role, Team, User
from relance.web.middleware import Surroundings
from relance.web.sessions import SessionStore
from relance.web.sign_in import Backend

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-03", "X8")]


@pytest.fixture
def camille():
    team = Team.objects.create(name="Nord")
    return add_user(email="camille@helionne.example", name="Camille", role="manager", team=team)


def plain(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_the_colleague_of_a_session_is_she_whom_the_database_keeps(camille, django_assert_num_queries):
    kept = User.objects.select_related("role").get(pk=camille.pk)

    with django_assert_num_queries(1):
        found = Backend().get_user(camille.pk)
        assert plain(found.role) == plain(kept.role)

    assert found == kept
    assert plain(found) == plain(kept)
    assert not found._state.adding
    assert isinstance(found.role, Role)


def test_a_closed_or_unknown_account_opens_nothing(camille):
    User.objects.filter(pk=camille.pk).update(is_active=False)

    assert Backend().get_user(camille.pk) is None
    assert Backend().get_user(camille.pk + 1) is None


def test_a_session_that_has_run_out_opens_nothing(camille):
    client = Client()
    client.force_login(camille)
    assert client.get("/profile").status_code == 200

    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert client.get("/profile").status_code == 302


def test_a_session_ends_with_its_password(camille):
    client = Client()
    client.force_login(camille)
    camille.set_password("another long enough word")
    camille.save()

    assert client.get("/profile").status_code == 302


def test_a_key_that_opens_nothing_is_not_kept():
    store = SessionStore("k" * 32)

    assert store.load() == {}
    assert store.session_key is None


def test_whoever_asks_is_known_before_the_page(camille):
    seen = []
    request = RequestFactory().get("/")
    request.session = SessionStore()

    Surroundings(lambda asked: seen.append(type(asked.user)) or {})(request)

    assert seen == [AnonymousUser]


@pytest.mark.parametrize("right", ["may_import", "may_export", "may_send_mass_mail"])
def test_a_right_is_the_roles_save_for_administrators_and_closed_accounts(camille, right):
    role = camille.role
    told = {}
    for administers, held, active in [
        (False, True, True),
        (False, False, True),
        (True, False, True),
        (True, True, False),
    ]:
        role.administers, camille.is_active = administers, active
        setattr(role, right, held)
        told[administers, held, active] = getattr(camille, right)

    assert list(told.values()) == [True, False, True, False]
