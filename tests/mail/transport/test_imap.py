"""What an IMAP server may say, and what we make of it."""

import socket
import threading
from contextlib import suppress

import pytest

from relance.lib.reach import public_address
from relance.mail.transport.check import Finding
from relance.mail.transport.imap import Refused, signed_in, test_server
from relance.mail.transport.imap_line import NoImap, Server
from relance.mail.transport.imap_words import incoming_sentence
from relance.mail.transport.relay import Security

HELLO = [
    b"* OK hello\r\n",
    b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK\r\n",
    b"+ \r\n",
    b"{tag} OK [CAPABILITY IMAP4rev1] hi\r\n",
]


class Scripted:
    """Says its lines one after the other, each when a line has come (the first at once); then it hangs up."""

    def __init__(self, *lines):
        self.lines, self.heard = list(lines), []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with suppress(OSError), self._listener, self._listener.accept()[0] as line, line.makefile("rb") as said:
            tag, first = b"", True
            for answer in self.lines:
                if not first:
                    self.heard.append(said.readline())
                    if b" " in self.heard[-1]:
                        tag = self.heard[-1].split()[0]
                first = False
                line.sendall(answer.replace(b"{tag}", tag))

    def server(self, **more):
        given = {"security": Security.NONE, "username": "eve", "password": "geheim", "patience": 0.3, **more}
        return Server(host="127.0.0.1", port=self.port, **given)


def talk(*lines):
    return Scripted(*HELLO, *lines)


@pytest.mark.shows("INBOX-01", "R2")
@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ([b"* BYE too many\r\n"], Finding.TURNED_AWAY),
        ([b"220 smtp here\r\n"], Finding.NOT_SMTP),
        ([b"* OK hello\r\n"], Finding.CLOSED),
        ([*HELLO[:2], b"{tag} NO [AUTHENTICATIONFAILED] no\r\n"], Finding.PASSWORD_REFUSED),
        ([*HELLO[:2], b"{tag} NO [UNAVAILABLE] later\r\n"], Finding.BUSY),
        ([HELLO[0], b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK\r\n"], Finding.AUTH_NOT_OFFERED),
        ([*HELLO, b"* BYE going down\r\n"], Finding.CLOSED),
        ([*HELLO, b"nonsense\r\n"], Finding.NOT_SMTP),
        ([*HELLO, b"* FLAGS ()\r\n"], Finding.CLOSED),
        ([*HELLO, b"* 3 EXISTS\r\n{tag} OK done\r\n", b"* BYE\r\n{tag} OK\r\n"], Finding.WORKS),
    ],
)
def test_a_connection_test_names_what_the_server_did(lines, finding):
    found = test_server(Scripted(*lines).server())

    assert found.finding is finding
    assert "127.0.0.1" in incoming_sentence(found.finding.value, host=found.host, port=found.port)


@pytest.mark.shows("R2")
@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 7 BODY[] {50}\r\nshort)\r\n{tag} OK\r\n",
        b"* 1 FETCH (UID 7 BODY[] {2}\r\nlonger than told)\r\n{tag} OK\r\n",
        b"* 1 FETCH (UID 7 BODY[] {999999999999}\r\n",
        b"* 1 FETCH (UID 7 BODY[] {5}\r\nhel",
        b"* BYE\r\n",
    ],
)
def test_a_literal_that_lies_about_its_length_gives_no_mail(answer):
    with pytest.raises(NoImap):
        fetch(talk(answer), [7])


def fetch(script, uids):
    with signed_in(script.server()) as imap:
        return list(imap.bodies(uids))


@pytest.mark.shows("R2")
def test_a_refused_command_leaves_the_dialogue_alive():
    script = talk(b"{tag} NO no such folder\r\n", b"* 2 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n{tag} OK\r\n")

    with signed_in(script.server()) as imap:
        with pytest.raises(Refused):
            imap.open(b"Weg")
        opened = imap.open(b"INBOX")

    assert (opened.exists, opened.uidvalidity) == (2, 9)


@pytest.mark.shows("R2")
def test_answers_in_every_form_are_read_and_strangers_among_them_are_ignored():
    script = talk(
        b'* 9 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen) UID 3)\r\n* 2 FETCH (UID 7 BODY[]<0> "a\\"b")\r\n'
        b"* 3 FETCH (BODY[]<0> {6}\r\n* 1 F\n UID 8)\r\n* 4 FETCH (UID 99 BODY[] {1}\r\nx)\r\n{tag} OK\r\n"
    )

    found = fetch(script, [3, 7, 8])

    assert found == [(7, b'a"b'), (8, b"* 1 F\n")]
    assert b"UID FETCH 3,7:8 (" in script.heard[3]


@pytest.mark.shows("INBOX-02")
def test_folders_are_listed_whatever_their_names():
    script = talk(
        b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Sent) "/" "Gesendete \\"x\\""\r\n'
        b'* LIST (\\Noselect) "/" Archiv\r\n* LIST () NIL {5}\r\nEnt&-\r\n{tag} OK\r\n'
    )

    with signed_in(script.server()) as imap:
        names = [listed.name for listed in imap.folders()]

    assert names == [b"INBOX", b'Gesendete "x"', b"Ent&-"]


@pytest.mark.shows("X6", "INBOX-01")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0177.0.0.1", "2130706433", "::ffff:127.0.0.1",
                                  "169.254.169.254", "10.0.0.1", "0.0.0.0", "64:ff9b::7f00:1"])  # fmt: skip
def test_a_user_cannot_make_us_read_from_inside_the_network(host):
    found = test_server(Server(host=host, port=143, security=Security.NONE, allows=public_address))

    assert found.finding in (Finding.ADDRESS_NOT_ALLOWED, Finding.NAME_NOT_FOUND)


@pytest.mark.shows("X15")
def test_encryption_that_was_asked_for_is_never_done_without():
    script = Scripted(HELLO[0], HELLO[1], b"{tag} OK\r\n")

    found = test_server(script.server(security=Security.STARTTLS))

    assert found.finding is Finding.STARTTLS_NOT_OFFERED
    assert not any(b"AUTHENTICATE" in line for line in script.heard)


@pytest.mark.shows("R2")
def test_a_server_that_says_nothing_is_left_after_its_time():
    script = Scripted(HELLO[0], b"", b"", b"")

    assert test_server(script.server(patience=0.02)).finding is Finding.TIMEOUT
