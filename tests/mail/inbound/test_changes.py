"""What is changed here is changed on the server, once, and what is changed there is seen here."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from relance.mail.inbound import changes
from relance.mail.inbound.changes import ElsewhereRefused, Flag
from relance.mail.inbound.fetch import synchronise
from relance.mail.models import Folder, Location, Mailbox, PendingChange, Received
from relance.mail.transport import imap_answers as answers
from relance.mail.transport.imap_line import NoImap, Server
from relance.mail.transport.relay import Security
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
    _server.user = f"ida{next(NUMBERS)}"
    return _server


@pytest.fixture
def box():
    return Mailbox.objects.create(name="Équipe", address="equipe@helionne.example", host="127.0.0.1")


def sync(box, inbox, port=None, *, now=NOW):
    server = Server(
        host="127.0.0.1", port=port or inbox.port, security=Security.NONE, username=inbox.user, password="geheim"
    )
    return synchronise(box, server, now=now)


def letters(many):
    return [mail(f"Mail {n}", f"Ligne {n}\r\n", Message_ID=f"<{n}@rouviere.example>") for n in range(many)]


def places(box, role="inbox"):
    return Location.objects.filter(folder__mailbox=box, folder__role=role).order_by("uid")


def folder(box, role):
    return Folder.objects.get(mailbox=box, role=role)


def on_server(inbox, name="INBOX"):
    """The flags of each mail in a folder, by the server."""
    with inbox.client() as client:
        client.select(name, readonly=True)
        if not client.search(None, "ALL")[1][0]:
            return []
        return [line.decode().partition("FLAGS (")[2].rstrip(")") for line in client.fetch("1:*", "(FLAGS)")[1]]


def flagged_elsewhere(inbox, uid, flag, how="+FLAGS"):
    with inbox.client() as client:
        client.select("INBOX")
        client.uid("STORE", str(uid), how, flag)


@pytest.mark.shows("INBOX-03", "R18")
def test_flags_of_the_server_are_followed_with_and_without_its_own_count_of_changes(inbox, box, monkeypatch):
    inbox.fill(letters(3))
    sync(box, inbox)

    flagged_elsewhere(inbox, 2, "\\Flagged")
    sync(box, inbox)
    with_count = list(places(box).values_list("seen", "flagged", "answered"))
    told = answers.opened
    monkeypatch.setattr(answers, "opened", lambda heard: replace(told(heard), modseq=0))
    flagged_elsewhere(inbox, 1, "\\Answered")
    flagged_elsewhere(inbox, 2, "\\Flagged", "-FLAGS")
    sync(box, inbox)

    assert with_count == [(True, False, False), (True, True, False), (True, False, False)]
    assert list(places(box).values_list("flagged", "answered")) == [(False, True), (False, False), (False, False)]


@pytest.mark.shows("INBOX-03")
def test_a_flag_set_here_is_seen_at_once_and_reaches_the_server(inbox, box):
    inbox.fill(letters(2))
    sync(box, inbox)

    changed = changes.mark(places(box)[:1].all(), flag=Flag.FLAGGED, on=True, now=NOW)
    at_once = places(box).first().flagged
    sync(box, inbox)

    assert (changed, at_once, places(box).first().flagged) == (1, True, True)
    assert ["\\Flagged" in flags for flags in on_server(inbox)] == [True, False]
    assert not PendingChange.objects.exists()


@pytest.mark.shows("INBOX-03", "INBOX-08")
def test_a_mail_moved_here_lies_there_once_and_keeps_its_flags(inbox, box):
    inbox.fill(letters(3))
    sync(box, inbox)
    first = places(box).first().received_id

    changes.move(places(box).filter(received=first), to=folder(box, "trash"), now=NOW)
    changes.mark(places(box, "trash"), flag=Flag.FLAGGED, on=True, now=NOW)
    at_once = places(box, "trash").get()
    sync(box, inbox)
    sync(box, inbox)

    assert (at_once.received_id, at_once.uid < 0) == (first, True)
    assert places(box, "trash").get().received_id == first
    assert places(box, "trash").get().uid > 0
    assert len(on_server(inbox)) == 2
    assert "\\Flagged" in on_server(inbox, "Trash")[0]
    assert Received.objects.filter(mailbox=box).count() == 3
    assert not PendingChange.objects.exists()


@pytest.mark.shows("INBOX-03", "R18")
def test_there_and_back_before_the_server_hears_of_it_ends_where_it_began(inbox, box):
    inbox.fill(letters(1))
    sync(box, inbox)

    changes.move(places(box), to=folder(box, "trash"), now=NOW)
    changes.move(places(box, "trash"), to=folder(box, "inbox"), now=NOW)
    sync(box, inbox)
    sync(box, inbox)

    assert (len(on_server(inbox)), len(on_server(inbox, "Trash"))) == (1, 0)
    assert (places(box).count(), places(box, "trash").count()) == (1, 0)


@pytest.mark.shows("R18")
def test_a_change_of_a_mail_that_has_vanished_is_no_error(inbox, box):
    inbox.fill(letters(2))
    sync(box, inbox)
    changes.mark(places(box), flag=Flag.ANSWERED, on=True, now=NOW)
    with inbox.client() as client:
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", "\\Deleted")
        client.expunge()

    sync(box, inbox)

    assert places(box).count() == 1
    assert "\\Answered" in on_server(inbox)[0]
    assert not PendingChange.objects.exists()


@pytest.mark.shows("R1")
def test_a_change_finds_its_mail_under_a_new_number(inbox, box):
    inbox.fill(letters(3))
    sync(box, inbox)
    changes.mark(places(box)[1:2].all(), flag=Flag.FLAGGED, on=True, now=NOW)
    inbox.renumber()

    sync(box, inbox)

    flagged = Location.objects.get(folder__mailbox=box, flagged=True)
    assert flagged.received.message_id == "<1@rouviere.example>"
    assert sum("\\Flagged" in flags for flags in on_server(inbox)) == 1


@pytest.mark.shows("INBOX-08")
def test_what_is_deleted_for_good_is_gone_everywhere_and_never_comes_back(inbox, box):
    inbox.fill(letters(2))
    sync(box, inbox)
    gone = places(box).first().received
    raw = gone.content

    changes.delete_for_good(gone, now=NOW)
    sync(box, inbox)
    after = len(on_server(inbox))
    inbox.fill([raw])
    sync(box, inbox)

    assert after == 1
    assert Received.objects.filter(mailbox=box).count() == 1
    assert Location.objects.filter(folder__mailbox=box, is_left_out=True).exists()


@pytest.mark.shows("INBOX-03")
def test_a_mail_is_not_moved_into_another_mailbox(inbox, box):
    inbox.fill(letters(1))
    sync(box, inbox)
    other = Mailbox.objects.create(name="Autre", address="autre@helionne.example", host="127.0.0.1")
    elsewhere = Folder.objects.create(mailbox=other, name=b"INBOX")

    with pytest.raises(ElsewhereRefused):
        changes.move(places(box), to=elsewhere, now=NOW)

    assert places(box).count() == 1


@pytest.mark.shows("R2", "R18")
def test_changes_over_broken_connections_are_made_once_each(inbox, box):
    inbox.fill(letters(60))
    sync(box, inbox)
    rows = list(places(box).values_list("pk", flat=True))
    changes.move(places(box).filter(pk__in=rows[:30]), to=folder(box, "trash"), now=NOW)
    changes.mark(places(box), flag=Flag.FLAGGED, on=True, now=NOW)

    with breaking_way(inbox.port, seed=5, most=2_500) as way:
        for turn in range(200):
            try:
                sync(box, inbox, way.port, now=NOW + timedelta(minutes=turn))
            except NoImap:
                continue
            if not PendingChange.objects.exists():
                break
    sync(box, inbox, now=NOW + timedelta(days=1))

    assert way.cuts > 3
    assert (len(on_server(inbox)), len(on_server(inbox, "Trash"))) == (30, 30)
    assert all("\\Flagged" in flags for flags in on_server(inbox))
    assert set(Counter(places(box, "trash").values_list("received_id", flat=True)).values()) == {1}
    assert places(box, "trash").count() == 30


@pytest.mark.shows("INBOX-03", "R16")
def test_our_own_mail_in_sent_is_stored_and_changes_nothing(inbox, box):
    inbox.fill([mail(sender="Claire <claire@helionne.example>")], "Sent")
    inbox.fill([mail("Notre offre", sender="Equipe <equipe@helionne.example>")])

    sync(box, inbox)

    assert set(Received.objects.filter(mailbox=box).values_list("kind", flat=True)) == {"own"}
    assert places(box, "sent").count() == 1
