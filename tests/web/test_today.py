"""Today: the first steps, what just happened, what is leaving; the profile and the toasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.mail import mailboxes
from relance.mail.models import Mailbox, Message, Recipient, Template
from relance.mail.models.template import Content
from relance.mail.models.tracking import Interaction
from relance.people.models import Person
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 19, 14, 42, tzinfo=UTC)
PASSWORD = "un-mot-de-passe-long"
PROFILE = {"time_zone": "Europe/Paris", "language": "fr", "theme": "dark", "density": "comfortable"}


@pytest.fixture
def camille():
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", PASSWORD, name="Camille Aubry", role=role)


@pytest.fixture
def client(camille):
    client = Client()
    client.force_login(camille)
    return client


@pytest.fixture
def mass_mail(camille):
    now = clock.now()
    mailbox = Mailbox.objects.create(name="Relay", address="c@helionne.example", host="localhost")
    message = Message.objects.create(
        kind=Message.Kind.MASS, send_key="mass:1", state=Message.State.DONE, mailbox=mailbox, sender=camille,
        content=Content.objects.create(subject="Aides", links=[{"number": 1, "url": "https://x", "label": "My roof"}]),
        deliver_at=now, created_at=now, started_at=now, sent=3, total=3,
    )  # fmt: skip
    return MassMail.objects.create(
        name="Aides 2027", module="contact", state=MassMail.State.LAUNCHED, message=message, creator=camille,
        created_at=now, updated_at=now,
    )  # fmt: skip


def happened(mass_mail, name, kind, *, verdict="human", minutes=5, link=None):
    now = clock.now()
    person = Person.objects.create(kind="contact", name=name, name_folded=name.lower(), created_at=now, updated_at=now)
    recipient = Recipient.objects.create(
        message=mass_mail.message, person=person, email=f"{person.pk}@x.example", normal=f"{person.pk}@x.example",
        name=name, state="sent", queued_at=now,
    )  # fmt: skip
    Interaction.objects.create(
        message=mass_mail.message, recipient=recipient, kind=kind, at=now - timedelta(minutes=minutes),
        verdict=verdict, link=link,
    )  # fmt: skip
    return recipient


def test_an_empty_installation_shows_the_four_first_steps(client):
    page = client.get("/")

    assert [step.done for step in page.context["steps"]] == [False, False, False, False]
    assert [step.is_next for step in page.context["steps"]] == [True, False, False, False]


def test_steps_that_are_done_are_ticked_and_vanish_once_a_mail_has_left(client, camille, mass_mail):
    Message.objects.update(sent=0)
    Template.objects.create(name="Hello", subject="Hello", owner=camille, created_at=NOW, updated_at=NOW)

    before = client.get("/").context["steps"]
    Message.objects.update(sent=1)

    assert [step.done for step in before] == [True, False, True, False]
    assert client.get("/").context["steps"] == []


def test_a_server_that_does_not_answer_is_not_done_and_says_why(client, camille, mass_mail):
    Message.objects.update(sent=0)
    Mailbox.objects.update(state="broken", state_code="connection-refused", host="smtp.helionne.example")
    box = Mailbox.objects.get()

    page = client.get("/")

    step = page.context["steps"][0]
    assert (step.done, step.is_next, step.broken) == (False, True, mailboxes.state_sentence(box))
    said = page.content.decode().split('id="step-1"')[1].split("</li>")[0]
    assert escape(step.broken) in said
    assert 'href="/settings/mailboxes"' in said
    Mailbox.objects.update(state="working", state_code="")
    assert client.get("/").context["steps"][0].done


@pytest.mark.shows("ENG-03")
def test_people_who_just_opened_clicked_or_replied_are_told(client, mass_mail):
    happened(mass_mail, "Hélène Rouvière", "open")
    happened(mass_mail, "Emily Watson", "click", minutes=9, link=1)
    happened(mass_mail, "Thomas Kessler", "reply")
    happened(mass_mail, "Marc Delattre", "bounce", verdict="unknown")

    page = client.get("/")

    assert [item.piece.name for item in page.context["readings"]] == ["Hélène Rouvière", "Emily Watson"]
    assert [item.piece.name for item in page.context["replies"]] == ["Thomas Kessler"]
    assert [item.piece.name for item in page.context["repairs"]] == ["Marc Delattre"]
    assert "My roof" in page.content.decode()


@pytest.mark.shows("ENG-02")
def test_machines_are_no_news(client, mass_mail):
    happened(mass_mail, "Hélène Rouvière", "open", verdict="machine")

    assert client.get("/").context["readings"] == []


def test_a_person_stands_once_with_what_she_did_last(client, mass_mail):
    recipient = happened(mass_mail, "Emily Watson", "open", minutes=50)
    Interaction.objects.create(
        message=mass_mail.message, recipient=recipient, kind="click", at=clock.now(), verdict="human"
    )

    assert [item.piece.kind for item in client.get("/").context["readings"]] == ["click"]


def test_a_paused_mass_mail_comes_first_with_its_reason(client, mass_mail):
    Message.objects.update(state=Message.State.PAUSED, state_why="The server refused the password.")

    page = client.get("/")

    assert page.context["urgent"] == mass_mail
    assert "The server refused the password." in page.content.decode()


def test_today_needs_few_queries(client, mass_mail, django_assert_max_num_queries):
    for number in range(20):
        happened(mass_mail, f"Person {number}", "open")
    client.get("/")  # the standing pieces of the page are drawn once in a process

    with django_assert_max_num_queries(20):
        client.get("/")


def test_the_fragment_of_today_is_its_page_without_the_frame(client, mass_mail):
    html = client.get("/today/news").content.decode()

    assert html.strip().startswith('<div class="page" id="today"')
    assert "<html" not in html


def test_the_profile_is_saved_and_said(client, camille):
    answer = client.post("/profile", {**PROFILE, "name": "Camille A."}, follow=True)
    camille.refresh_from_db()

    assert (camille.name, camille.language, camille.theme, camille.letter_keys) == ("Camille A.", "fr", "dark", False)
    html = answer.content.decode()
    assert '<html lang="fr" data-theme="dark" data-density="comfortable">' in html
    assert "data-toast" in html


def test_the_language_of_the_profile_wins_over_the_browsers(client, camille):
    User.objects.update(language="fr")

    answer = client.get("/", headers={"Accept-Language": "en"})

    assert answer.headers["Content-Language"] == "fr"
    assert '<html lang="fr"' in answer.content.decode()


def test_a_time_zone_that_is_no_longer_known_breaks_no_page(client):
    User.objects.update(time_zone="Europe/Atlantis")

    assert client.get("/").status_code == 200


def test_a_refused_profile_keeps_the_page_with_its_errors(client, camille):
    answer = client.post("/profile", {**PROFILE, "name": ""})
    camille.refresh_from_db()

    assert answer.status_code == 422
    assert camille.name == "Camille Aubry"
    assert 'aria-describedby="id_name_error"' in answer.content.decode()


@pytest.mark.shows("T5")
@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_language_form_never_leads_elsewhere(where):
    answer = Client().post("/language", {"language": "fr", "next": where})

    assert answer.headers["Location"] == "/"
    assert answer.cookies["django_language"].value == "fr"


@pytest.mark.shows("D3", "G2")
def test_copies_that_stay_unknown_for_a_day_ask_their_owner(client, camille, mass_mail):
    now = clock.now()
    Message.objects.update(unknown=2)
    for number in range(2):
        Recipient.objects.create(
            message=mass_mail.message, email=f"{number}@x.example", normal=f"{number}@x.example", state="unknown",
            queued_at=now, doubted_at=now - timedelta(hours=25),
        )  # fmt: skip

    page = client.get("/").content.decode()

    assert "Nothing has shown what became of 2 copies." in page
    assert f"/mass-mails/{mass_mail.pk}/people/unknown" in page
