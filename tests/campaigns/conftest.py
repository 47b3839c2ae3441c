"""A house with a mailbox, a template and people, for tests of mass mail."""

from datetime import UTC, datetime

import pytest

from relance.campaigns import actions
from relance.campaigns.actions import MassMailDraft
from relance.mail.models import Mailbox
from relance.mail.templates import TemplateDraft, add_template
from relance.people.actions import PersonDraft, add_person
from relance.team.actions import add_user
from relance.team.workspace import organisation

NOW = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def house(db):
    row = organisation()
    row.name, row.mail_name, row.mail_address = "Hélionne", "Hélionne", "bonjour@helionne.example"
    row.time_zone, row.tracking = "Europe/Paris", "consent_required"
    row.save()
    return row


@pytest.fixture
def camille(house):
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="salesperson")


@pytest.fixture
def yann(house):
    return add_user(email="yann@helionne.example", name="Yann Le Goff", role="salesperson")


@pytest.fixture
def chief(house):
    return add_user(email="chef@helionne.example", name="Inès Chef", role="administrator")


@pytest.fixture
def mailbox(house):
    return Mailbox.objects.create(
        name="Hélionne",
        address="bonjour@helionne.example",
        host="127.0.0.1",
        port=2525,
        security="none",
        is_default=True,
        state="working",
    )


@pytest.fixture
def template(camille):
    values = {
        "name": "Aides",
        "language": "fr",
        "subject": "{Person.firstName|Bonjour}, une aide pour votre toit",
        "html": "<p>Bonjour {Person.firstName|à vous},</p>"
        '<p><a href="https://helionne.example/toit">Vérifier mon toit</a></p>',
    }
    return add_template(TemplateDraft(values=values), by=camille, now=NOW)


@pytest.fixture
def add(camille):
    def one(name, *emails, kind="contact", owner=None):
        first, _, last = name.partition(" ")
        draft = PersonDraft(values={"first_name": first, "last_name": last}, emails=emails, owner=owner)
        return add_person(kind, draft, by=camille, now=NOW)

    return one


@pytest.fixture
def mass_mail(camille, template, mailbox):
    values = {"name": "Aides 2027", "module": "contact", "audience": "all", "criteria": {}, "template": template}
    return actions.draft_mass_mail(MassMailDraft(values=values), by=camille, now=NOW)
