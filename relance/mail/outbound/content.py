"""A content read once: styles inlined, links numbered, placeholders found and placed, all cut into pieces. *(pure)*

    drawn = draw(Content(subject="Hello {Person.firstName}", html="<p>...</p>"), setting)

Everything that can be wrong in a template is found here, before anything is sent (TPL-02).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import css_inline

from relance.mail.outbound.contexts import Context, Placed, as_text, html_pieces, plain_pieces
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
from relance.mail.tracking import stamp
from relance.mail.tracking.stamp import Link, Note


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


@dataclass(frozen=True, slots=True)
class Drawn:
    """A content cut into literal text and marks."""

    subject: tuple[str | Slot, ...]
    html: tuple[str | Placed, ...]
    text: tuple[str | Placed, ...]
    slots: tuple[Slot, ...]
    attachments: tuple[Attachment, ...]
    links: tuple[Link, ...]
    notes: tuple[Note, ...]
    salt: bytes


def draw(content: Content, setting: Setting) -> Drawn:
    """Marks, inlines, stamps and cuts a content. Raises PlaceholderErrors with every fault in it."""
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
    return Drawn(
        subject=content.cut(content.subject, setting.catalogue),
        html=pieces if content.html else (),
        text=tuple(plain_pieces(text)),
        slots=tuple(marker.slots),
        attachments=content.attachments,
        links=stamped.links,
        notes=stamped.notes,
        salt=sha256(repr((content.subject, html, text)).encode("utf-8", "replace")).digest(),
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
