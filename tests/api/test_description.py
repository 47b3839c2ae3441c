"""The description holds: whatever is sent, the answer is one that it names, and never a failure of ours (API-01)."""

from __future__ import annotations

import gc
from collections import Counter
from copy import deepcopy

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from ninja import Schema
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from relance.api.paging import Page
from relance.team.actions import add_user

from .conftest import Caller
from .houses import MARK, house, service, webhook

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shows("API-01", "G17"),
    # An upload that is refused stays open in the caller's own end of the test.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
FEW = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture
def one_connection(db):
    """A request leaves the test's connection open, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker, folder):
    """The house, built once for this file; what a test does to it is undone with the test."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        made = house(MARK, owner=add_user(email="admin@helionne.example", name="Camille", role="administrator"))
        gc.collect()
        gc.freeze()  # what has come so far stays
        yield made
        transaction.set_rollback(True)
    gc.collect()  # what uploads have left open is closed before another file's tests, which may not leave any


@pytest.fixture
def home(filled, db, settings, folder, monkeypatch):
    settings.MEDIA_ROOT = folder
    monkeypatch.setattr("relance.api.key.CALLS_A_MINUTE", 1_000_000)
    return deepcopy(filled)


def real_ids(of, path: str) -> dict[str, object]:
    return {
        "person_id": of.contact.pk if "/contacts/" in path else of.lead.pk,
        "account_id": of.account.pk,
        "deal_id": of.deal.pk,
        "pipeline_id": of.deal.pipeline_id,
        "stage_id": of.deal.stage_id,
        "template_id": of.template.pk,
        "mailbox_id": of.mailbox.pk,
        "domain": of.mailbox.address.rpartition("@")[2],
        "service_id": service().pk,
        "webhook_id": webhook().webhook_id,
        "delivery_id": webhook().pk,
        "import_id": of.import_row.pk,
        "token_id": 0,
        "user_id": of.owner.pk,
        "role_id": of.owner.role_id,
        "bulk_id": of.bulk_id,
        "view_id": of.view_id,
        "entry_id": next((pk for kind, pk in of.ids.items() if f"/{kind}s/" in path), 0),
        "module": "lead",
        "record_id": of.lead.pk,
        "received_id": of.ids["received"],
        "thread_id": of.ids["thread"],
        "draft_id": of.ids["draft"],
        "attachment_id": of.ids["attachment"],
        "message_id": of.ids["message"],
        "reminder_id": of.ids["reminder"],
        "number": 1,
        "card_key": f"reminder:{of.ids['reminder']}",
        "part": 0,
        "mail_key": f"message:{of.ids['message']}",
        "event": "opened",
        "sequence_id": of.ids["sequence"],
        "enrolment_id": of.ids["enrolment"],
        "verb": "pause",
        "key": "plan",
        "mass_mail_id": of.launched.pk,
        "list_id": of.ids["target_list"],
        "campaign_id": of.ids["campaign"],
        "report_id": of.ids["report"],
        "responder_id": of.ids["responder"],
        "form_id": of.ids["web_form"],
        "submission_id": of.ids["submission"],
        "link_id": of.ids["campaign_link"],
        "recipient_id": of.launched.message.recipients.first().pk,
    }


def forms(of=Schema):
    """The forms of all bodies and answers; those of queries have no name in the description."""
    for each in of.__subclasses__():
        if each.__module__.startswith("relance.api") and not issubclass(each, Page):
            yield each.__name__
        yield from forms(each)


def test_each_form_has_a_name_of_its_own():
    assert [name for name, times in Counter(forms()).items() if times > 1] == []


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=["as described", "otherwise"])
def test_whatever_is_sent_is_answered_as_described(operation, mode, home, one_connection):
    headers = {"Authorization": f"Bearer {Caller(home.owner).text}"}

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case):
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered_of_a_real_record(case):
        known = real_ids(home, operation.path)
        case.path_parameters = {name: known[name] for name in known if f"{{{name}}}" in operation.path}
        answered.hypothesis.inner_test(case)

    (answered_of_a_real_record if "{" in operation.path else answered)()
