"""One request over TLS: the certificate must be that of the name, whatever address the name leads to."""

import asyncio

import pytest

from relance.webhooks.posting import post
from relance.webhooks.rules import target_of
from tests.mail.certificates import Certificates
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.shows("API-02", "X6")


def send(receiver, ca_file, host="localhost"):
    target = target_of(f"https://{host}:{receiver.port}/hook")
    return asyncio.run(post(target, {}, b"{}", allows=lambda address: True, deadline=5, ca_file=ca_file))


@pytest.mark.parametrize(
    ("name", "days", "why"),
    [("localhost", (-1, 30), ""), ("example.com", (-1, 30), "tls"), ("localhost", (-9, -1), "tls")],
)
def test_only_the_server_of_the_name_is_told(tmp_path, name, days, why):
    made = Certificates(tmp_path)

    with Receiver(tls=made.server(name, days=days)) as receiver:
        answer = send(receiver, made.ca_file)

    assert answer.why == why
    assert len(receiver.requests) == (0 if why else 1)


def test_a_certificate_of_an_authority_that_nobody_knows_is_refused(tmp_path):
    made = Certificates(tmp_path)

    with Receiver(tls=made.server("localhost")) as receiver:
        answer = send(receiver, None)

    assert (answer.why, receiver.requests) == ("tls", [])


def test_a_name_that_nobody_knows_and_a_port_where_nobody_is_are_told_apart():
    with Receiver() as receiver:
        port = receiver.port
    gone = asyncio.run(post(target_of(f"http://127.0.0.1:{port}/"), {}, b"{}", allows=lambda address: True))
    unknown = asyncio.run(post(target_of("http://nowhere.invalid/"), {}, b"{}", allows=lambda address: True))

    assert (gone.why, unknown.why) == ("no_way", "name")
