"""An open mail as it is shown: its text, its HTML rid of everything that runs, its files, and what is to be said of it.

    shown = body(raw)                        # text, html, files, notices
    shown.page(images=False)                 # what may stand in the frame; how many remote images were left out

Two more walls stand around it: a frame that runs no script on an origin of its own, and the frame's own rules for what
may be loaded (`web.frame`). Nothing here needs a database. *(pure)*
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import idna

from relance.mail import safe_html
from relance.mail.inbound.outline import is_file
from relance.mail.inbound.parse import Mail, Part, parse

LONGEST_HTML = 1_000_000
LARGEST_PICTURE, LARGEST_PICTURES = 2_000_000, 8_000_000
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")  # no SVG: it is a program (X3)
REMOTE = re.compile(r"(?i)//|@import|image-set")  # in a style, once its escapes are read
ESCAPED = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
HOST = re.compile(r"(?i)\b(?:https?://)?((?:[\w-]+\.)+[a-z]{2,24}|xn--[\w.-]+)(?=[/:?#\s]|$)")
VOID = frozenset({"area", "br", "col", "hr", "img", "wbr", "input"})


class Notice(StrEnum):
    """What is said above a mail that is not simply text (R10)."""

    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    SIGNED = "signed"
    PACKED = "packed"  # winmail.dat
    INVITATION = "invitation"
    CALENDAR_ANSWER = "calendar_answer"
    RECEIPT = "receipt"  # a read receipt
    ASKS_RECEIPT = "asks_receipt"
    INSIDE = "inside"  # a file written into the text: uuencode, yEnc
    CUT = "cut"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One attachment by its number among the parts."""

    number: int
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The HTML of the frame, and how many remote images were left out of it."""

    html: str
    blocked: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What an open mail shows."""

    text: str
    html: str
    files: tuple[File, ...]
    notices: tuple[Notice, ...]
    pictures: dict[str, str]

    def page(self, *, images: bool) -> Page:
        """The HTML for the frame, with remote images or without."""
        writer = _Writer(self.pictures, images=images)
        writer.feed(safe_html.clean(self.html[:LONGEST_HTML], comments=False))
        writer.close()
        return Page(html="".join(writer.written), blocked=writer.blocked)


def body(raw: bytes) -> Body:
    """Read a mail for showing; never raises."""
    mail = parse(raw)
    text = "\n".join(part.text for part in mail.parts if _is_text(part, "text/plain"))
    html = "\n".join(part.text for part in mail.parts if _is_text(part, "text/html"))
    files = tuple(
        File(number=number, name=part.name or _given_name(part), content_type=part.content_type, size=part.size)
        for number, part in enumerate(mail.parts)
        if is_file(part)
    )
    return Body(text=text, html=html, files=files, notices=_notices(mail, text, html), pictures=_pictures(mail.parts))


def part_of(raw: bytes, number: int) -> Part | None:
    """One part with its bytes; None if there is none of this number."""
    parts = parse(raw).parts
    return parts[number] if 0 <= number < len(parts) else None


def download_name(name: str) -> str:
    """The header that makes a browser store a file under its name, never open it (X3)."""
    bare = "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "_" for letter in name)
    return f"attachment; filename=\"{bare}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_text(part: Part, content_type: str) -> bool:
    return part.content_type == content_type and not part.is_attachment


def _given_name(part: Part) -> str:
    """A name for what has none."""
    endings = {"message/rfc822": "mail.eml", "text/calendar": "invitation.ics", "application/ms-tnef": "winmail.dat"}
    if part.content_type in endings:
        return endings[part.content_type]
    return f"{part.content_type.partition('/')[0]}.{re.sub('[^a-z0-9]', '', part.content_type.partition('/')[2])[:12]}"


