"""The live stream: who may follow, what is told, and how often."""

import json
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from relance.lib import keys, live, tokens
from tests.edge.running import WEB

pytestmark = pytest.mark.slow
LIVE = keys.derive(settings.SECRET, "live")


def ticket(*topics, life=timedelta(hours=1)):
    return tokens.sign_ticket(LIVE, topics, datetime.now(UTC) + life)


@pytest.fixture
def follow(edge):
    followers = []

    def following(*topics):
        followers.append(Follower(edge, "ready", *topics))
        followers[-1].settle()
        return followers[-1]

    yield following
    for follower in followers:
        follower.line.close()


class Follower:
    """An EventSource, byte by byte."""

    def __init__(self, edge, *topics):
        self.line = socket.create_connection(("127.0.0.1", edge.port), timeout=10)
        self.line.sendall(f"GET /live?ticket={ticket(*topics)} HTTP/1.1\r\nHost: x\r\nOrigin: {WEB}\r\n\r\n".encode())
        self.heard = b""
        self.until(b"retry: 2000")
        assert f"access-control-allow-origin: {WEB}".encode() in self.heard.lower()
        assert b"text/event-stream" in self.heard

    def until(self, text):
        while text not in self.heard:
            piece = self.line.recv(65536)
            assert piece, self.heard
            self.heard += piece

    def settle(self):
        """Wait until the edge listens to the database, then forget what was said."""
        self.line.settimeout(0.2)
        while b'"ready"' not in self.heard:
            tell("ready")
            with suppress(TimeoutError):
                self.heard += self.line.recv(65536)
        self.line.settimeout(10)
        self.heard = b""

    def news_until(self, topic):
        """The topics of every message until one of them names this."""
        self.until(f'"{topic}"'.encode())
        lines = (line for line in self.heard.decode().split("\n") if line.startswith("data: "))
        told = [json.loads(line.removeprefix("data: "))["topics"] for line in lines]
        news = [[topic for topic in topics if topic != "ready"] for topics in told]
        return [topics for topics in news if topics]


def tell(*topics):
    with connection.cursor() as cursor:
        live.tell(cursor, *topics)


@pytest.mark.shows("ENG-03")
def test_a_page_hears_its_own_topics_and_no_others(follow):
    page = follow("message:7", "today")

    tell("message:8")
    tell("message:7", "message:9")

    assert page.news_until("message:7") == [["message:7"]]


@pytest.mark.shows("ENG-03")
def test_a_storm_of_news_is_told_in_a_few_messages(follow):
    page = follow("message:7", "end")

    for _ in range(300):
        tell("message:7")
    tell("end")

    heard = page.news_until("end")
    assert len(heard) <= 10
    assert "message:7" in heard[0]


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", ticket("today", life=timedelta(seconds=-1)), ticket("today")[:-2] + "xx"],
    ids=["empty", "nonsense", "expired", "forged"],  # a ticket is never twice the same
)
def test_without_a_valid_ticket_there_is_nothing_to_hear(edge, text):
    answer = edge.get(f"/live?ticket={text}")

    assert answer.status == 401


def test_an_opening_reaches_the_page_that_shows_its_mail(edge, follow):
    from relance.lib.tokens import Kind
    from tests.mail.returns import KEY, message, recipient

    sent = message()
    eve = recipient(sent)
    page = follow(f"message:{sent.pk}")

    edge.get(f"/o/{tokens.sign(KEY, Kind.OPEN, eve.pk)}.gif")

    assert page.news_until(f"message:{sent.pk}") == [[f"message:{sent.pk}"]]
