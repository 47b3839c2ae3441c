"""The pages, figures and accounts' mail in French; the catalogue itself is read by tests/test_translations.py."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.forms import EmailField
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from relance.campaigns import reports
from relance.campaigns.preflight import _recipients
from relance.campaigns.reports import ReportDraft
from relance.campaigns.stats import BUCKETS
from relance.lib import clock
from relance.mail.models import Interaction
from relance.mail.tracking.verdict import Why
from relance.people.models import Person, Suppression
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web.fil import Kind, Stage
from relance.web.templatetags.relance import day
from relance.web.why import RULES
from relance.web.wish_words import wish_words
from relance.web.words import stage_word

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-02")]
PASSWORD = "un-mot-de-passe-long"
FIXED = "\u00a0"


@pytest.fixture
def camille():
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user(
        "camille@helionne.example", PASSWORD, name="Camille Aubry", role=role, language="fr"
    )


@pytest.fixture
def site(camille):
    client = Client()
    client.force_login(camille)
    return client


@pytest.fixture
def visitor():
    return Client(headers={"Accept-Language": "fr"})


@pytest.fixture
def french():
    with translation.override("fr"):
        yield


def test_an_empty_list_counts_nought_in_the_singular(site):
    page = site.get("/leads").content.decode()

    assert '<html lang="fr"' in page
    assert "Pas encore de prospect" in page


def test_what_is_sought_stands_between_french_quotation_marks(site):
    now = clock.now()
    Person.objects.create(kind="lead", name="Zoé Mahé", name_folded="zoe mahe", created_at=now, updated_at=now)

    page = site.get("/leads", {"q": "mahé"}).content.decode()

    assert f"Recherche{FIXED}:" in page
    assert f"«{FIXED}mahé{FIXED}»" in page


def test_the_first_start_proposes_the_language_that_is_read(visitor):
    page = visitor.get("/start")

    assert page.context["form"]["language"].value() == "fr"


def test_views_agree_with_what_they_list(site):
    assert "Toutes" in site.get("/companies").content.decode()
    assert "Tous" in site.get("/contacts").content.decode()


@pytest.mark.parametrize(("path", "names"), [("/tasks", ("Les miennes", "Toutes")), ("/calls", ("Les miens", "Tous"))])
def test_the_views_of_tasks_and_of_calls_agree_with_them(site, path, names):
    page = site.get(path).content.decode()
    tabs = re.findall(r">([^<]+)</a>", page.partition('class="tabs"')[2].partition("</nav>")[0])

    assert (tabs[0].strip(), tabs[-1].strip()) == names


def test_a_field_has_no_capital_within_a_sentence(site):
    boss = User.objects.get()
    asked = {"name": "Prospects", "module": "lead", "group": "city", "chart": "columns"}
    report = reports.save(None, ReportDraft(values=asked), by=boss, now=clock.now())

    assert "Par ville" in site.get(f"/reports/{report.pk}").content.decode()


@pytest.mark.usefixtures("french")
def test_one_mail_is_told_in_the_singular_and_a_number_of_them_in_the_plural():
    node = SimpleNamespace(kind=Kind.DONE, stage=Stage.OPENED)

    assert str(BUCKETS["opened"].name) == "Ouverts"
    assert stage_word(node) == "Ouvert"
    assert str(Interaction.Kind.OPEN.label) == "Ouvert"


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("accepted", "sentence"), [(1, "1 destinataire"), (2, "2 destinataires"), (1197, "1\u00a0197 destinataires")]
)
def test_the_check_before_the_launch_writes_figures_as_french_does(accepted, sentence):
    counted = SimpleNamespace(accepted=accepted, refused=0)

    assert _recipients(counted).sentence == sentence


@pytest.mark.usefixtures("french")
def test_a_wish_in_somebodys_words_is_quoted_as_french_quotes():
    line = Suppression(
        at=clock.now(), scope=Suppression.Scope.EVERYTHING, route=Suppression.Route.BY_HAND, words="Plus rien"
    )

    assert wish_words(line).endswith(f"«{FIXED}Plus rien{FIXED}»")


@pytest.mark.parametrize(("language", "written"), [("fr", f"En pause{FIXED}: plus tard"), ("en", "Paused: plus tard")])
def test_a_colon_is_spaced_as_the_language_writes_it(language, written):
    with translation.override(language):
        page = Template('{% translate "Paused" %}{% colon %}{{ why }}').render(Context({"why": "plus tard"}))

    assert page == written


@pytest.mark.usefixtures("french")
def test_a_month_has_no_capital():
    now = clock.now().replace(month=10, day=22)

    assert day(now) == "22 oct."


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_rule_that_tells_people_from_machines_has_its_words(language):
    with translation.override(language):
        told = {rule: str(RULES[rule]) for rule in Why}

    assert not [rule for rule, words in told.items() if not words or "_" in words]


@pytest.mark.usefixtures("camille")
def test_a_wrong_password_is_told_in_our_words(visitor):
    page = visitor.post("/accounts/login/", {"login": "camille@helionne.example", "password": "faux"})

    assert "L’adresse ou le mot de passe est faux." in page.content.decode()


@pytest.mark.usefixtures("french")
def test_an_address_that_is_none_is_told_in_our_words():
    with pytest.raises(ValidationError, match="Entrez une adresse mail complète"):
        EmailField().clean("camille")


@pytest.mark.usefixtures("camille")
def test_the_mail_for_a_new_password_is_french_and_names_no_site(visitor):
    visitor.post("/accounts/password/reset/", {"email": "camille@helionne.example"})

    [sent] = mail.outbox
    assert sent.subject == "Choisir un nouveau mot de passe"
    assert sent.body.startswith("Quelqu’un, vous sans doute, a demandé un nouveau mot de passe")
    assert "/accounts/password/reset/key/" in sent.body
    assert "example.com" not in sent.body


def test_an_address_that_is_not_known_gets_no_mail(visitor):
    answer = visitor.post("/accounts/password/reset/", {"email": "nobody@helionne.example"})

    assert answer.status_code == 302
    assert mail.outbox == []
