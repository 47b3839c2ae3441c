"""What the house does goes through its log at DEBUG; then everything that must not stand there is looked for (X16)."""

import io
import logging
import os
import subprocess
import sys
from logging.config import DictConfigurator

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.urls import path

from relance.lib import clock, logs, tokens
from relance.lib.tokens import Kind
from relance.mail import mailboxes
from relance.mail.inbound import receive
from relance.mail.mailboxes import MailboxDraft
from relance.mail.models import Mailbox
from relance.mail.transport.fake import At, FakeRelay, Fault, Script
from relance.records import bulk
from relance.team.actions import add_user, make_token
from relance.team.workspace import organisation
from tests.edge.running import Edge, database_url
from tests.mail.outbound.engine import dispatcher, is_done, launched, mailbox, seller, until
from tests.mail.returns import KEY, message, recipient
from tests.web.urls import handler400, handler403, handler404, handler500
from tests.web.urls import urlpatterns as pages

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("X16")]

PASSWORD, BODY, PERSON = "parole-hunter2", "Le prix convenu est de douze mille", "person0@client.test"


def broken(request):
    raise RuntimeError(f"{PERSON} wrote: {BODY} {PASSWORD}")


urlpatterns = [path("broken/<str:token>", broken), path("api/broken", broken), *pages]


@pytest.fixture
def log():
    """Everything that is written while the house logs at DEBUG, in the shape of its own configuration."""
    told = logs.configuration("DEBUG")
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(DictConfigurator(dict(told)).configure_formatter(dict(told["formatters"]["discreet"])))
    levels = {"": told["root"]["level"], **{name: each["level"] for name, each in told["loggers"].items()}}
    before = {name: logging.getLogger(name).level for name in levels}
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def require_discretion(out, *more, speaks=True):
    """None of the planted words stands in the log, which is not empty."""
    text = out.getvalue()
    for secret in (PASSWORD, BODY, PERSON, "@client.test", "@helionne", *more):
        assert secret not in text, text
    assert bool(text) or not speaks


def test_a_relay_that_refuses_the_password_and_quotes_it(log):
    reply = f"535 5.7.8 {PASSWORD} is not the password of claire@helionne.test"
    with FakeRelay(Script(users={"claire": "right"}, faults=(Fault(at=At.AUTH, reply=reply, times=None),))) as relay:
        organisation()
        boss = add_user(email="boss@helionne.test", name="Boss", role="administrator")
        box = mailbox(relay.port, username="claire")
        mailboxes.edit_mailbox(box, MailboxDraft(password=PASSWORD), by=boss)
        launched(box, 2)
        mailboxes.check_mailbox(Mailbox.objects.get(), now=clock.now())
        Mailbox.objects.update(state="untested")
        with dispatcher():
            until(lambda: Mailbox.objects.get().state == "broken")

    require_discretion(log)


@pytest.mark.parametrize("reply", [f"550 5.1.1 <{PERSON}>: no such user", f"421 4.7.0 {PERSON} {BODY[:8]} too many"])
def test_a_relay_that_refuses_a_recipient_and_quotes_her(log, reply):
    with FakeRelay(Script(faults=(Fault(at=At.RCPT, reply=reply, only="person0@"),))) as relay:
        sending = launched(mailbox(relay.port), 2)
        with dispatcher():
            until(is_done(sending))

    require_discretion(log, speaks=False)


def test_a_batch_that_cannot_be_prepared_tells_where_and_not_what(log, monkeypatch):
    async def fails(*_args, **_more):
        raise ValueError(f"{PERSON}: {BODY}")

    monkeypatch.setattr("relance.mail.outbound.engine.Engine.letters_of", fails)
    with FakeRelay(Script()) as relay:
        launched(mailbox(relay.port), 2)
        with dispatcher():
            until(lambda: "a batch could not be prepared" in log.getvalue())

    require_discretion(log)


HOSTILE = (
    f"From: Eve <{PERSON}>\r\nTo: sales@helionne.test\r\nSubject: =?utf-8?q?{PASSWORD}?=\r\n"
    f"Content-Type: text/plain; charset=x-nothing; boundary=\x00\r\n\r\n{BODY}\r\n"
).encode()


def test_a_hostile_mail_whose_reading_fails_with_its_own_words(log, monkeypatch):
    seller()
    receive.store(mailbox(1), HOSTILE, now=clock.now())

    def fails(*_args, **_more):
        raise ValueError(HOSTILE.decode())

    monkeypatch.setattr(receive, "interpret_many", fails)
    receive.interpret_waiting()

    assert "could not be interpreted" in log.getvalue()
    require_discretion(log)


@pytest.mark.slow
def test_links_pixels_and_files_that_strangers_fetch(monkeypatch, capfd, tmp_path):
    monkeypatch.setenv("RELANCE_LOG", "DEBUG")
    copy = recipient(message())
    known = [tokens.sign(KEY, kind, copy.pk, 0) for kind in (Kind.OPEN, Kind.CLICK, Kind.UNSUBSCRIBE)]
    edge = Edge(home=tmp_path, database=database_url())
    edge.start()
    try:
        for door, token in zip("ocu", known, strict=True):
            edge.get(f"/{door}/{token}")
        edge.get(f"/f/{PASSWORD}?to={PERSON}")
        edge.get(f"/nowhere/{PERSON}")
    finally:
        edge.stop()
    out = io.StringIO("".join(capfd.readouterr()))

    require_discretion(out, *known, copy.normal, speaks=False)


@pytest.fixture
def client(db):
    organisation()
    user = add_user(email="camille@helionne.test", name="Camille", role="administrator")
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    return browser


@override_settings(ROOT_URLCONF=__name__)
def test_a_page_and_a_call_that_fail_with_an_address_in_the_error(log, client):
    client.get(f"/broken/{PERSON}?q={BODY}&token={PASSWORD}")
    client.get("/api/broken", headers={"Authorization": f"Bearer {PASSWORD}"})

    assert "Internal Server Error" in log.getvalue()
    require_discretion(log)


def test_calls_that_are_refused_and_pages_that_are_not_there(log, client):
    key = make_token(ann(), name="x")[1]
    client.get(f"/nowhere/{PERSON}")
    client.get(f"/unsubscribe/{PASSWORD}?email={PERSON}")
    client.get(f"/feeds/{PASSWORD}.ics")
    client.post("/api/v1/leads", {"emails": [PERSON], "text": BODY}, headers={"Authorization": f"Bearer {key[:-1]}"})
    client.get(f"/api/v1/leads?q={PERSON}", headers={"Authorization": f"Bearer {key}"})
    Client().post("/accounts/login/", {"login": PERSON, "password": PASSWORD})

    require_discretion(log, key, key[:-1])


def ann():
    """A colleague who calls the API."""
    return add_user(email="ann@helionne.test", name="Ann", role="salesperson")


def test_a_row_that_the_database_refuses(log, client):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [f"{PERSON} {BODY}"])
    except DatabaseError as error:
        bulk.logger.exception("row %s failed: %s", 1, error)

    assert "22P02" in log.getvalue()
    require_discretion(log)


def test_debugging_is_off_unless_somebody_asks_for_it():
    asked = "from relance.config import settings; print(settings.DEBUG, settings.LOGGING['root']['level'])"
    env = {name: value for name, value in os.environ.items() if not name.startswith("RELANCE_")}

    told = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["False", "30"]
    assert django_settings.DEBUG is False
