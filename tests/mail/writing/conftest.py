"""A mail being written: its author, her mailbox, the person she writes to."""

from __future__ import annotations

import pytest

from relance.mail.models import Mailbox
from relance.mail.writing import drafts
from tests.mail.outbound.engine import NOW, people, seller


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    return tmp_path


@pytest.fixture
def claire(db):
    return seller()


@pytest.fixture
def box(claire):
    return Mailbox.objects.create(
        name="Sales", address="sales@helionne.test", host="127.0.0.1", state="working", is_default=True
    )


@pytest.fixture
def eve(claire):
    (person,) = people(1)
    person.owner = claire
    person.save(update_fields=["owner"])
    return person


@pytest.fixture
def draft(claire, box, eve):
    """A mail to Eve that could leave."""
    values = {"to": "Eve <person0@client.test>", "subject": "The contract", "html": "<p>Here it is.</p>", "person": eve}
    return drafts.begin(values, by=claire, now=NOW)
