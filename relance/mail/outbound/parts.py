"""The MIME structure around the two bodies, and attachments, encoded once (RFC 2045, 2046, 2183, 2231). *(pure)*"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from urllib.parse import quote

from relance.lib.addresses import one_line
from relance.mail.outbound.writer import Writer


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file that goes with the mail; with a ``content_id`` it is a picture shown in the HTML by ``cid:``."""

    name: str
    content_type: str
    data: bytes
    content_id: str | None = None


Fill = Callable[[Writer], None]  # writes a body


def message(writer: Writer, text: Fill, html: Fill | None, files: tuple[Attachment, ...], salt: bytes) -> None:
    """Everything from MIME-Version on: text, or text beside HTML, pictures with the HTML, files around all."""
    pictures = tuple(file for file in files if file.content_id and html)
    others = tuple(file for file in files if file not in pictures)
    body: Fill = partial(_body, "plain", text)
    if html:
        shown: Fill = partial(_body, "html", html)
        if pictures:
            shown = _around("related", shown, pictures, salt)
        body = _beside(body, shown, salt)
    if others:
        body = _around("mixed", body, others, salt)
    writer.raw(b"MIME-Version: 1.0\r\n")
    body(writer)
    writer.end_line()


def _body(subtype: str, fill: Fill, writer: Writer) -> None:
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    writer.raw(kind.encode())
    fill(writer)


def _beside(first: Fill, second: Fill, salt: bytes) -> Fill:
    boundary = _boundary("alternative", salt)

    def written(writer: Writer) -> None:
        writer.raw(_opening("alternative", boundary))
        first(writer)
        writer.raw(b"\r\n--%b\r\n" % boundary)
        second(writer)
        writer.raw(b"\r\n--%b--" % boundary)

    return written


def _around(subtype: str, body: Fill, files: tuple[Attachment, ...], salt: bytes) -> Fill:
    boundary = _boundary(subtype, salt)
    blocks = b"".join(b"\r\n--%b\r\n%b" % (boundary, _file(file)) for file in files)

    def written(writer: Writer) -> None:
        writer.raw(_opening(subtype, boundary))
        body(writer)
        writer.raw(blocks + b"\r\n--%b--" % boundary)

    return written


def _opening(subtype: str, boundary: bytes) -> bytes:
    return b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n--%b\r\n' % (
        subtype.encode(),
        boundary,
        boundary,
    )


def _boundary(subtype: str, salt: bytes) -> bytes:
    """No body can hold it: an equals sign before an underscore is in neither quoted-printable nor base64."""
    return b"=_" + sha256(subtype.encode() + salt).hexdigest()[:24].encode()


_TYPE = re.compile(r"(?!message/|multipart/)[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]{0,80}", re.IGNORECASE)


def _file(file: Attachment) -> bytes:
    kind = file.content_type if _TYPE.fullmatch(file.content_type) else "application/octet-stream"
    disposition = "inline" if file.content_id else "attachment"
    lines = [f"Content-Type: {kind}", f"Content-Disposition: {disposition};\r\n {_file_name(file.name)}"]
    if file.content_id:
        lines.append(f"Content-ID: <{re.sub(r'[^!-;=?-~]', '', file.content_id)}>")
    lines.append("Content-Transfer-Encoding: base64")
    data = encodebytes(file.data).rstrip(b"\n").replace(b"\n", b"\r\n")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + data


def _file_name(name: str) -> str:
    shown = re.sub(r'[/\\"]', "_", one_line(name))[-180:] or "file"
    return f'filename="{shown}"' if shown.isascii() else f"filename*=utf-8''{quote(shown, safe='')}"