def _notices(mail: Mail, text: str, html: str) -> tuple[Notice, ...]:
    types = {part.content_type for part in mail.parts} | {mail.content_type}
    names = {part.name.lower() for part in mail.parts}
    calendar = mail.part("text/calendar")
    found = {
        Notice.ENCRYPTED: bool(
            types & {"multipart/encrypted", "application/pgp-encrypted"}
            or any(_smime(part) == "enveloped-data" for part in mail.parts)
            or "-----BEGIN PGP MESSAGE-----" in text
        ),
        Notice.SIGNED: bool(
            types & {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
            or any(_smime(part) == "signed-data" for part in mail.parts)
            or "-----BEGIN PGP SIGNED MESSAGE-----" in text
        ),
        Notice.PACKED: "application/ms-tnef" in types or "winmail.dat" in names,
        Notice.CALENDAR_ANSWER: calendar is not None and _method(calendar) == "REPLY",
        Notice.INVITATION: calendar is not None and _method(calendar) != "REPLY",
        Notice.RECEIPT: "message/disposition-notification" in types,
        Notice.ASKS_RECEIPT: mail.has("disposition-notification-to"),
        Notice.INSIDE: bool(re.search(r"(?m)^(begin [0-7]{3} \S|=ybegin )", text)),
        Notice.CUT: bool(mail.problems),
        Notice.EMPTY: not text.strip()
        and not re.sub(r"(?s)<[^>]*>|\s|&nbsp;", "", html)
        and "<img" not in html.lower(),
    }
    return tuple(notice for notice, holds in found.items() if holds)


def _smime(part: Part) -> str:
    if part.content_type not in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return ""
    return part.parameters.get("smime-type", "enveloped-data").lower()


def _method(part: Part) -> str:
    found = re.search(r"(?im)^METHOD:\s*(\w+)", part.text)
    return (part.parameters.get("method", "") or (found[1] if found else "")).upper()


def _pictures(parts: Sequence[Part]) -> dict[str, str]:
    """Pictures that the mail brings along, by Content-ID, as they may stand in the frame."""
    found: dict[str, str] = {}
    whole = 0
    for part in parts:
        if part.content_id and part.content_type in PICTURES and part.size <= LARGEST_PICTURE:
            whole += part.size
            if whole <= LARGEST_PICTURES:
                found[part.content_id] = f"data:{part.content_type};base64,{b64encode(part.data).decode()}"
    return found


class _Writer(HTMLParser):
    """Writes cleaned HTML again: pictures from the mail itself, links that show where they lead, nothing remote."""

    def __init__(self, pictures: dict[str, str], *, images: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.pictures, self.images = pictures, images
        self.written: list[str] = []
        self.blocked = 0
        self._link: tuple[str, list[str]] | None = None
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [pair for name, value in attrs if (pair := self._attribute(name, value or "")) is not None]
        if tag == "a":
            self._link = (dict(kept).get("href", ""), [])
            kept = [(name, value) for name, value in kept if name not in ("target", "rel")]
            kept += [("target", "_blank"), ("rel", "noopener noreferrer nofollow")]
        self._in_style = tag == "style"
        told = "".join(f' {name}="{escape(value)}"' for name, value in kept)
        self.written.append(f"<{tag}{told}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def _attribute(self, name: str, value: str) -> tuple[str, str] | None:
        if name in ("src", "background"):
            if value.lower().startswith("cid:"):
                picture = self.pictures.get(value[4:])
                return (name, picture) if picture else None
            if not self.images:
                self.blocked += 1
                return None
        if name == "style" and REMOTE.search(unescaped(value)) and not self.images:
            self.blocked += 1
            return None
        return name, value

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self._in_style = False
        self.written.append(f"</{tag}>")
        if tag == "a" and self._link is not None:
            href, words = self._link
            self._link = None
            if host := lying_host(href, "".join(words)):
                self.written.append(f'<span class="relance-host" dir="ltr"> [{escape(host)}]</span>')

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link[1].append(data)
        if self._in_style:
            data = data.replace("<", "")  # no style needs it
            data = self._style_without(data) if REMOTE.search(unescaped(data)) and not self.images else data
        self.written.append(data)

    def _style_without(self, data: str) -> str:
        self.blocked += 1
        kept = re.sub(r"(?is)(?:url|image-set)\s*\([^)]*\)|@import[^;]*;?", "none", unescaped(data))
        return "" if REMOTE.search(kept) else kept

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, _data: str) -> None:
        return


def unescaped(css: str) -> str:
    """A style without the escapes in which `url` can hide."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16) % 0x110000) if found[1] else found[2], css)


def lying_host(href: str, shown: str) -> str:
    """The host to which a link really leads, if its words name another one, or if it is written to deceive (X5)."""
    try:
        real = (urlsplit(href).hostname or "").lower()
    except ValueError:
        return href[:80]
    if not real:
        return ""
    ascii_host = _in_ascii(real)
    if "xn--" in ascii_host or "@" in urlsplit(href).netloc:
        return ascii_host
    named = [found.lower().removeprefix("www.") for found in HOST.findall(shown)]
    bare = real.removeprefix("www.")
    if any(not (bare == name or bare.endswith(f".{name}")) for name in named):
        return ascii_host
    return ""


def _in_ascii(host: str) -> str:
    """A host as the wire has it, so that a letter of another script cannot hide."""
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ascii(host).strip("'")
