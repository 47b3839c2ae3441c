"""The database stops, hangs or comes back; the edge is killed: what was answered is never lost nor doubled (T8)."""

import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection
from django.db.models import Count

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.models import Interaction, Jotting, Message, Recipient
from relance.people.models import Suppression
from tests.edge.outage import Wire
from tests.edge.running import Edge, until
from tests.mail.returns import KEY, message, recipient

pytestmark = [pytest.mark.slow, pytest.mark.shows("T8")]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture
def wire(transactional_db, tmp_path_factory):
    wire = Wire(tmp_path_factory.mktemp("w"))
    yield wire
    wire.cut()


@pytest.fixture
def edge(wire, tmp_path):
    running = Edge(home=tmp_path, database=wire.url)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sent(wire):
    return message()


def open_all(edge, recipients):
    """Everybody opens, from many places at once; the statuses."""
    paths = [f"/o/{tokens.sign(KEY, Kind.OPEN, each.pk)}.gif" for each in recipients]
    with ThreadPoolExecutor(12) as pool:
        return [answer.status for answer in pool.map(lambda path: edge.get(path, User_Agent=FIREFOX), paths)]


def spooled(edge):
    """What waits in the files; one that the edge has read and taken away meanwhile holds nothing any more."""
    lines = []
    for file in (edge.home / "spool").glob("*.jsonl"):
        with suppress(FileNotFoundError):
            lines += file.read_text().splitlines()
    return lines


def noted_once(recipients):
    rows = list(Interaction.objects.values_list("recipient_id", flat=True))
    return sorted(rows) == sorted(each.pk for each in recipients)


