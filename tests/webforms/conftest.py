"""A house with a form on its site."""

import pytest

from relance.webforms import actions
from relance.webforms.actions import FormDraft
from tests.campaigns.conftest import add as add
from tests.campaigns.conftest import camille as camille
from tests.campaigns.conftest import chief as chief
from tests.campaigns.conftest import house as house
from tests.campaigns.conftest import mailbox as mailbox
from tests.campaigns.conftest import now as now
from tests.campaigns.conftest import template as template
from tests.campaigns.conftest import yann as yann


@pytest.fixture
def make(camille, now):
    def one(*owners, by=camille, **values):
        told = {"name": "Devis", "language": "fr", "fields": [{"key": "first_name"}, {"key": "note", "required": True}]}
        return actions.save(None, FormDraft(values=told | values, owners=owners), by=by, now=now)

    return one
