"""A server that counts its changes (CONDSTORE, RFC 7162) is asked for those alone; one that does not, for all flags."""

import pytest

from relance.mail.inbound import places
from relance.mail.models import Folder, Location, Mailbox
from relance.mail.transport.imap import signed_in
from tests.mail.transport.test_imap import HELLO, Scripted

pytestmark = pytest.mark.django_db
COUNTING = [*HELLO[:3], b"{tag} OK [CAPABILITY IMAP4rev1 CONDSTORE] hi\r\n"]
OPENED = b"* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 9] x\r\n"
DONE = b"{tag} OK done\r\n"
CHANGED = b"* 2 FETCH (UID 8 MODSEQ (21) FLAGS (\\Seen \\Flagged))\r\n"
ALL = b"* 1 FETCH (UID 7 FLAGS ())\r\n* 2 FETCH (UID 8 FLAGS (\\Seen \\Flagged))\r\n"


@pytest.fixture
def folder():
    box = Mailbox.objects.create(name="us", address="us@helionne.example", host="x")
    made = Folder.objects.create(mailbox=box, name=b"INBOX", uidvalidity=1, highest_uid=8, modseq=17)
    Location.objects.bulk_create([Location(folder=made, uid=uid, size=1, seen=uid == 7) for uid in (7, 8)])
    return made


def look(folder, script):
    """One look at the flags; what the server was asked after the sign-in."""
    with signed_in(script.server()) as imap:
        places.read_flags(imap, folder, imap.open(b"INBOX"))
    folder.refresh_from_db()
    return [line.partition(b" ")[2].strip() for line in script.heard[3:]]


def flags(folder):
    return list(folder.locations.order_by("uid").values_list("seen", "flagged"))


@pytest.mark.shows("INBOX-02", "R18")
def test_a_server_that_counts_changes_is_asked_for_those_since_the_last_look(folder):
    script = Scripted(*COUNTING, OPENED + b"* OK [HIGHESTMODSEQ 21] x\r\n" + DONE, CHANGED + DONE, DONE)

    asked = look(folder, script)

    assert asked[:2] == [b'EXAMINE "INBOX" (CONDSTORE)', b"UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 17)"]
    assert (flags(folder), folder.modseq) == ([(True, False), (True, True)], 21)


@pytest.mark.shows("INBOX-02")
def test_where_nothing_has_changed_nothing_is_asked(folder):
    script = Scripted(*COUNTING, OPENED + b"* OK [HIGHESTMODSEQ 17] x\r\n" + DONE, DONE)

    asked = look(folder, script)

    assert asked == [b'EXAMINE "INBOX" (CONDSTORE)', b"LOGOUT"]


@pytest.mark.shows("INBOX-02", "R18")
def test_a_server_that_does_not_count_is_asked_for_all_flags(folder):
    script = Scripted(*HELLO, OPENED + DONE, ALL + DONE, DONE)

    asked = look(folder, script)

    assert asked[:2] == [b'EXAMINE "INBOX"', b"UID FETCH 1:* (UID FLAGS)"]
    assert (flags(folder), folder.modseq) == ([(False, False), (True, True)], 0)
