"""What a page asks before all else: one look, which no change escapes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from relance.lib import criteria as trees
from relance.records.models import CustomModule, View
from relance.team import actions
from relance.team.models import Organisation, Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.shows("L1", "X8")]
NOW = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    start = actions.FirstStart(
        organisation="Hélionne", name="Camille Aubry", email="camille@helionne.example", password="a long enough word"
    )
    return actions.set_up(start, now=NOW)


@pytest.fixture
def site(boss):
    client = Client()
    client.force_login(boss)
    client.get(reverse("contacts"))  # from the second page on it is known whose the session is
    return client


def page(client):
    return client.get(reverse("contacts")).content.decode()


def view(owner, name, *, is_shared=False):
    told = trees.write(trees.EVERYTHING)
    return View.objects.create(
        module="contact", owner=owner, name=name, is_shared=is_shared, criteria=told, created_at=NOW, updated_at=NOW
    )


def test_a_list_asks_the_database_four_times(site):
    page(site)

    with CaptureQueriesContext(connection) as asked:
        page(site)

    told = [query["sql"] for query in asked if "clock_offset" not in query["sql"]]
    assert len(told) <= 4, told


def test_every_change_is_seen_on_the_next_page_whoever_wrote_it(site, boss):
    page(site)
    made = view(boss, "Mine alone")
    CustomModule.objects.create(key="subscription", name="Subscription", plural="Subscriptions", created_at=NOW)
    Organisation.objects.update(name="Voltanne")
    User.objects.filter(pk=boss.pk).update(name="Camille Vidal")
    seen = page(site)

    View.objects.filter(pk=made.pk).update(name="Renamed")
    CustomModule.objects.update(retired_at=NOW)
    later = page(site)

    assert all(word in seen for word in ("Mine alone", "Subscriptions", "Voltanne", "Camille Vidal"))
    assert "Renamed" in later
    assert "Mine alone" not in later
    assert "Subscriptions" not in later


def test_a_right_that_a_role_loses_is_lost_on_the_next_page(boss):
    role = Role.objects.get(key=Role.Key.SALESPERSON)
    actions.add_user(email="sam@helionne.example", name="Sam", role=Role.Key.SALESPERSON)
    client = Client()
    client.force_login(User.objects.get(email="sam@helionne.example"))
    before = [page(client), page(client)][-1]

    role.grants.filter(module="contact").update(edit=0)
    Role.objects.filter(pk=role.pk).update(may_send_mass_mail=False)
    after = page(client)

    assert 'data-key="n"' in before
    assert reverse("mass-mail-new") in before
    assert 'data-key="n"' not in after
    assert reverse("mass-mail-new") not in after.partition('id="main"')[0]


def test_a_session_that_was_closed_opens_nothing_more(site, boss):
    page(site)
    User.objects.filter(pk=boss.pk).update(is_active=False)

    assert site.get(reverse("contacts")).status_code == 302


def test_no_page_carries_the_token_of_another(site):
    first, second = page(site), page(site)
    tokens = [set(re.findall(r'"X-CSRFToken": "(\w+)"', each)) | set(fields(each)) for each in (first, second)]

    assert all(len(each) == 1 for each in tokens)
    assert tokens[0] != tokens[1]


def fields(html):
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', html)


def test_two_colleagues_see_their_own_names_and_views(site, boss):
    other = actions.add_user(email="sam@helionne.example", name="Sam Roux", role=Role.Key.ADMINISTRATOR)
    view(boss, "Of Camille")
    view(other, "Of Sam")
    view(other, "For all", is_shared=True)
    client = Client()
    client.force_login(other)
    page(client)

    hers, his = page(site), page(client)

    assert ("Camille Aubry" in hers, "Sam Roux" in hers, "Of Camille" in hers, "Of Sam" in hers) == (
        True,
        False,
        True,
        False,
    )
    assert ("Of Camille" in his, "Of Sam" in his) == (False, True)
    assert "For all" in hers
    assert "For all" in his
