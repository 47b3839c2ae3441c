"""One content, compiled once, written many times: a template becomes bytes and slots (QUALITY section 2). *(pure)*

    compiled = compile_content(Content(subject="Hello {Person.firstName}", html="<p>...</p>"), setting)
    compiled.links                                        # save them once for this content version
    raw = compiled.render({"Person.firstName": "Marie"}, envelope)     # the whole message, ready for SMTP

What is written: CRLF only, body lines of at most 76 characters, no line that begins with a dot. The same content,
values and envelope give the same bytes, so that a second attempt sends the same mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from relance.lib.tokens import Kind
from relance.mail.outbound import headers, parts
from relance.mail.outbound.content import Content, Drawn, Setting, draw
from relance.mail.outbound.contexts import Context, Placed, escaper
from relance.mail.outbound.envelope import Envelope, addressed, by_mail, identified, letterhead
from relance.mail.outbound.formats import Reader, Value
from relance.mail.outbound.parts import Attachment
from relance.mail.outbound.placeholders import Slot
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
    "Unwritable",
    "compile_content",
]


class Preview(NamedTuple):
    """A mail as its author sees it: untracked."""

    subject: str
    html: str
    text: str


def compile_content(content: Content, setting: Setting) -> Compiled:
    """Reads a content once, in some milliseconds. Raises PlaceholderErrors with every fault in it."""
    return Compiled(draw(content, setting), setting)


class Compiled:
    """A content ready to be written: keep it as long as the content version is in use."""

    def __init__(self, drawn: Drawn, setting: Setting) -> None:
        self.links = drawn.links
        self.notes = drawn.notes
        subject_fields = {piece.name for piece in drawn.subject if isinstance(piece, Slot)}
        self.fields = frozenset(slot.name for slot in drawn.slots) | subject_fields
        self._drawn = drawn
        self._setting = setting
        self._reader = Reader(language=setting.language, currency=setting.currency)
        self._renders: dict[TrackMode, Render] = {}

    def render(self, values: Mapping[str, Value], envelope: Envelope) -> bytes:
        """The whole message of one recipient. Raises ValueError if an address or Message-ID cannot be written."""
        return self.writes(envelope.mode)(
            values.get,
            letterhead(envelope),
            addressed(envelope.to),
            identified(envelope.message_id),
            envelope.recipient_id,
            by_mail(envelope.unsubscribe_mailto),
        )

    def writes(self, mode: TrackMode) -> Render:
        """The function that writes the copies of one mode, for whoever writes many."""
        return self._renders.get(mode) or self._made(mode)

    def is_kept(self, most: int) -> bool:
        """Whether its files are small enough to be kept in memory."""
        return sum(len(file.data) for file in self._drawn.attachments) <= most

    def preview(self, values: Mapping[str, Value]) -> Preview:
        """The mail for the screen, with clean links and no pixel."""
        return Preview(
            self._subject_words(values.get),
            "".join(self._shown(self._drawn.html, values.get, escaped=True)),
            "".join(self._shown(self._drawn.text, values.get, escaped=False)),
        )

    def _made(self, mode: TrackMode) -> Render:
        drawn, writer = self._drawn, Writer(self._reader, self._setting.key)
        writer.head()
        if any(isinstance(piece, Slot) for piece in drawn.subject):
            writer.text("Subject", drawn.subject)
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
        writer.expression("unsubscribe")
        writer.raw(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")

    @staticmethod
    def _token(writer: Writer, kind: Kind, link: int = 0, *, aggregate: bool = False) -> str:
        if aggregate:
            kind = Kind.OPEN_AGGREGATE if kind is Kind.OPEN else Kind.CLICK_AGGREGATE
        return writer.token(kind, link, is_anonymous=aggregate)

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


class Unwritable(Compiled):
    """A text that cannot be written now, and why: each copy of it fails alone, the rest of the mail goes on (D25)."""

    def __init__(self, why: str) -> None:
        self.links, self.notes, self.fields = (), (), frozenset()
        self._why = why

    def writes(self, mode: TrackMode) -> Render:  # noqa: ARG002
        """Raises CannotBeWritten."""
        raise CannotBeWritten(self._why)

    def is_kept(self, most: int) -> bool:  # noqa: ARG002
        """It is looked at again at the next try."""
        return False


class CannotBeWritten(ValueError):
    """The reason in a sentence, as it is shown."""
