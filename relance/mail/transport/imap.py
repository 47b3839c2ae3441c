"""Read a mailbox over IMAP (RFC 3501): sign in, list folders, and fetch many mails with one command.

    with signed_in(server) as imap:
        imap.open(b"INBOX")
        heads = list(imap.heads(sorted(imap.uids(above=1_200))))

Reading changes nothing: folders are only examined, and mails are peeked at. What changes the server opens a folder
with `select`: `store`, `move` and `expunge` take one UID each and are safe to say twice.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from imaplib import Time2Internaldate

from relance.mail.transport import imap_answers as answers
from relance.mail.transport.check import Check, Finding
from relance.mail.transport.imap_answers import Flags, Head, Listed, Opened, Placed
from relance.mail.transport.imap_line import Line, NoImap, Response, Server
from relance.mail.transport.relay import Security

TO_FETCH = 300.0  # seconds for one command's answers
LONGEST_MAIL = 100_000_000  # bytes fetched of one mail
FIELDS = b"MESSAGE-ID FROM"
FOR_LATER = ("UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "CONTACTADMIN")
"""Response codes (RFC 5530) that say nothing about the password."""

_CODE = re.compile(r"\[([A-Z]+)")
_CHANGE = re.compile(rb"\* \d+ (?:EXISTS|EXPUNGE|FETCH)\b", re.IGNORECASE)


class Refused(NoImap):
    """The server answered NO or BAD: this command failed, the connection lives."""


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
        self._done = b""
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
        """As the user of the mailbox; afterwards more may be offered than before."""
        token_of = self._line.server.access_token
        try:
            heard = self._by_password() if token_of is None else self._by_token(token_of)
        except Refused as refused:
            code = _CODE.search(refused.said)
            later = code is not None and code[1] in FOR_LATER
            raise NoImap(Finding.BUSY if later else Finding.PASSWORD_REFUSED, refused.said) from None
        self._hear_abilities(heard)

    def _by_password(self) -> list[Response]:
        server = self._line.server
        if "AUTH=PLAIN" in self.can:
            secret = b64encode(f"\0{server.username}\0{server.password}".encode())
            return self._do(b"AUTHENTICATE PLAIN", secret)
        if "LOGINDISABLED" in self.can:
            raise NoImap(Finding.AUTH_NOT_OFFERED)
        return self._do(b"LOGIN " + _quoted(server.username) + b" " + _quoted(server.password))

    def _by_token(self, token_of: Callable[[bool], str]) -> list[Response]:
        """A token that is refused before its time is asked for anew, once."""
        if "AUTH=XOAUTH2" not in self.can:
            raise NoImap(Finding.AUTH_NOT_OFFERED)
        try:
            return self._show(token_of(False))
        except Refused:
            return self._show(token_of(True))

    def _show(self, token: str) -> list[Response]:
        told = b64encode(f"user={self._line.server.username}\1auth=Bearer {token}\1\1".encode())
        if "SASL-IR" in self.can:
            return self._do(b"AUTHENTICATE XOAUTH2 " + told, b"")  # a reason is told first, and must be answered
        return self._do(b"AUTHENTICATE XOAUTH2", told, b"")

    def folders(self) -> list[Listed]:
        """Every folder that can be opened, with what it is for where the server tells (RFC 6154)."""
        special = b" RETURN (SPECIAL-USE)" if {"SPECIAL-USE", "LIST-EXTENDED"} <= self.can else b""
        return [found for said in self._do(b'LIST "" "*"' + special) if (found := answers.listed(said))]

    def open(self, name: bytes) -> Opened:
        """Examine a folder. Raises Refused when it is gone."""
        return answers.opened(self._do(b"EXAMINE " + _quoted(name) + self._condstore()))

    def select(self, name: bytes) -> Opened:
        """Open a folder to change what is in it. Raises Refused when it is gone."""
        return answers.opened(self._do(b"SELECT " + _quoted(name)))

    def heads(self, uids: Sequence[int]) -> Iterator[Head]:
        """What is known of these mails before their bodies are fetched."""
        wanted, asked = frozenset(uids), b"UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (%s)]" % FIELDS
        for said in self._do(b"UID FETCH %s (%s)" % (answers.uid_set(uids), asked)):
            found = answers.head(said)
            if found is not None and found.uid in wanted:
                yield found

    def bodies(self, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The mails, byte for byte; of an immense one its beginning. One that has vanished is left out."""
        wanted = frozenset(uids)
        for said in self._do(b"UID FETCH %s (UID BODY.PEEK[]<0.%d>)" % (answers.uid_set(uids), LONGEST_MAIL)):
            uid = answers.uid_of(said)
            if uid is not None and uid in wanted and b"BODY[" in said.text.upper():
                if not answers.is_whole(said):
                    raise NoImap(Finding.NOT_SMTP, "a literal of a wrong length")
                yield uid, answers.body(said)

    def flags(self, *, since: int = 0) -> Iterator[Flags]:
        """The flags of all mails of the folder, or of those that have changed since a MODSEQ (RFC 7162)."""
        changed = b" (CHANGEDSINCE %d)" % since if since else b""
        for said in self._do(b"UID FETCH 1:* (UID FLAGS)" + changed):
            if found := answers.flags(said):
                yield found

    def uids(self, *, above: int = 0) -> set[int]:
        """The UIDs of the opened folder, or those above one."""
        heard = self._do(b"UID SEARCH UID %d:*" % (above + 1))
        return {uid for said in heard for uid in answers.numbers(said) if uid > above}

    def with_message_id(self, message_id: str) -> set[int]:
        """The UIDs of the mails of the opened folder that carry a Message-ID."""
        heard = self._do(b"UID SEARCH HEADER MESSAGE-ID " + _quoted(message_id))
        return {uid for said in heard for uid in answers.numbers(said)}

    def store(self, uid: int, flag: str, *, on: bool) -> None:
        """Set or take away a flag; of a mail that has vanished nothing is said."""
        self._do(b"UID STORE %d %sFLAGS.SILENT (%s)" % (uid, b"+" if on else b"-", flag.encode("ascii")))

    def move(self, uid: int, target: bytes) -> Placed | None:
        """Move a mail to another folder (RFC 6851); where it lies now, if the server tells. Raises Refused."""
        if "MOVE" in self.can:
            heard = self._do(b"UID MOVE %d %s" % (uid, _quoted(target)))
            told = [found for said in heard if (found := answers.placed(said.text))]
            return told[-1] if told else answers.placed(self._done)
        self._do(b"UID COPY %d %s" % (uid, _quoted(target)))
        copied = answers.placed(self._done)
        self.expunge(uid)
        return copied

    def create(self, name: bytes) -> None:
        """Make a folder. Raises Refused where it cannot be."""
        self._do(b"CREATE " + _quoted(name))

    def append(self, folder: bytes, raw: bytes, *, at: datetime) -> Placed | None:
        """Put a mail into a folder, as one that has been read; where it lies, if the server tells. Raises Refused."""
        date = Time2Internaldate(at).encode("ascii")
        self._do(b"APPEND %b (\\Seen) %b {%d}" % (_quoted(folder), date, len(raw)), raw)
        return answers.placed(self._done)

    def expunge(self, uid: int) -> None:
        """Remove one mail for good. Without UIDPLUS it stays marked as deleted if EXPUNGE would take others along."""
        self.store(uid, "\\Deleted", on=True)
        if "UIDPLUS" in self.can:
            self._do(b"UID EXPUNGE %d" % uid)
        elif {each for said in self._do(b"UID SEARCH DELETED") for each in answers.numbers(said)} <= {uid}:
            self._do(b"EXPUNGE")

    def begin_idle(self) -> bool:
        """Have the server tell of changes in the opened folder as they come (RFC 2177); True if one has come."""
        self._count += 1
        self._line.say(b"r%d IDLE\r\n" % self._count)
        has_changed = self._hear_until(b"+")
        return self.hear() or has_changed if self._line.has_rest else has_changed

    def hear(self) -> bool:
        """What the server tells while it is listened to; True when the folder has changed. Call it when data wait."""
        heard = [self._is_change(said.text) for said in self._line.waiting()]
        return any(heard)

    def end_idle(self) -> bool:
        """Listen no more, the dialogue goes on; True if a change has come meanwhile."""
        self._line.say(b"DONE\r\n")
        return self._hear_until(b"r%d " % self._count)

    def _hear_until(self, end: bytes) -> bool:
        has_changed = False
        while not (said := self._line.response().text).startswith(end):
            if not said.startswith(b"* "):
                raise NoImap(Finding.CLOSED, _words(said))
            has_changed = self._is_change(said) or has_changed
        return has_changed

    def _is_change(self, said: bytes) -> bool:
        if said[:5].upper() == b"* BYE":
            raise NoImap(Finding.CLOSED, _words(said))
        return _CHANGE.match(said) is not None

    def fileno(self) -> int:
        """For a selector."""
        return self._line.fileno()

    def close(self) -> None:
        """Drop the connection."""
        self._line.close()

    def leave(self) -> None:
        """Say goodbye."""
        self._do(b"LOGOUT", is_last=True)

    def _condstore(self) -> bytes:
        return b" (CONDSTORE)" if "CONDSTORE" in self.can else b""

    def _ask_abilities(self) -> None:
        self.can = answers.abilities(self._do(b"CAPABILITY"), self._done)

    def _hear_abilities(self, heard: Sequence[Response]) -> None:
        """What is offered now: most servers say it with their welcome; the others are asked."""
        self.can = answers.abilities(heard, self._done)
        if not self.can:
            self._ask_abilities()

    def _do(self, command: bytes, *answers_: bytes, is_last: bool = False) -> list[Response]:
        """Say a command, answer each time that it is asked for, and give back what was said until it was done."""
        waiting = list(answers_)
        self._count += 1
        tag = b"r%d" % self._count
        self._line.say(tag + b" " + command + b"\r\n", patience=TO_FETCH)
        heard: list[Response] = []
        while True:
            said = self._line.response()
            if said.text.startswith(tag + b" "):
                break
            if said.text.startswith(b"+") and waiting:
                self._line.say(waiting.pop(0) + b"\r\n")
            elif said.text[:5].upper() == b"* BYE" and not is_last:
                raise NoImap(Finding.CLOSED, _words(said.text))
            elif said.text.startswith(b"* "):
                heard.append(said)
            else:
                raise NoImap(Finding.NOT_SMTP, _words(said.text))
        self._done = said.text[len(tag) + 1 :]
        if self._done[:2].upper() != b"OK":
            raise Refused(Finding.BUSY, _words(self._done))
        return heard


def _quoted(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    if any(byte in data for byte in b"\r\n\0"):
        raise NoImap(Finding.PASSWORD_REFUSED)
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _words(said: bytes) -> str:
    return " ".join(said[:1_000].decode("utf-8", "replace").split())[:300]
