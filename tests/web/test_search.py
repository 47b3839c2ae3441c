"""Search: the page and the palette's options."""

from __future__ import annotations

import pytest
from django.test import Client

from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.lib.fold import fold
from relance.mail.models import Template
from relance.people.models import Person
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]


@pytest.fixture
def client():
    organisation()
    role = policy.ensure_roles()["administrator"]
    camille = User.objects.create_user("camille@helionne.example", "un-mot-de-passe", name="Camille", role=role)
    now = clock.now()
    Person.objects.create(
        kind="contact", name="Hélène Rouvière", name_folded="helene rouviere", search="helene rouviere caves",
        created_at=now, updated_at=now,
    )  # fmt: skip
    MassMail.objects.create(name="Été chez Rouvière", module="contact", creator=camille, created_at=now, updated_at=now)
    Template.objects.create(name="Hello", subject="For Rouvière", owner=camille, created_at=now, updated_at=now)
    client = Client()
    client.force_login(camille)
    return client


def names(page):
    return [[found.name for found in rows] for _word, rows, *_links in page.context["groups"]]


def test_people_mails_and_templates_answer_whatever_their_accents(client):
    page = client.get("/search", {"q": "ROUVIERE"})

    assert names(page) == [["Hélène Rouvière"], ["Été chez Rouvière"], ["Hello"]]
    assert "<mark>Rouvière</mark>" in page.content.decode()


@pytest.mark.slow
def test_a_name_is_found_by_words_however_they_are_written_and_changed(client):
    MassMail.objects.update(name="Vœux  d’Ève: Straße, ŁÓDŹ")
    Template.objects.update(subject="Ça coûte 20 %", folder="Été")

    assert names(client.get("/search", {"q": "lodz voeux strasse EVE"})) == [["Vœux  d’Ève: Straße, ŁÓDŹ"]]
    assert names(client.get("/search", {"q": "ete coute ca"})) == [["Hello"]]
    assert fold(MassMail.objects.get().name) == MassMail.objects.get().search
    assert names(client.get("/search", {"q": "20 %%"})) == []


def test_where_only_the_first_are_shown_the_list_with_all_is_one_click_away(client):
    now = clock.now()
    Person.objects.bulk_create(
        Person(kind="lead", name=f"Rouvière {n}", name_folded=f"rouviere {n}", search=f"rouviere {n}",
               created_at=now, updated_at=now)
        for n in range(26)
    )  # fmt: skip

    page = client.get("/search", {"q": "rouvière"}).content.decode()

    assert "The first 28 results" in page
    assert 'href="/leads?q=rouvi%C3%A8re"' in page
    assert 'href="/contacts?q=' not in page.partition("</form>")[2]
    assert "The first" not in client.get("/search", {"q": "helene"}).content.decode()


def test_the_palette_receives_options_without_a_frame(client):
    html = client.get("/search", {"q": "rouv", "palette": "1"}).content.decode()

    assert "<html" not in html
    assert 'role="group"' in html


@pytest.mark.slow
def test_nothing_found_is_said(client):
    assert "zzzz" in client.get("/search", {"q": "zzzz"}).content.decode()
    assert names(client.get("/search", {"q": "zzzz"})) == []


@pytest.mark.shows("X2")
def test_what_is_typed_is_never_markup(client):
    html = client.get("/search", {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in html
