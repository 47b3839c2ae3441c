"""A house that follows up: a mailbox, templates, people, a sequence; and a clock that is moved."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from relance.lib import clock
from relance.mail.models import Mailbox
from relance.mail.templates import TemplateDraft, add_template
from relance.people.actions import PersonDraft, add_person
from relance.sequences import actions
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.team.actions import add_user
from relance.team.workspace import organisation

NOW = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)  # a Thursday


@pytest.fixture(autouse=True)
def no_job_of_another_test(request):
    """What other tests left in the queue is about rows that are gone."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db" if is_transactional(request) else "db")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


def is_transactional(request) -> bool:
    """Whether the test commits."""
    return bool(request.node.get_closest_marker("django_db").kwargs.get("transaction"))


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def house(db):
    row = organisation()
    row.name, row.mail_name, row.mail_address = "Hélionne", "Hélionne", "bonjour@helionne.example"
    row.time_zone, row.tracking, row.workspace = "Europe/Paris", "track_by_default", "test"
    row.save()
    yield row
    clock.forget()


@pytest.fixture
def chief(house):
    return add_user(email="ines@helionne.example", name="Inès Chef", role="administrator")


@pytest.fixture
def maud(house):
    return add_user(email="maud@helionne.example", name="Maud Le Goff", role="salesperson")


@pytest.fixture
def mailbox(maud):
    return Mailbox.objects.create(
        name="Maud", kind="shared", user=maud, address="maud@helionne.example", host="127.0.0.1", port=2525,
        security="none", state="working",
    )  # fmt: skip


def a_template(by, name, subject, language="fr"):
    values = {
        "name": name, "language": language, "subject": subject, "html": f"<p>Bonjour {{Person.firstName}}, {name}</p>",
    }  # fmt: skip
    return add_template(TemplateDraft(values=values), by=by, now=NOW)


@pytest.fixture
def template(chief):
    return a_template(chief, "Toit utile", "Votre toit, {Person.firstName}")


@pytest.fixture
def second(chief):
    return a_template(chief, "Le chiffre du voisin", "Un chiffre")


def mail(template, **values):
    return StepDraft(kind="mail", template=template, **values)


def task(name, **values):
    return StepDraft(kind="task", name=name, **values)


@pytest.fixture
def sequence(chief, template, second, mailbox):
    steps = (
        mail(template, key="one"),
        mail(second, key="two", wait_minutes=1440, thread="one"),
        task("Appeler le contact", key="call", wait_days=1),
        mail(template, key="three", wait_minutes=2880),
    )
    draft = SequenceDraft(name="Entrepôts ouest", steps=steps, language="fr")
    return actions.add(draft, by=chief, now=NOW)


@pytest.fixture
def add(maud):
    def one(name, *emails, kind="lead", **values):
        first, _, last = name.partition(" ")
        draft = PersonDraft(values={"first_name": first, "last_name": last, **values}, emails=emails, owner=maud)
        return add_person(kind, draft, by=maud, now=NOW)

    return one


@pytest.fixture
def antoine(add):
    return add("Antoine Guillou", "antoine@frigo.example", time_zone="Europe/Paris")


def set_clock(at):
    """The workspace's clock stands at this moment, and runs on."""
    row = organisation()
    row.clock_offset = at - datetime.now(UTC)
    row.save(update_fields=["clock_offset"])
    clock.forget()


DAY = timedelta(days=1)
