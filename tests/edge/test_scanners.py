"""Machines before people: what scanners, proxies and guessers leave behind when they meet the public edge."""

from __future__ import annotations

import http.client
from datetime import timedelta
from random import Random

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.models import Interaction, Message, Recipient
from relance.people.models import Suppression
from relance.team.models import User
from tests.edge.running import LONG_AGO
from tests.edge.test_app import CHROME, FIREFOX, PROFILES
from tests.mail.returns import KEY, message, recipient

pytestmark = pytest.mark.slow
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SCANNERS = {
    "Microsoft SafeLinks": ("Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)", "GET"),
    "Barracuda": ("Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", "GET"),
    "Proofpoint": ("ProofPoint URL Defense", "GET"),
    "Mimecast": ("Mimecast-URL-Protect", "HEAD"),
    "one that calls itself Chrome": (CHROME, "GET"),
    "one that calls itself Firefox and asks for the headers": (FIREFOX, "HEAD"),
    "one without a name": ("", "GET"),
}


def mutated(good, random):
    """The token with one to four letters changed, or cut, or lengthened; never the token itself."""
    letters = list(good)
    for place in random.sample(range(len(letters)), random.randint(1, 4)):
        letters[place] = random.choice(LETTERS.replace(letters[place], ""))
    text = "".join(letters)
    return random.choice((text, text, text, good[: random.randrange(len(good))], good + random.choice(LETTERS)))


@pytest.mark.shows("T1")
def test_of_a_hundred_thousand_mutated_tokens_none_says_anything():
    random = Random(11)
    good = [tokens.sign(KEY, kind, 4711, link) for kind in Kind for link in (0, 1, 3)]

    said = [tokens.read(KEY, mutated(random.choice(good), random)) for _ in range(100_000)]

    assert set(said) == {None}
    assert all(tokens.read(KEY, text) for text in good)


@pytest.mark.shows("T1")
def test_five_thousand_guesses_get_one_answer_to_the_byte_and_leave_no_event(edge):
    random, eve = Random(12), recipient(message(), sent_at=LONG_AGO)
    good = tokens.sign(KEY, Kind.OPEN, eve.pk)
    line = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=20)

    def answer(text):
        line.request("GET", f"/o/{text}.gif", headers={"User-Agent": FIREFOX})
        got = line.getresponse()
        kept = tuple((name, value) for name, value in got.getheaders() if name.lower() != "date")
        return got.status, got.read(), kept

    answers = {answer(mutated(good, random)) for _ in range(5_000)}

    assert len(answers) == 1
    assert not Interaction.objects.exists()
    assert {answer(good)} == answers
    line.close()


@pytest.mark.shows("T3", "T4", "G15", "UNSUB-01")
@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_that_fetches_everything_in_a_mail_is_no_person_and_unsubscribes_nobody(edge, name):
    agent, method = SCANNERS[name]
    sent = message()
    scanned = [recipient(sent, sent_at=LONG_AGO) for _ in range(3)]

    for to in scanned:
        paths = [f"/c/{tokens.sign(KEY, Kind.CLICK, to.pk, link)}" for link in (1, 2, 3)]
        paths.append(f"/u/{tokens.sign(KEY, Kind.UNSUBSCRIBE, to.pk)}")
        statuses = [edge.ask(method, path, User_Agent=agent).status for path in paths]
        assert statuses == [302, 302, 302, 303]

    assert Interaction.objects.filter(kind="click").count() == 9
    assert not Interaction.objects.filter(kind="click", verdict="human").exists()
    assert Message.objects.values_list("clicked", "opened", "opted_out").get() == (0, 0, 0)
    assert not Suppression.objects.exists()


@pytest.mark.shows("T2", "G15")
def test_at_least_ninety_five_in_a_hundred_recorded_openings_are_judged_right(edge):
    sent, right = message(), 0

    for _, agent, headers, verdict in PROFILES:
        to = recipient(sent, sent_at=LONG_AGO)
        edge.ask("GET", f"/o/{tokens.sign(KEY, Kind.OPEN, to.pk)}.gif", User_Agent=agent, **headers)
        right += Interaction.objects.get(recipient=to).verdict == verdict

    assert len(PROFILES) >= 12
    assert right / len(PROFILES) >= 0.95


@pytest.mark.shows("T4", "UNSUB-01")
def test_a_thousand_looks_at_the_unsubscribe_link_change_nothing(edge):
    eve = recipient(message(), sent_at=LONG_AGO)
    path = f"/u/{tokens.sign(KEY, Kind.UNSUBSCRIBE, eve.pk)}"

    statuses = {edge.ask(method, path, User_Agent=CHROME).status for method in ("GET", "HEAD") * 500}

    assert statuses == {303}
    assert not Suppression.objects.exists()
    assert not Interaction.objects.exists()


@pytest.mark.shows("T6")
def test_a_colleague_who_opens_from_sent_while_signed_in_is_not_the_recipient(edge, client):
    eve = recipient(message(), sent_at=LONG_AGO)
    client.force_login(User.objects.get())
    key = client.session.session_key
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usersessions_usersession"
            " (created_at, ip, last_seen_at, session_key, user_agent, data, user_id)"
            " VALUES (now(), '192.0.2.1', now(), %s, '', '{}', %s)",
            (key, User.objects.get().pk),
        )
    pixel, link = f"/o/{tokens.sign(KEY, Kind.OPEN, eve.pk)}.gif", f"/c/{tokens.sign(KEY, Kind.CLICK, eve.pk, 1)}"

    for path in (pixel, link):
        edge.get(path, User_Agent=CHROME, Cookie=f"csrftoken=x; sessionid={key}")
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    edge.get(pixel, User_Agent=FIREFOX, Cookie=f"sessionid={key}")

    told = Interaction.objects.order_by("at").values_list("kind", "verdict", "why")
    assert list(told) == [
        ("open", "machine", "own_session"), ("click", "machine", "own_session"), ("open", "human", "browser"),
    ]  # fmt: skip
    assert Recipient.objects.values_list("opens", "clicks").get() == (1, 0)
