"""The first start, from an empty installation to the first page."""

import pytest
from django.test import Client

from relance.mail.models import Mailbox
from relance.people.models import Person
from relance.team.models import Organisation, User

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-01", "UNSUB-06")]
ORGANISATION = {
    "name": "Hélionne",
    "country": "FR",
    "language": "fr",
    "time_zone": "Europe/Paris",
    "tracking": "consent_required",
}
YOU = {"name": "Camille Aubry", "email": "camille@helionne.example", "password": "un-mot-de-passe-long"}


@pytest.fixture
def visitor():
    return Client()


def test_every_page_of_an_empty_installation_leads_to_the_first_start(visitor):
    assert visitor.get("/leads").headers["Location"] == "/start"


def test_consent_is_proposed(visitor):
    page = visitor.get("/start")

    assert page.context["form"]["tracking"].value() == "consent_required"


def test_two_answers_make_the_organisation_and_its_administrator_and_sign_her_in(visitor):
    visitor.post("/start", ORGANISATION)
    answer = visitor.post("/start/you", YOU)

    organisation, user = Organisation.objects.get(), User.objects.get()
    assert (organisation.name, organisation.tracking, organisation.language) == ("Hélionne", "consent_required", "fr")
    assert (user.email, user.is_administrator) == ("camille@helionne.example", True)
    assert answer.headers["Location"] == "/start/mailbox"
    assert visitor.get("/start/mailbox").status_code == 200


def test_a_weak_password_is_refused_and_nothing_is_made(visitor):
    visitor.post("/start", ORGANISATION)

    answer = visitor.post("/start/you", YOU | {"password": "password123"})

    assert answer.status_code == 422
    assert not User.objects.exists()


def test_a_mailbox_that_does_not_answer_says_so_in_a_sentence_and_is_kept(visitor):
    visitor.post("/start", ORGANISATION)
    visitor.post("/start/you", YOU)

    answer = visitor.post("/start/mailbox", {
        "name": "Hélionne", "address": "bonjour@helionne.example", "host": "127.0.0.1", "port": "9",
        "security": "none",
    })  # fmt: skip

    assert answer.status_code == 422
    assert "127.0.0.1" in answer.context["sentence"]
    assert Mailbox.objects.get().state == "broken"


def test_samples_are_offered_and_can_reach_nobody(visitor):
    visitor.post("/start", ORGANISATION)
    visitor.post("/start/you", YOU)

    visitor.post("/start/samples", {"samples": "yes"})

    assert Person.objects.count() == 12
    assert all(person.primary_email.endswith(".example") for person in Person.objects.all())


def test_the_first_start_cannot_be_done_twice(visitor):
    visitor.post("/start", ORGANISATION)
    visitor.post("/start/you", YOU)

    assert Client().get("/start").headers["Location"] == "/"


@pytest.mark.parametrize(
    ("languages", "country"),
    [
        ("fr-CA,fr;q=0.9,en-GB;q=0.8", "CA"),
        ("en-AU,en-GB;q=0.9", "GB"),
        ("fr,en;q=0.5", ""),
        ("zh-Hant-TW", ""),
        ("", ""),
    ],
)
def test_the_country_that_the_browser_names_is_proposed(visitor, languages, country):
    page = visitor.get("/start", headers={"Accept-Language": languages})

    assert page.context["form"]["country"].value() == country


def test_a_first_mailbox_has_no_password_that_could_be_kept(visitor):
    visitor.post("/start", ORGANISATION)
    visitor.post("/start/you", YOU)

    page = visitor.get("/start/mailbox", headers={"Accept-Language": "en"}).context["form"]

    assert str(page["password"].help_text) in ("Stored encrypted.", "Gardé chiffré.")
