"""A house with an administrator, and a receiver that she may tell."""

import threading
from contextlib import contextmanager
from ipaddress import ip_network

import pytest
from django.db import connections

from relance import events
from relance.webhooks import actions
from relance.webhooks.actions import WebhookDraft
from relance.webhooks.courier import Courier
from tests.campaigns.conftest import add as add
from tests.campaigns.conftest import camille as camille
from tests.campaigns.conftest import chief as chief
from tests.campaigns.conftest import house as house
from tests.campaigns.conftest import mailbox as mailbox
from tests.campaigns.conftest import now as now
from tests.campaigns.conftest import template as template
from tests.campaigns.conftest import yann as yann
from tests.webhooks.receiver import Receiver


@pytest.fixture
def inside(settings):
    """Whoever runs the machine lets webhooks reach it."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver(inside):
    with Receiver() as made:
        yield made


@pytest.fixture
def make(chief, now):
    def one(url="https://example.com/hook", *kinds, name="Facturation"):
        draft = WebhookDraft(values={"name": name, "url": url, "events": list(kinds or ("mail.sent",))})
        return actions.save(None, draft, by=chief, now=now).webhook

    return one


@pytest.fixture
def news(monkeypatch):
    """What was emitted, to be told to the reactions by hand."""
    told = []
    monkeypatch.setattr(events, "emit_many", told.extend)
    return told


@contextmanager
def courier(**manners):
    """The loop that delivers, in a thread; it is stopped in good order."""
    stop, failures = threading.Event(), []

    def work():
        try:
            Courier(look=0.05, **manners).run(stop)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        assert not failures
