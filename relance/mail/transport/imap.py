"""Read a mailbox over IMAP (RFC 3501): sign in, list folders, and fetch many mails with one command.

    with signed_in(server) as imap:
        imap.open(b"INBOX")
        heads = list(imap.heads(sorted(imap.uids(above=1_200))))

Nothing is ever changed on the server: folders are only examined, and mails are peeked at.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from relance.mail.transport.check import Check, Finding
from relance.mail.transport.imap_line import Line, NoImap, Response, Server
from relance.mail.transport.relay import Security

TO_FETCH = 300.0  # seconds for one command's answers
LONGEST_MAIL = 100_000_000  # bytes fetched of one mail
FIELDS = b"MESSAGE-ID FROM"
FOR_LATER = ("UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "CONTACTADMIN")
"""Response codes (RFC 5530) that say nothing about the password."""

_LIST = re.compile(rb'\* LIST \(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) ?(.*)$', re.IGNORECASE)
_EXISTS = re.compile(rb"\* (\d+) EXISTS", re.IGNORECASE)
_NUMBER = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d+)\]", re.IGNORECASE)
_FETCH = re.compile(rb"\* \d+ FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"', re.IGNORECASE)
_QUOTED = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_WHOLE = re.compile(
    rb"""\*\ \d+\ FETCH\ \((?:(?:
        BODY\[[^\]]*\](?:<\d+>)?\ (?:NIL|"(?:[^"\\]|\\.)*")?
      | [A-Z0-9.-]+\ (?:\d+|NIL|\([^()"]*\)|"(?:[^"\\]|\\.)*"))\ ?)+\)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A FETCH response from which its literals were taken: what else stands there comes from a wrong length."""
_CODE = re.compile(r"\[([A-Z]+)")


class Refused(NoImap):
    """The server answered NO or BAD: this command failed, the connection lives."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder of the server: its name as the wire has it, and its attributes in lower case (RFC 6154)."""

    name: bytes
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that was examined."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a mail before its body: `fields` are the header lines Message-ID and From."""

    uid: int
    size: int
    arrived_at: datetime | None
    fields: bytes


@contextmanager
def signed_in(server: Server) -> Iterator[Imap]:
    """A dialogue as the user of the mailbox. Raises NoImap."""
    line = Line(server)
    try:
        imap = Imap(line)
        imap.greet()
        imap.sign_in()
        yield imap
        with suppress(NoImap):
            imap.leave()
    finally:
        line.close()


def test_server(server: Server) -> Check:
    """Sign in and look at the inbox. Never raises for what a server does."""
    try:
        with signed_in(server) as imap:
            imap.open(b"INBOX")
    except NoImap as broken:
        return Check(finding=broken.finding, host=server.host, port=server.port)
    return Check(finding=Finding.WORKS, host=server.host, port=server.port)


test_server.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test


class Imap:
    """One dialogue, one command at a time. Every method raises NoImap."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._count = 0
        self.can: frozenset[str] = frozenset()

    def greet(self) -> None:
        """Hear the greeting, and put TLS on the connection where it was asked for; never less than that."""
        said = self._line.response().text
        if said.upper().startswith(b"* BYE"):
            raise NoImap(Finding.TURNED_AWAY, _words(said))
        if not said.upper().startswith((b"* OK", b"* PREAUTH")):
            raise NoImap(Finding.NOT_SMTP)
        if self._line.server.security is Security.STARTTLS:
            self._ask_abilities()
            if "STARTTLS" not in self.can:
                raise NoImap(Finding.STARTTLS_NOT_OFFERED)
            self._do(b"STARTTLS")
            self._line.secure()
        self._ask_abilities()

    def sign_in(self) -> None:
        """As the user of the mailbox."""
        server = self._line.server
        try:
            if "AUTH=PLAIN" in self.can:
                secret = b64encode(f"\0{server.username}\0{server.password}".encode())
                self._do(b"AUTHENTICATE PLAIN", answer=secret)
            elif "LOGINDISABLED" in self.can:
                raise NoImap(Finding.AUTH_NOT_OFFERED)
            else:
                self._do(b"LOGIN " + _quoted(server.username) + b" " + _quoted(server.password))
        except Refused as refused:
            code = _CODE.search(refused.said)
            later = code is not None and code[1] in FOR_LATER
            raise NoImap(Finding.BUSY if later else Finding.PASSWORD_REFUSED, refused.said) from None

    def folders(self) -> list[Listed]:
        """Every folder that can be opened."""
        found = []
        for said in self._do(b'LIST "" "*"'):
            if listed := _LIST.match(said.text):
                attributes = frozenset(listed[1].decode("ascii", "replace").lower().split())
                name = said.literals[-1] if said.literals else _unquoted(listed[2])
                if name and not attributes & {"\\noselect", "\\nonexistent"}:
                    found.append(Listed(name, attributes))
        return found

    def open(self, name: bytes) -> Opened:
        """Examine a folder. Raises Refused when it is gone."""
        exists, numbers = 0, dict[bytes, int]()
        for said in self._do(b"EXAMINE " + _quoted(name)):
            if found := _EXISTS.match(said.text):
                exists = int(found[1])
            if told := _NUMBER.search(said.text):
                numbers[told[1].upper()] = int(told[2])
        return Opened(numbers.get(b"UIDVALIDITY", 0), numbers.get(b"UIDNEXT", 0), exists)

    def heads(self, uids: Sequence[int]) -> Iterator[Head]:
        """What is known of these mails before their bodies are fetched."""
        wanted, asked = frozenset(uids), b"UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (" + FIELDS + b")]"
        for said in self._do(b"UID FETCH %s (%s)" % (_set(uids), asked)):
            uid = _uid(said)
            if uid is not None and uid in wanted and (size := _SIZE.search(said.text)):
                yield Head(uid, int(size[1]), _arrived(said.text), _body(said))

    def bodies(self, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The mails, byte for byte; of an immense one its beginning. One that has vanished is left out."""
        wanted = frozenset(uids)
        for said in self._do(b"UID FETCH %s (UID BODY.PEEK[]<0.%d>)" % (_set(uids), LONGEST_MAIL)):
            uid = _uid(said)
            if uid is not None and uid in wanted and b"BODY[" in said.text.upper():
                if not _WHOLE.fullmatch(said.text):
                    raise NoImap(Finding.NOT_SMTP, "a literal of a wrong length")
                yield uid, _body(said)

    def uids(self, *, above: int = 0) -> set[int]:
        """The UIDs of the opened folder, or those above one."""
        found: set[int] = set()
        for said in self._do(b"UID SEARCH UID %d:*" % (above + 1)):
            if said.text[:8].upper() == b"* SEARCH":
                found.update(int(number) for number in said.text[8:].split() if number.isdigit())
        return {uid for uid in found if uid > above}

    def leave(self) -> None:
        """Say goodbye."""
        self._do(b"LOGOUT", is_last=True)

    def _ask_abilities(self) -> None:
        words = [said.text.decode("ascii", "replace").upper().split() for said in self._do(b"CAPABILITY")]
        self.can = frozenset(word for line in words if line[1:2] == ["CAPABILITY"] for word in line[2:])

    def _do(self, command: bytes, *, answer: bytes | None = None, is_last: bool = False) -> list[Response]:
        """Say a command and give back what was said until it was done."""
        self._count += 1
        tag = b"r%d" % self._count
        self._line.say(tag + b" " + command + b"\r\n", patience=TO_FETCH)
        heard: list[Response] = []
        while True:
            said = self._line.response()
            if said.text.startswith(tag + b" "):
                break
            if said.text.startswith(b"+") and answer is not None:
                self._line.say(answer + b"\r\n")
                answer = None
            elif said.text[:5].upper() == b"* BYE" and not is_last:
                raise NoImap(Finding.CLOSED, _words(said.text))
            elif said.text.startswith(b"* "):
                heard.append(said)
            else:
                raise NoImap(Finding.NOT_SMTP, _words(said.text))
        if said.text[len(tag) + 1 :][:2].upper() != b"OK":
            raise Refused(Finding.BUSY, _words(said.text[len(tag) + 1 :]))
        return heard


def _uid(said: Response) -> int | None:
    found = _UID.search(said.text) if _FETCH.match(said.text) else None
    return int(found[1]) if found else None


def _body(said: Response) -> bytes:
    if said.literals:
        return said.literals[-1]
    found = _QUOTED.search(said.text)
    return re.sub(rb"\\(.)", rb"\1", found[1]) if found else b""


def _arrived(text: bytes) -> datetime | None:
    found = _DATE.search(text)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def _quoted(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    if any(byte in data for byte in b"\r\n\0"):
        raise NoImap(Finding.PASSWORD_REFUSED)
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _unquoted(data: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", data[1:-1]) if data[:1] == b'"' else data


def _set(uids: Sequence[int]) -> bytes:
    """UIDs as ranges: `1:3,7`."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in ranges)


def _words(said: bytes) -> str:
    return " ".join(said[:1_000].decode("utf-8", "replace").split())[:300]
