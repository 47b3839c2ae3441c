"""A mail read from its bytes, whatever they are: limited in size, parts and depth, in linear time. *(pure)*

    mail = parse(raw)          # never raises
    mail.header("subject"), mail.text, mail.part("message/delivery-status")

What lies inside an attached mail is one part with its text and is not looked into, so that its headers can never be
taken for the mail's own (R9). The raw mail is kept elsewhere, byte for byte; what is dropped here is named in
`problems`.
"""

from __future__ import annotations

import re
from binascii import Error as BadEncoding
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

from relance.mail.inbound.fields import (
    LONGEST_HEADER,
    Headers,
    addresses_in,
    charset_text,
    content_type_of,
    decoded,
    disposition_of,
    file_name,
    first,
    message_ids,
    without_tags,
)

LONGEST = 25_000_000  # bytes looked at
LONGEST_HEAD = 256_000
MOST_HEADERS = 1_000
MOST_PARTS = 300
DEEPEST = 20
LONGEST_TEXT = 300_000  # characters kept of one part
ENVELOPE = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "original-recipient")
READ_AS_TEXT = ("text/", "message/")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A leaf of the mail, decoded when it is asked for."""

    content_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    name: str = ""
    is_attachment: bool = False
    content_id: str = ""
    encoding: str = ""
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def data(self) -> bytes:
        """Its bytes, without their encoding."""
        return _decoded_body(self.body, self.encoding)

    @cached_property
    def text(self) -> str:
        """What it says; empty for what is no text."""
        if not self.content_type.startswith(READ_AS_TEXT):
            return ""
        return charset_text(self.data, self.parameters.get("charset", ""))[:LONGEST_TEXT]

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.data)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What was read of a mail; what is made of it is found out once, when it is asked for."""

    headers: Headers
    content_type: str
    parameters: dict[str, str]
    parts: tuple[Part, ...]
    problems: tuple[str, ...] = ()

    @cached_property
    def _index(self) -> dict[str, str]:
        return dict(reversed(self.headers))

    @cached_property
    def _read(self) -> dict[str, str]:
        return {}

    def header(self, name: str) -> str:
        """The first header of this name (in lower case), as it reads; empty if there is none."""
        if name not in self._read:
            self._read[name] = decoded(self._index.get(name, ""))
        return self._read[name]

    def all(self, name: str) -> list[str]:
        """Every header of this name, as they read."""
        return [decoded(value) for known, value in self.headers if known == name] if name in self._index else []

    def has(self, name: str) -> bool:
        """Whether there is a header of this name."""
        return name in self._index

    def part(self, *content_types: str) -> Part | None:
        """The first part of one of these types."""
        return next((part for part in self.parts if part.content_type in content_types), None)

    def addresses(self, *names: str) -> list[str]:
        """The bare addresses in these headers."""
        return addresses_in([value for name in names for value in self.all(name)])

    @cached_property
    def sender(self) -> str:
        """The address in From."""
        return next(iter(self.addresses("from")), "")

    @cached_property
    def written_to(self) -> list[str]:
        """The addresses that it was sent to, by every header that names some."""
        return self.addresses(*ENVELOPE)

    @cached_property
    def subject(self) -> str:
        """The subject on one line."""
        return " ".join(self.header("subject").split())

    @cached_property
    def message_id(self) -> str:
        """The first Message-ID, `<left@right>`, or nothing."""
        return next(iter(message_ids(self.header("message-id"))), "")

    @cached_property
    def references(self) -> list[str]:
        """The Message-IDs that this mail answers, the nearest last."""
        return [*message_ids(self.header("references")), *message_ids(self.header("in-reply-to"))]

    @cached_property
    def text(self) -> str:
        """What it says: the plain text, or that of its HTML."""
        plain = [part.text for part in self.parts if part.content_type == "text/plain" and not part.is_attachment]
        if any(text.strip() for text in plain):
            return "\n".join(plain)
        return "\n".join(without_tags(part.text) for part in self.parts if part.content_type == "text/html")

    @cached_property
    def date(self) -> datetime | None:
        """Its own Date, if that is one."""
        try:
            read = parsedate_to_datetime(self.header("date"))
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def parse(raw: bytes) -> Mail:
    """Read a mail; at worst it has no headers and one part of text."""
    problems: list[str] = ["too long"] if len(raw) > LONGEST else []
    whole = raw[:LONGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    headers, body = split(whole)
    content_type, parameters = content_type_of(headers)
    parts = tuple(_leaves(headers, body, problems))
    return Mail(
        headers=headers, content_type=content_type, parameters=parameters, parts=parts, problems=tuple(problems)
    )


def split(whole: bytes) -> tuple[Headers, bytes]:
    """The headers (names in lower case, folded lines joined) and the body; an mbox line before them is passed over."""
    start = whole.find(b"\n") + 1 if whole.startswith((b"From ", b">From ")) else 0
    end = whole.find(b"\n\n", start, start + LONGEST_WELL_MADE)
    if end >= 0 and (headers := _well_made(whole[start : end + 1])):
        return headers, whole[end + 2 :]
    return _split_with_care(whole, start)


def _well_made(head: bytes) -> Headers:
    """The headers of a head like most; nothing where it takes more care."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return ()
    headers: list[tuple[str, str]] = []
    at = 0
    for found in _FIELD.finditer(text):
        if found.start() != at:
            return ()
        name, value = found.groups()
        lines = value.split("\n") if "\n" in value else (value,)
        headers.append((name.lower(), " ".join([line.strip(SPACE) for line in lines])))
        at = found.end()
    return tuple(headers) if at == len(text) and "\0" not in text else ()


LONGEST_WELL_MADE = min(LONGEST_HEAD, LONGEST_HEADER)
SPACE = " \t\r\n\v\f"
_FIELD = re.compile(r"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n")


def _split_with_care(whole: bytes, start: int) -> tuple[Headers, bytes]:
    headers: list[tuple[str, str]] = []
    for line, end in _head_lines(whole, start):
        if not line:
            return _joined(headers), whole[end:]
        if line[:1] in (b" ", b"\t") and headers:
            headers.append(("", _plain(line.strip())))
        elif mark := _NAME.match(line):
            headers.append((mark[1].decode("ascii").lower(), _plain(line[mark.end() :].strip())))
        else:
            return _joined(headers), whole[start:]  # the body began without an empty line
        start = end
    return _joined(headers), whole[start:]


_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")


def _head_lines(whole: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    limit = min(len(whole), start + LONGEST_HEAD)
    while start < limit:
        end = whole.find(b"\n", start)
        end = len(whole) if end < 0 else end
        yield whole[start : min(end, start + LONGEST_HEADER)], end + 1
        start = end + 1


def _joined(lines: Sequence[tuple[str, str]]) -> Headers:
    joined: list[tuple[str, list[str]]] = []
    for name, value in lines[: MOST_HEADERS * 10]:
        if name:
            joined.append((name, [value]))
        elif joined and len(joined[-1][1]) < MOST_HEADERS:
            joined[-1][1].append(value)
    return tuple((name, " ".join(values)[:LONGEST_HEADER]) for name, values in joined[:MOST_HEADERS])


def _plain(line: bytes) -> str:
    """Undeclared 8-bit text: UTF-8 if it is, else Latin-1."""
    try:
        return line.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return line.decode("latin-1").replace("\0", "")


def _leaves(headers: Headers, body: bytes, problems: list[str]) -> Iterator[Part]:
    """Every leaf in its order, without recursion."""
    waiting, count = [(headers, body, 0)], 0
    while waiting:
        headers, body, depth = waiting.pop()
        content_type, parameters = content_type_of(headers)
        pieces = _pieces(body, parameters.get("boundary", "")) if content_type.startswith("multipart/") else []
        if pieces and depth >= DEEPEST:
            problems.append("too deep")
        elif pieces:
            waiting += [(*split(piece), depth + 1) for piece in reversed(pieces)]
            continue
        count += 1
        if count > MOST_PARTS:
            problems.append("too many parts")
            return
        yield _leaf(headers, content_type, parameters, body)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundaries; nothing when there are none."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        return []
    pieces: list[bytes] = []
    start = None
    for begin, end, is_last in _boundaries(body, b"--" + mark):
        if start is not None:
            pieces.append(body[start : max(start, begin - 1)])
        start = end + 1
        if is_last or len(pieces) > MOST_PARTS:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _boundaries(body: bytes, line: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each line stands that is a boundary and nothing more: its first byte, its end, whether it is the last."""
    at = body.find(line)
    while at >= 0:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        rest = body[at + len(line) : min(end, at + len(line) + 1_000)].rstrip(b" \t")
        if rest in (b"", b"--") and (at == 0 or body[at - 1] == 0x0A):
            yield at, end, rest == b"--"
        at = body.find(line, at + 1)


def _leaf(headers: Headers, content_type: str, parameters: dict[str, str], body: bytes) -> Part:
    disposition, told = disposition_of(headers)
    return Part(
        content_type=content_type,
        parameters=parameters,
        name=file_name(told.get("filename", "") or parameters.get("name", "")),
        is_attachment=disposition == "attachment",
        content_id=first(headers, "content-id").strip().strip("<>")[:250],
        encoding=first(headers, "content-transfer-encoding").strip().lower(),
        body=body,
    )


def _decoded_body(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return a2b_base64(body)
        if encoding == "quoted-printable":
            return a2b_qp(body)
    except (BadEncoding, ValueError):
        return body
    return body
