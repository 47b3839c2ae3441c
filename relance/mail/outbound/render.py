"""One content, compiled once, written many times: a template becomes bytes and slots (QUALITY section 2). *(pure)*

    compiled = compile_content(Content(subject="Hello {Person.firstName}", html="<p>...</p>"), setting)
    compiled.links                                        # save them once for this content version
    raw = compiled.render({"Person.firstName": "Marie"}, envelope)     # the whole message, ready for SMTP

What is written: CRLF only, body lines of at most 76 characters, no line that begins with a dot. The same content,
values and envelope give the same bytes, so that a second attempt sends the same mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import NamedTuple

import css_inline

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.outbound import headers, parts
from relance.mail.outbound.contexts import Context, Placed, as_text, escaper, html_pieces, plain_pieces
from relance.mail.outbound.envelope import Envelope, head, unsubscribe_by_mail
from relance.mail.outbound.formats import Reader, Value
from relance.mail.outbound.parts import Attachment
from relance.mail.outbound.placeholders import (
    NAMED_LINK,
    UNSUBSCRIBE,
    Catalogue,
    PlaceholderErrors,
    Problem,
    ProblemCode,
    Slot,
    check,
    parse,
)
from relance.mail.outbound.quoted import clean
from relance.mail.outbound.writer import Get, Render, Variable, Writer
from relance.mail.tracking import stamp
from relance.mail.tracking.stamp import Link, Note, NoteCode, TrackMode

__all__ = [
    "Attachment",
    "Compiled",
    "Content",
    "Envelope",
    "Link",
    "Note",
    "NoteCode",
    "Preview",
    "Setting",
    "TrackMode",
    "compile_content",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What the author wrote. Without ``text`` the text part is drawn from the HTML; without HTML it stands alone.

    ``is_literal``: nothing in it is a placeholder. So is a mail that a person wrote: it may quote what somebody else
    wrote, and that is never read as a template (X7).
    """

    subject: str
    html: str
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    is_literal: bool = False

    def cut(self, template: str, catalogue: Catalogue, *, html: bool = False) -> tuple[str | Slot, ...]:
        """One of its texts, cleaned and cut at its placeholders. Raises PlaceholderErrors."""
        text = clean(stamp.unmarked(template))
        return (text,) if self.is_literal else parse(text, catalogue, html=html)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What is the same for every recipient of a content.

    ``edge`` is the public address, ``https://mail.example.org`` without a slash; ``key`` signs the tokens.
    ``list_headers`` adds List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058); ``footer`` the paragraph
    with the opt-out link where the content has none. ``named_links`` are the campaign's: code to target URL.
    """

    edge: str
    key: bytes
    catalogue: Catalogue
    language: str = "en"
    currency: str = "EUR"
    list_headers: bool = False
    footer: bool = False
    named_links: Mapping[str, str] = field(default_factory=dict)
    track_all_links: bool = True


class Preview(NamedTuple):
    """A mail as its author sees it: untracked."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A content cut into literal text and marks."""

    subject: tuple[str | Slot, ...]
    html: tuple[str | Placed, ...]
    text: tuple[str | Placed, ...]
    slots: tuple[Slot, ...]
    attachments: tuple[Attachment, ...]
    salt: bytes


def compile_content(content: Content, setting: Setting) -> Compiled:
    """Reads a content once, in some milliseconds. Raises PlaceholderErrors with every fault in it."""
    codes = sorted(setting.named_links)
    if not content.is_literal:
        _refuse_faults(content, setting)
    marker = _Marker(content, setting, codes)
    html = marker.marked(content.html, html=True)
    text = None if content.text is None and content.html else marker.marked(content.text or "", html=False)
    stamped = stamp.stamp(
        _inlined(html),
        text,
        named=[(code, setting.named_links[code]) for code in codes],
        track_all=setting.track_all_links,
        footer=setting.language if setting.footer else None,
    )
    pieces = tuple(html_pieces(stamped.html))
    _refuse_bad_places(pieces, marker.slots)
    if stamped.text is None:
        text = as_text(stamped.html.replace(stamp.mark(stamp.PIXEL), ""))
    else:
        text = stamped.text
    drawn = _Drawn(
        subject=content.cut(content.subject, setting.catalogue),
        html=pieces if content.html else (),
        text=tuple(plain_pieces(text)),
        slots=tuple(marker.slots),
        attachments=content.attachments,
        salt=sha256(repr((content.subject, html, text)).encode("utf-8", "replace")).digest(),
    )
    return Compiled(drawn, setting, stamped.links, stamped.notes)


