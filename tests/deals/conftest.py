"""A small house with deals in it."""

import pytest

from relance.deals import pipelines
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.team.actions import add_user
from tests.deals.made import NOW


@pytest.fixture
def seller(db):
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def chief(db):
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def pipeline(db):
    return pipelines.pipelines()[0]


@pytest.fixture
def stages(pipeline):
    return pipelines.stages(pipeline)


@pytest.fixture
def account(seller):
    return people.add_account(AccountDraft(values={"name": "Laiterie du Val"}), by=seller, now=NOW)


@pytest.fixture
def contact(seller, account):
    draft = PersonDraft(values={"first_name": "Nadia", "last_name": "Petit"}, emails=("nadia@val.example",))
    return people.add_person("contact", draft, by=seller, now=NOW)
