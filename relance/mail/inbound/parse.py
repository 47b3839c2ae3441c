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
READ_AS_TEXT = ("text/", "message/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A leaf of the mail; `text` is decoded, and empty for what is no text."""

    content_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    name: str = ""
    is_attachment: bool = False
    text: str = ""
    size: int = 0
    content_id: str = ""
    data: bytes = field(default=b"", repr=False)  # kept only where `parse` is told to


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """What was read of a mail."""

    headers: Headers
    content_type: str
    parameters: dict[str, str]
    parts: tuple[Part, ...]
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first header of this name (in lower case), as it reads; empty if there is none."""
        return next((decoded(value) for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of this name, as they read."""
        return [decoded(value) for known, value in self.headers if known == name]

    def has(self, name: str) -> bool:
        """Whether there is a header of this name."""
        return any(known == name for known, _ in self.headers)

    def part(self, *content_types: str) -> Part | None:
        """The first part of one of these types."""
        return next((part for part in self.parts if part.content_type in content_types), None)

    def addresses(self, *names: str) -> list[str]:
        """The bare addresses in these headers."""
        return addresses_in([value for name in names for value in self.all(name)])

    @property
    def sender(self) -> str:
        """The address in From."""
        return next(iter(self.addresses("from")), "")

    @property
    def subject(self) -> str:
        """The subject on one line."""
        return " ".join(self.header("subject").split())

    @property
    def message_id(self) -> str:
        """The first Message-ID, `<left@right>`, or nothing."""
        return next(iter(message_ids(self.header("message-id"))), "")

    @property
    def references(self) -> list[str]:
        """The Message-IDs that this mail answers, the nearest last."""
        return [*message_ids(self.header("references")), *message_ids(self.header("in-reply-to"))]

    @property
    def text(self) -> str:
        """What it says: the plain text, or that of its HTML."""
        plain = [part.text for part in self.parts if part.content_type == "text/plain" and not part.is_attachment]
        if any(text.strip() for text in plain):
            return "\n".join(plain)
        return "\n".join(without_tags(part.text) for part in self.parts if part.content_type == "text/html")

    @property
    def date(self) -> datetime | None:
        """Its own Date, if that is one."""
        try:
            read = parsedate_to_datetime(self.header("date"))
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def parse(raw: bytes, *, keep_data: bool = False) -> Mail:
    """Read a mail; at worst it has no headers and one part of text. `keep_data`: the bytes of every part too."""
    problems: list[str] = ["too long"] if len(raw) > LONGEST else []
    whole = raw[:LONGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    headers, body = split(whole)
    content_type, parameters = content_type_of(headers)
    parts = tuple(_leaves(headers, body, problems, keep_data=keep_data))
    return Mail(
        headers=headers, content_type=content_type, parameters=parameters, parts=parts, problems=tuple(problems)
    )


def split(whole: bytes) -> tuple[Headers, bytes]:
    """The headers (names in lower case, folded lines joined) and the body; an mbox line before them is passed over."""
    start = whole.find(b"\n") + 1 if whole.startswith((b"From ", b">From ")) else 0
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


def _leaves(headers: Headers, body: bytes, problems: list[str], *, keep_data: bool) -> Iterator[Part]:
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
        yield _leaf(headers, content_type, parameters, body, keep_data=keep_data)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundaries; nothing when there are none."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        return []
    line = re.compile(rb"^--" + re.escape(mark) + rb"(--)?[ \t]*$", re.MULTILINE)
    pieces: list[bytes] = []
    start = None
    for found in line.finditer(body):
        if start is not None:
            pieces.append(body[start : max(start, found.start() - 1)])
        start = found.end() + 1
        if found[1] or len(pieces) > MOST_PARTS:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _leaf(
    headers: Headers, content_type: str, parameters: dict[str, str], body: bytes, *, keep_data: bool = False
) -> Part:
    disposition, told = disposition_of(headers)
    data = _decoded_body(body, first(headers, "content-transfer-encoding").strip().lower())
    text = charset_text(data, parameters.get("charset", "")) if content_type.startswith(READ_AS_TEXT) else ""
    return Part(
        content_type=content_type,
        parameters=parameters,
        name=file_name(told.get("filename", "") or parameters.get("name", "")),
        is_attachment=disposition == "attachment",
        text=text[:LONGEST_TEXT],
        size=len(data),
        content_id=first(headers, "content-id").strip().strip("<>")[:250],
        data=data if keep_data else b"",
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