def test_while_the_database_is_stopped_everybody_is_answered_and_everything_is_noted_later(edge, wire, sent):
    before, during = [recipient(sent) for _ in range(5)], [recipient(sent) for _ in range(60)]
    assert open_all(edge, before) == [200] * 5
    link = f"/c/{tokens.sign(KEY, Kind.CLICK, before[0].pk, 1)}"
    until(lambda: edge.get(link).status == 302)
    Interaction.objects.filter(kind="click").delete()

    wire.cut()
    answers = open_all(edge, during)
    click = edge.get(link, User_Agent=f"{FIREFOX} again")
    unheard = edge.get(f"/c/{tokens.sign(KEY, Kind.CLICK, during[0].pk, 1)}", User_Agent=FIREFOX)
    goodbye = edge.ask(
        "POST", f"/u/{tokens.sign(KEY, Kind.UNSUBSCRIBE, before[1].pk)}", b"List-Unsubscribe=One-Click",
        Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip

    assert answers == [200] * 60
    assert (click.status, click.headers["location"]) == (302, "https://helionne.example/devis")
    assert (unheard.status, unheard.headers["retry-after"]) == (503, "60")
    assert goodbye.status == 200
    assert edge.get("/readyz").status == 503
    assert len(spooled(edge)) >= 62

    wire.mend()
    until(lambda: not spooled(edge))
    assert noted_once([*before, *during, before[0], before[1]])
    assert Suppression.objects.get().normal == before[1].normal
    assert edge.get("/readyz").status == 200


def test_while_the_database_hangs_nobody_waits_and_nothing_is_noted_twice(edge, wire, sent):
    recipients = [recipient(sent) for _ in range(30)]

    wire.silence()
    answers = open_all(edge, recipients)
    wire.speak()

    assert answers == [200] * 30
    until(lambda: not spooled(edge) and Interaction.objects.count() >= 30)
    assert noted_once(recipients)
    assert Message.objects.values_list("open_hits", "machine_hits").get() in {(30, 0), (0, 30)}


def test_a_flood_while_the_database_is_stopped_loses_nothing_and_every_link_still_leads_on(edge, wire, sent):
    recipients = [recipient(sent) for _ in range(100)]
    assert open_all(edge, recipients) == [200] * 100
    until(lambda: edge.get(f"/c/{tokens.sign(KEY, Kind.CLICK, recipients[0].pk, 1)}").status == 302)
    Interaction.objects.all().delete()
    asked = [
        (f"/o/{tokens.sign(KEY, Kind.OPEN, to.pk)}.gif", 200) if turn % 3 else
        (f"/c/{tokens.sign(KEY, Kind.CLICK, to.pk, 1)}", 302)
        for turn, to in enumerate(recipients * 30)
    ]  # fmt: skip
    third = len(asked) // 3

    def flood(requests, first):
        """Several hundred a second from eight places; the answers that were wrong."""
        with ThreadPoolExecutor(8) as pool:
            told = pool.map(
                lambda each: edge.get(each[1][0], User_Agent=f"{FIREFOX} {each[0]}").status == each[1][1],
                enumerate(requests, first),
            )
            return [place for place, right in enumerate(told, first) if not right]

    wrong = flood(asked[:third], 0)
    wire.cut()
    wrong += flood(asked[third : 2 * third], third)
    wire.mend()
    wrong += flood(asked[2 * third :], 2 * third)

    assert wrong == []
    until(lambda: not spooled(edge) and Interaction.objects.count() >= len(asked))
    kinds = Interaction.objects.values_list("kind").annotate(Count("pk")).order_by("kind")
    assert list(kinds) == [("click", 1000), ("open", 2000)]


def test_an_edge_that_is_killed_has_noted_every_opening_that_it_answered(edge, wire, sent):
    recipients, answered = [recipient(sent) for _ in range(300)], []

    def keep_opening():
        for each in recipients:
            try:
                if open_all(edge, [each]) == [200]:
                    answered.append(each)
            except OSError:
                return

    opener = threading.Thread(target=keep_opening)
    opener.start()
    until(lambda: len(answered) >= 40)
    edge.stop(signal.SIGKILL)
    opener.join()

    noted = set(Interaction.objects.values_list("recipient_id", flat=True))
    assert 40 <= len(answered) < 300
    assert {each.pk for each in answered} <= noted


def test_an_edge_that_is_killed_in_a_storm_has_jotted_down_whatever_it_answered(edge, wire, sent):
    recipients = [recipient(sent) for _ in range(192)]
    lines = [socket.create_connection(("127.0.0.1", edge.port), timeout=20) for _ in range(64)]
    answered = []
    for start in range(0, len(recipients), 64):
        asked = list(zip(lines, recipients[start:], strict=False))
        for line, each in asked:
            path = f"/o/{tokens.sign(KEY, Kind.OPEN, each.pk)}.gif"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: edge\r\nUser-Agent: {FIREFOX}\r\n\r\n".encode())
        answered += [each for line, each in asked if line.recv(12) == b"HTTP/1.1 200" and line.recv(9000)]

    edge.stop(signal.SIGKILL)
    for line in lines:
        line.close()
    edge.start()

    assert answered == recipients
    until(lambda: noted_once(recipients) and not Jotting.objects.exists())


def test_what_a_killed_edge_had_spooled_is_noted_by_the_next_one(edge, wire, sent):
    recipients = [recipient(sent) for _ in range(20)]
    wire.cut()
    assert open_all(edge, recipients) == [200] * 20

    edge.stop(signal.SIGKILL)
    assert not Interaction.objects.exists()
    wire.mend()
    edge.start()

    until(lambda: not spooled(edge))
    assert noted_once(recipients)


def test_a_spooled_line_that_was_cut_short_harms_no_other(edge, wire, sent):
    eve = recipient(sent)
    wire.cut()
    open_all(edge, [eve])
    edge.stop(signal.SIGKILL)
    (file,) = (edge.home / "spool").glob("*.jsonl")
    file.write_text(file.read_text() + '{"id": "0a1b')

    wire.mend()
    edge.start()

    until(lambda: not spooled(edge))
    assert Recipient.objects.filter(pk=eve.pk, interactions__kind="open").exists()


def test_openings_go_on_when_the_database_ends_every_connection_of_the_edge(edge, wire, sent):
    before, after = [recipient(sent) for _ in range(20)], [recipient(sent) for _ in range(20)]
    assert open_all(edge, before) == [200] * 20

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relance-edge'")
        ended = len(cursor.fetchall())
    answers = open_all(edge, after)

    assert ended >= 4
    assert answers == [200] * 20
    until(lambda: not spooled(edge) and Interaction.objects.count() >= 40)
    assert noted_once([*before, *after])
