"""What an IMAP server's responses say (RFC 3501, 6154, 7162, 4315). *(pure)*"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from relance.mail.transport.imap_line import Response

_CAPABILITY = re.compile(rb"(?:^\* |\[)CAPABILITY ([^\]]*)", re.IGNORECASE)
_LIST = re.compile(rb'\* LIST \(([^)]*)\) ("(?:[^"\\]|\\.)*"|NIL) ?(.*)$', re.IGNORECASE)
_EXISTS = re.compile(rb"\* (\d+) EXISTS", re.IGNORECASE)
_NUMBER = re.compile(rb"\[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (\d+)\]", re.IGNORECASE)
_FETCH = re.compile(rb"\* \d+ FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"', re.IGNORECASE)
_QUOTED = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_WHOLE = re.compile(
    rb"""\*\ \d+\ FETCH\ \((?:(?:
        BODY\[[^\]]*\](?:<\d+>)?\ (?:NIL|"(?:[^"\\]|\\.)*")?
      | [A-Z0-9.-]+\ (?:\d+|NIL|\([^()"]*\)|"(?:[^"\\]|\\.)*"))\ ?)+\)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A FETCH response from which its literals were taken: what else stands there comes from a wrong length."""
_COPIED = re.compile(rb"\[(?:COPYUID|APPENDUID) (\d+) (?:[\d:,]+ )?(\d+)\]", re.IGNORECASE)
CLOSED_TO_US = frozenset({"\\noselect", "\\nonexistent"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder of the server: its name on the wire, its attributes in lower case (RFC 6154), the delimiter."""

    name: bytes
    attributes: frozenset[str]
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that was opened; `modseq` is zero where the server keeps none (RFC 7162)."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class Flags:
    """What is told of a mail beside its text, in lower case: `\\seen`, `\\flagged`, `\\answered`, `\\deleted`."""

    uid: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a mail before its body: `fields` are its header lines that were asked for."""

    uid: int
    size: int
    arrived_at: datetime | None
    fields: bytes
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a mail came to lie: the folder's UIDVALIDITY and the new UID (RFC 4315)."""

    uidvalidity: int
    uid: int


def abilities(heard: Iterable[Response], done: bytes) -> frozenset[str]:
    """What the server can do, where it told: in a line of its own, or with its last word."""
    for text in (*(said.text for said in heard), done):
        if found := _CAPABILITY.search(text):
            return frozenset(found[1].decode("ascii", "replace").upper().split())
    return frozenset()


def listed(said: Response) -> Listed | None:
    """A folder that can be opened, if this response names one."""
    found = _LIST.match(said.text)
    if found is None:
        return None
    attributes = frozenset(found[1].decode("ascii", "replace").lower().split())
    name = said.literals[-1] if said.literals else _unquoted(found[3])
    if not name or attributes & CLOSED_TO_US:
        return None
    delimiter = "" if found[2].upper() == b"NIL" else _unquoted(found[2]).decode("ascii", "replace")
    return Listed(name, attributes, delimiter)


def opened(heard: Iterable[Response]) -> Opened:
    """What SELECT or EXAMINE told."""
    exists, numbers = 0, dict[bytes, int]()
    for said in heard:
        if found := _EXISTS.match(said.text):
            exists = int(found[1])
        if told := _NUMBER.search(said.text):
            numbers[told[1].upper()] = int(told[2])
    first, following, modseq = (numbers.get(name, 0) for name in (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ"))
    return Opened(first, following, exists, modseq)


def head(said: Response) -> Head | None:
    """A mail before its body, if this response tells of one."""
    uid, size = uid_of(said), _SIZE.search(said.text)
    if uid is None or size is None:
        return None
    return Head(uid, int(size[1]), _arrived(said.text), body(said), _flags(said.text))


def flags(said: Response) -> Flags | None:
    """The flags of a mail, if this response tells them."""
    uid = uid_of(said)
    return Flags(uid, _flags(said.text)) if uid is not None and _FLAGS.search(said.text) else None


def numbers(said: Response) -> Iterator[int]:
    """The UIDs that a SEARCH response lists; none if it is another response."""
    if said.text[:8].upper() == b"* SEARCH":
        yield from (int(word) for word in said.text[8:].split() if word.isdigit())


def placed(done: bytes) -> Placed | None:
    """Where a mail that was copied, moved or appended lies now, if the server told."""
    found = _COPIED.search(done)
    return Placed(int(found[1]), int(found[2])) if found else None


def uid_of(said: Response) -> int | None:
    """The UID in a FETCH response."""
    found = _UID.search(said.text) if _FETCH.match(said.text) else None
    return int(found[1]) if found else None


def is_whole(said: Response) -> bool:
    """Whether nothing stands in a FETCH response but what belongs there."""
    return _WHOLE.fullmatch(said.text) is not None


def body(said: Response) -> bytes:
    """The literal or quoted text in a FETCH response."""
    if said.literals:
        return said.literals[-1]
    found = _QUOTED.search(said.text)
    return re.sub(rb"\\(.)", rb"\1", found[1]) if found else b""


def uid_set(uids: Sequence[int]) -> bytes:
    """UIDs as ranges: `1:3,7`."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in ranges)


def _flags(text: bytes) -> frozenset[str]:
    found = _FLAGS.search(text)
    return frozenset(found[1].decode("ascii", "replace").lower().split()) if found else frozenset()


def _arrived(text: bytes) -> datetime | None:
    found = _DATE.search(text)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def _unquoted(data: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", data[1:-1]) if data[:1] == b'"' else data
