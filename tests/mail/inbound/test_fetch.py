"""A real Dovecot is read: everything, once, through broken connections and a server that changes under our hands."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest

from relance.mail.inbound import jobs
from relance.mail.inbound.fetch import Unsteady, synchronise
from relance.mail.models import Folder, Location, Mailbox, Received
from relance.mail.transport.imap_line import NoImap, Server
from relance.mail.transport.relay import Security
from tests.mail.inbound import edits
from tests.mail.inbound.dovecot import breaking_way, dovecot
from tests.mail.inbound.mails import mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NUMBERS = count(1)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def _server():
    with dovecot() as running:
        yield running


@pytest.fixture
def inbox(_server):
    """The server with a mailbox that nobody has used."""
    _server.user = f"eve{next(NUMBERS)}"
    return _server


@pytest.fixture
def box():
    return Mailbox.objects.create(name="Équipe", address="equipe@helionne.example", host="127.0.0.1")


def at(inbox, port=None, password="geheim"):
    return Server(
        host="127.0.0.1", port=port or inbox.port, security=Security.NONE, username=inbox.user, password=password
    )


def letters(many, start=0, size=200):
    return [
        mail(f"Mail {number}", f"Ligne {number}\r\n" * (1 + number % size), Message_ID=f"<{number}@rouviere.example>")
        for number in range(start, start + many)
    ]


def sync(box, inbox, port=None, **more):
    return synchronise(box, at(inbox, port), now=NOW, **more)


def stored(box):
    return Counter(row.content for row in Received.objects.filter(mailbox=box))


def placed(box):
    """The mails that our locations name, each as often as it lies somewhere."""
    rows = Location.objects.filter(folder__mailbox=box).select_related("received")
    return Counter(sha256(row.received.content).hexdigest() for row in rows)


def there(inbox):
    return Counter(sha256(raw).hexdigest() for raw in inbox.raws())


@pytest.mark.shows("INBOX-02", "R18")
def test_everything_is_fetched_once_and_a_second_look_fetches_nothing(inbox, box):
    inbox.fill(letters(600))

    first, second = sync(box, inbox), sync(box, inbox)

    assert (first.fetched, first.is_finished, second.fetched) == (600, True, 0)
    assert set(stored(box).values()) == {1}
    assert placed(box) == there(inbox)
    assert not Received.objects.filter(mailbox=box, kind="").exists()


@pytest.mark.shows("INBOX-02")
def test_the_newest_mail_comes_first_and_a_pass_without_time_goes_on_later(inbox, box):
    inbox.fill(letters(600))

    first = sync(box, inbox, seconds=0.05)
    newest = Location.objects.exclude(received=None).order_by("uid").first()
    rest = sync(box, inbox)

    assert not first.is_finished
    assert newest is None or newest.uid > 1
    assert first.fetched + rest.fetched == 600


@pytest.mark.shows("R2", "INBOX-02")
def test_fifty_cut_connections_lose_and_double_nothing(inbox, box):
    inbox.fill(letters(400))
    broken = 0

    with breaking_way(inbox.port, seed=7, most=60_000) as way:
        while way.cuts < 50:
            try:
                sync(box, inbox, way.port)
                with inbox.client() as client:
                    for raw in letters(8, start=1_000 + 8 * way.cuts, size=400):
                        client.append("INBOX", None, None, raw)
            except NoImap:
                broken += 1
    sync(box, inbox)

    assert broken > 20
    assert set(stored(box).values()) == {1}
    assert placed(box) == there(inbox)


@pytest.mark.shows("R1", "R18", "INBOX-02")
def test_a_random_client_changes_the_mailbox_and_we_follow(inbox, box):
    dice, number = random.Random(11), 5_000
    inbox.fill(letters(120))
    seen = set()

    for turn in range(25):
        with inbox.client() as client:
            number = change(client, dice, number, turn)
        if turn % 8 == 7:
            inbox.renumber()
        sync(box, inbox)
        seen |= set(there(inbox))
        assert placed(box) == there(inbox)

    assert set(stored(box).values()) == {1}
    assert {sha256(raw).hexdigest() for raw in stored(box)} == seen


def change(client, dice, number, turn):
    """A few edits: mails that come, go, are moved, copied, flagged; folders made, renamed and dropped."""
    client.select("INBOX")
    for raw in letters(dice.randint(0, 6), start=number):
        client.append("INBOX", None, None, raw)
    uids = client.uid("SEARCH", None, "ALL")[1][0].split()
    if turn % 5 == 0:
        client.create(f"Dossier-{turn}")
    if turn % 5 == 3:
        client.rename(f"Dossier-{turn - 3}", f"Projet-{turn - 3}")
    if turn % 10 == 9:
        client.delete(f"Projet-{turn - 9}")
    target = f"Dossier-{turn - turn % 5}" if turn % 5 < 3 else f"Projet-{turn - turn % 5}"
    for uid in dice.sample(uids, min(len(uids), 4)):
        match dice.randint(0, 3):
            case 0:
                client.uid("STORE", uid, "+FLAGS", "\\Deleted")
            case 1 if turn % 10 != 9:
                client.uid("MOVE", uid, target)
            case 2 if turn % 10 != 9:
                client.uid("COPY", uid, target)
            case _:
                client.uid("STORE", uid, "+FLAGS", "\\Flagged")
    client.expunge()
    return number + 10


@pytest.mark.shows("R1")
def test_new_numbers_bring_no_new_mail_and_five_in_a_row_stop_the_mailbox(inbox, box):
    inbox.fill(letters(40))
    sync(box, inbox)
    for _ in range(4):
        inbox.renumber()
        sync(box, inbox)

    inbox.renumber()
    with pytest.raises(Unsteady):
        sync(box, inbox)

    assert Received.objects.filter(mailbox=box).count() == 40


@pytest.mark.shows("R20")
def test_off_and_on_again_makes_no_mail_twice(inbox, box):
    inbox.fill(letters(30))

    for _ in range(3):
        sync(box, inbox)
        Folder.objects.filter(mailbox=box).delete()
    sync(box, inbox)

    assert Received.objects.filter(mailbox=box).count() == 30
    assert placed(box) == there(inbox)


@pytest.mark.shows("INBOX-09")
def test_mail_of_an_excluded_sender_is_never_fetched(inbox, box):
    box.never_stored = "private.example\neve@rouviere.example"
    inbox.fill([mail(sender="Ma <ma@private.example>"), mail(sender="Paul <paul@rouviere.example>"), mail()])

    done = sync(box, inbox)

    assert done.fetched == 1
    assert "paul@" in Received.objects.get(mailbox=box).content.decode()


@pytest.mark.shows("R19")
def test_a_refused_password_is_tried_at_most_ten_times_an_hour_and_loses_nothing(inbox, box, monkeypatch):
    inbox.fill(letters(5))
    monkeypatch.setattr(jobs, "server_of", lambda _box: at(inbox, password="falsch"))
    now, tries = NOW, 0

    while now < NOW + timedelta(hours=1):
        box.refresh_from_db()
        if box.fetch_at is None or box.fetch_at <= now:
            jobs.read(box, now=now)
            tries += 1
        now += timedelta(minutes=1)
    box.refresh_from_db()
    told = (box.fetch_state, box.fetch_code)
    monkeypatch.setattr(jobs, "server_of", lambda _box: at(inbox))
    done = jobs.read(box, now=now)

    assert 1 < tries <= 10
    assert told == ("broken", "password-refused")
    assert done.fetched == 5


@pytest.mark.shows("R6", "R12")
def test_a_mail_has_the_moment_at_which_it_came_on_the_workspaces_clock(inbox, box):
    inbox.fill(letters(1))

    sync(box, inbox, ahead=timedelta(days=3))

    location = Location.objects.get()
    assert location.received.received_at == min(NOW, location.arrived_at + timedelta(days=3))


@pytest.mark.shows("R1", "R2", "R18", "G6", "INBOX-02")
def test_edits_and_cut_connections_together_leave_both_sides_equal(inbox, box):
    def letter(number):
        return letters(1, start=number, size=60)[0]

    told = edits.run(box, inbox, letter, mails=300, seconds=2, cuts=10, seed=5)

    assert told.is_equal, str(told)
    assert told.cuts >= 10
    assert told.edits["appended"]