class Compiled:
    """A content ready to be written: keep it as long as the content version is in use."""

    def __init__(self, drawn: _Drawn, setting: Setting, links: tuple[Link, ...], notes: tuple[Note, ...]) -> None:
        self.links = links
        self.notes = notes
        subject_fields = {piece.name for piece in drawn.subject if isinstance(piece, Slot)}
        self.fields = frozenset(slot.name for slot in drawn.slots) | subject_fields
        self._drawn = drawn
        self._setting = setting
        self._reader = Reader(language=setting.language, currency=setting.currency)
        self._renders: dict[TrackMode, Render] = {}

    def render(self, values: Mapping[str, Value], envelope: Envelope) -> bytes:
        """The whole message of one recipient. Raises ValueError if an address or Message-ID cannot be written."""
        render = self._renders.get(envelope.mode) or self._made(envelope.mode)
        return render(values.get, envelope)

    def preview(self, values: Mapping[str, Value]) -> Preview:
        """The mail for the screen, with clean links and no pixel."""
        return Preview(
            self._subject_words(values.get),
            "".join(self._shown(self._drawn.html, values.get, escaped=True)),
            "".join(self._shown(self._drawn.text, values.get, escaped=False)),
        )

    def _made(self, mode: TrackMode) -> Render:
        drawn, writer = self._drawn, Writer(self._reader)
        writer.call(head)
        if any(isinstance(piece, Slot) for piece in drawn.subject):
            writer.call_with_values(lambda get: headers.text("Subject", self._subject_words(get)))
        else:
            writer.raw(headers.text("Subject", "".join(map(str, drawn.subject))))
        if self._setting.list_headers:
            self._list_headers(writer)
        parts.message(
            writer,
            lambda w: w.body(self._filled(drawn.text, w, mode, escaped=False)),
            (lambda w: w.body(self._filled(drawn.html, w, mode, escaped=True))) if drawn.html else None,
            drawn.attachments,
            drawn.salt,
        )
        return self._renders.setdefault(mode, writer.function())

    def _list_headers(self, writer: Writer) -> None:
        """On one line each, whatever their length: providers look for them so (UNSUB-04)."""
        writer.raw(f"List-Unsubscribe: <{self._setting.edge}/u/".encode("ascii"))
        writer.expression(self._token(writer, Kind.UNSUBSCRIBE))
        writer.raw(b">")
        writer.call(unsubscribe_by_mail)
        writer.raw(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")

    def _token(self, writer: Writer, kind: Kind, link: int = 0, *, aggregate: bool = False) -> str:
        sign = tokens.signer(self._setting.key)
        if aggregate:
            anonymous = Kind.OPEN_AGGREGATE if kind is Kind.OPEN else Kind.CLICK_AGGREGATE
            return writer.token(sign, anonymous, "content_id", link)
        return writer.token(sign, kind, "recipient_id", link)

    def _filled(
        self, pieces: tuple[str | Placed, ...], writer: Writer, mode: TrackMode, *, escaped: bool
    ) -> Iterator[str | Variable]:
        """The pieces of a body for one mode: literal text, and variables of the function being written."""
        edge = self._setting.edge
        for piece in pieces:
            if isinstance(piece, str):
                yield piece
            elif piece.kind == stamp.FIELD:
                yield Variable(writer.value(self._drawn.slots[piece.number], piece.context))
            elif piece.kind == stamp.UNSUBSCRIBE:
                yield f"{edge}/u/"
                yield Variable(self._token(writer, Kind.UNSUBSCRIBE))
            elif piece.kind == stamp.FILE:
                yield f"{edge}/f/"
                yield Variable(self._token(writer, Kind.FILE, piece.number))
            elif piece.kind == stamp.CLICK and mode is TrackMode.NONE:
                yield self._target(piece.number, escaped)
            elif piece.kind == stamp.CLICK:
                yield f"{edge}/c/"
                yield Variable(self._token(writer, Kind.CLICK, piece.number, aggregate=mode.is_aggregate))
            elif piece.kind == stamp.PIXEL and mode.has_pixel:
                yield f'<img src="{edge}/o/'
                yield Variable(self._token(writer, Kind.OPEN, aggregate=mode.is_aggregate))
                yield '.gif" width="1" height="1" alt="">'

    def _shown(self, pieces: tuple[str | Placed, ...], get: Get, *, escaped: bool) -> Iterator[str]:
        for piece in pieces:
            if isinstance(piece, str):
                yield piece
            elif piece.kind == stamp.FIELD:
                slot = self._drawn.slots[piece.number]
                yield escaper(piece.context, slot.kind)(slot.words(get(slot.name), self._reader))
            elif piece.kind == stamp.CLICK:
                yield self._target(piece.number, escaped)
            elif piece.kind in (stamp.UNSUBSCRIBE, stamp.FILE):
                yield "#"

    def _target(self, number: int, escaped: bool) -> str:
        url = self.links[number - 1].url
        return escape(url) if escaped else url

    def _subject_words(self, get: Get) -> str:
        return "".join(
            piece
            if isinstance(piece, str)
            else escaper(Context.PLAIN, piece.kind)(piece.words(get(piece.name), self._reader))
            for piece in self._drawn.subject
        )


class _Marker:
    """Puts a mark in place of each placeholder and keeps the slots in order."""

    def __init__(self, content: Content, setting: Setting, codes: list[str]) -> None:
        self.slots: list[Slot] = []
        self._content = content
        self._catalogue = setting.catalogue
        self._codes = codes

    def marked(self, template: str, *, html: bool) -> str:
        pieces = self._content.cut(template, self._catalogue, html=html)
        return "".join(piece if isinstance(piece, str) else self._mark(piece) for piece in pieces)

    def _mark(self, slot: Slot) -> str:
        if slot.name == UNSUBSCRIBE:
            return stamp.mark(stamp.UNSUBSCRIBE)
        if slot.name.startswith(NAMED_LINK):
            return stamp.mark(stamp.NAMED, self._codes.index(slot.name.removeprefix(NAMED_LINK)))
        self.slots.append(slot)
        return stamp.mark(stamp.FIELD, len(self.slots) - 1)


def _refuse_faults(content: Content, setting: Setting) -> None:
    """All faults of all parts at once, so that the author mends them in one go."""
    problems: list[Problem] = []
    for part, template in (
        ("subject", content.subject),
        ("html", content.html),
        ("text", content.text or ""),
    ):
        text, html = clean(stamp.unmarked(template)), part == "html"
        faults = check(text, setting.catalogue, part=part, html=html)
        problems += faults or _unknown_links(parse(text, setting.catalogue, html=html), part, setting)
    if problems:
        raise PlaceholderErrors(tuple(problems))


def _unknown_links(pieces: tuple[str | Slot, ...], part: str, setting: Setting) -> Iterator[Problem]:
    for slot in pieces:
        if isinstance(slot, str):
            continue
        is_link = slot.name.startswith(NAMED_LINK)
        if part == "subject" and (is_link or slot.name == UNSUBSCRIBE):
            yield _problem(ProblemCode.BAD_PLACE, slot, part)
        elif is_link and slot.name.removeprefix(NAMED_LINK) not in setting.named_links:
            yield _problem(ProblemCode.UNKNOWN_LINK, slot, part)


def _refuse_bad_places(pieces: tuple[str | Placed, ...], slots: list[Slot]) -> None:
    refused = [piece for piece in pieces if isinstance(piece, Placed) and piece.context is Context.REFUSED]
    if refused:
        raise PlaceholderErrors(tuple(_bad_place(piece, slots) for piece in refused))


def _bad_place(piece: Placed, slots: list[Slot]) -> Problem:
    if piece.kind == stamp.FIELD:
        return _problem(ProblemCode.BAD_PLACE, slots[piece.number], "html")
    name = UNSUBSCRIBE if piece.kind == stamp.UNSUBSCRIBE else NAMED_LINK.rstrip(".")
    return Problem(code=ProblemCode.BAD_PLACE, name=name, line=1, column=1, part="html")


def _problem(code: ProblemCode, slot: Slot, part: str) -> Problem:
    return Problem(code=code, name=slot.name, line=slot.line, column=slot.column, part=part)


_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
_SERIALISER = css_inline.CSSInliner(load_remote_stylesheets=False, inline_style_tags=False, keep_style_tags=True)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)


def _inlined(html: str) -> str:
    """The HTML with its style sheets in its elements and every attribute in double quotes; no scripts."""
    if not html:
        return ""
    try:
        whole = _INLINER.inline(html)
    except css_inline.InlineError:  # a style sheet that cannot be read stays as it is
        whole = _SERIALISER.inline(html)
    whole = _SCRIPT.sub("", whole)
    return whole if whole[:9].lower() == "<!doctype" else f"<!DOCTYPE html>{whole}"
