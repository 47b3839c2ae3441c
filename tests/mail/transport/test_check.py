"""The connection test, and its sentences (INBOX-01)."""

from __future__ import annotations

import asyncio
import socket

import pytest
from django.utils import translation

from relance.lib.reach import public_address
from relance.mail.transport.check import Check, Finding, test_connection
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.mail.transport.relay import Security
from relance.mail.transport.wire import PATIENCE
from relance.mail.transport.words import relay_words, sentence
from tests.mail.transport.talk import relay_to

USERS = {"anna": "secret"}
SIGNS = {"username": "anna", "password": "secret"}


def check(fake, sender="anna@relance.test", **more) -> Check:
    return asyncio.run(test_connection(relay_to(fake, **more), sender=sender))


@pytest.mark.shows("INBOX-01")
@pytest.mark.parametrize(
    ("script", "settings", "finding"),
    [
        ({}, {}, Finding.WORKS),
        ({"users": USERS}, SIGNS, Finding.WORKS),
        ({"users": USERS}, {**SIGNS, "password": "wrong"}, Finding.PASSWORD_REFUSED),
        ({"users": USERS}, {}, Finding.SIGN_IN_NEEDED),
        ({}, SIGNS, Finding.AUTH_NOT_OFFERED),
        ({}, {"security": Security.STARTTLS}, Finding.STARTTLS_NOT_OFFERED),
        ({}, {"security": Security.TLS}, Finding.TLS_FAILED),
        ({}, {"host": "no-such-name.invalid"}, Finding.NAME_NOT_FOUND),
        ({}, {"allows": public_address}, Finding.ADDRESS_NOT_ALLOWED),
        ({"faults": (Fault(at=At.MAIL, reply="550 5.7.1 Not yours"),)}, {}, Finding.SENDER_REFUSED),
        ({"faults": (Fault(at=At.MAIL, reply="451 4.3.0 Later"),)}, {}, Finding.BUSY),
        ({"faults": (Fault(at=At.CONNECT, reply="554 5.7.1 Blocked"),)}, {}, Finding.TURNED_AWAY),
        ({"faults": (Fault(at=At.CONNECT, reply="421 4.3.2 Full"),)}, {}, Finding.BUSY),
        ({"faults": (Fault(at=At.CONNECT, do=Do.GARBAGE),)}, {}, Finding.NOT_SMTP),
        ({"faults": (Fault(at=At.CONNECT, do=Do.ENDLESS),)}, {}, Finding.NOT_SMTP),
        ({"faults": (Fault(at=At.CONNECT, do=Do.HANG),)}, {}, Finding.NO_GREETING),
        ({"faults": (Fault(at=At.CONNECT, do=Do.CLOSE),)}, {}, Finding.CLOSED),
        ({"faults": (Fault(at=At.EHLO, do=Do.HANG),)}, {}, Finding.TIMEOUT),
    ],
)
def test_each_obstacle_has_its_finding_and_nothing_is_sent(script, settings, finding):
    patience = {} if finding in (Finding.TIMEOUT, Finding.NO_GREETING) else {"patience": PATIENCE}
    with FakeRelay(Script(**script)) as fake:
        found = check(fake, **settings, **patience)

        assert found.finding is finding
        assert found.works == (finding is Finding.WORKS)
        assert fake.ledger.verbs["DATA"] == 0


@pytest.mark.shows("INBOX-01")
def test_a_closed_port_is_a_refused_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        fake = type("Nobody", (), {"port": free.getsockname()[1]})

        assert check(fake).finding is Finding.CONNECTION_REFUSED


@pytest.mark.shows("INBOX-01")
@pytest.mark.parametrize("finding", Finding)
def test_each_finding_has_a_sentence_with_the_servers_name(finding):
    with translation.override("en"):
        said = sentence(Check(finding=finding, host="mail.client.test", port=587))

    assert "mail.client.test" in said
    assert said.endswith(".")
    assert "{" not in said


@pytest.mark.shows("X2")
def test_the_relays_words_are_kept_apart_and_on_one_line():
    script = Script(faults=(Fault(at=At.CONNECT, reply="554-<b>No\x1b[31m\r\n554 never"),))
    with FakeRelay(script) as fake:
        found = check(fake)

        with translation.override("en"):
            assert relay_words(found) == "The server said: 554 <b>No [31m never"
            assert "<b>" not in sentence(found)
