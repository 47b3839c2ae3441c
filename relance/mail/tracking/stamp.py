"""Where a mail is tracked: its links numbered, its pixel, its opt-out link, its followed files. *(pure)*

Works once per content version on HTML as css-inline writes it (every attribute in double quotes) and puts
*marks* where each recipient's own URL will stand; render turns marks into slots.

    >>> stamped = stamp('<p><a href="https://exemple.fr/offer">The offer</a></p>')
    >>> stamped.links
    (Link(number=1, url='https://exemple.fr/offer', label='The offer'),)
    >>> MARK.findall(stamped.html)
    [('c', '1'), ('p', '0')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape, unescape
from urllib.parse import urlsplit

from relance.mail.tracking.footers import footer_in


class TrackMode(StrEnum):
    """How one copy is tracked; in the aggregate modes its URLs name the content, not the person."""

    FULL = "full"
    CLICKS = "clicks"
    AGGREGATE = "aggregate"
    AGGREGATE_CLICKS = "aggregate_clicks"
    NONE = "none"

    @property
    def has_pixel(self) -> bool:
        return self in (TrackMode.FULL, TrackMode.AGGREGATE)

    @property
    def is_aggregate(self) -> bool:
        return self in (TrackMode.AGGREGATE, TrackMode.AGGREGATE_CLICKS)


@dataclass(frozen=True, slots=True)
class Link:
    """One tracked link of a content version, numbered from 1; a click brings back the number only (T5)."""

    number: int
    url: str
    label: str


class NoteCode(StrEnum):
    """What the author of a template should know; nothing here stops a mail."""

    LINK_HAS_FIELD = "link_has_field"  # a link with a placeholder leads each recipient elsewhere: not tracked
    LINK_IS_ODD = "link_is_odd"  # a user name, a backslash or no host in it: not tracked
    FOOTER_ADDED = "footer_added"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark and what it is about (a URL, mostly)."""

    code: NoteCode
    about: str = ""


FIELD, NAMED, CLICK, FILE, UNSUBSCRIBE, PIXEL = "f", "n", "c", "d", "u", "p"
MARK = re.compile("\ue000([a-z])([0-9]*)\ue001")


def mark(kind: str, number: int = 0) -> str:
    """A place to be filled in for each recipient, in characters that no template may hold."""
    return f"\ue000{kind}{number}\ue001"


def unmarked(text: str) -> str:
    """The text of a template without the characters that marks are made of."""
    return text.replace("\ue000", "").replace("\ue001", "")


@dataclass(kw_only=True, slots=True)
class Ledger:
    """The links of one content version as they are found; one address under the same words counts once."""

    named: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # place -> (code, target URL)
    track_all: bool = True
    links: list[Link] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def click(self, url: str, label: str) -> str:
        """The mark for a tracked link."""
        for link in self.links:
            if (link.url, link.label) == (url, label):
                return mark(CLICK, link.number)
        self.links.append(Link(len(self.links) + 1, url, label))
        return mark(CLICK, len(self.links))

    def number_of(self, url: str) -> int | None:
        return next((link.number for link in self.links if link.url == url), None)

    def note(self, code: NoteCode, about: str = "") -> None:
        if Note(code, about) not in self.notes:
            self.notes.append(Note(code, about))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamped:
    """HTML and text with marks, and the links found in them."""

    html: str
    text: str | None
    links: tuple[Link, ...]
    notes: tuple[Note, ...]


def stamp(
    html: str,
    text: str | None = None,
    *,
    named: Iterable[tuple[str, str]] = (),
    track_all: bool = True,
    footer: str | None = None,
) -> Stamped:
    """Marks links, files, pixel and opt-out. ``named`` are the campaign's own links (CAMP-05), by place;
    ``footer`` is the language of the opt-out paragraph, added where the content has no such link."""
    ledger = Ledger(named=dict(enumerate(named)), track_all=track_all)
    html = _in_body(_with_clicks(html, ledger), _html_footer(html, footer, ledger)) if html else ""
    if text is not None:
        text = _text_with_clicks(text, ledger, new=not html) + _text_footer(text, footer)
    html = _in_body(html, mark(PIXEL)) if html else ""
    return Stamped(html=html, text=text, links=tuple(ledger.links), notes=tuple(ledger.notes))


TAG = re.compile(r'<([a-zA-Z][^\s/>"]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*/?>')
ATTRIBUTE = re.compile(r'\s+([^\s=>"]+)(?:="([^"]*)")?')
_NAMED = re.compile("\ue000n([0-9]+)\ue001")
_URL = re.compile(r"""https?://[^\s<>"\ue000]*[^\s<>".,;:!?)\]'\ue000]""")
_LABEL_LENGTH = 200


def _with_clicks(html: str, ledger: Ledger) -> str:
    """Follows the links of ``a`` and ``area``, and those of Outlook's own buttons in conditional comments."""
    html = TAG.sub(lambda tag: _tag(tag, html, ledger), html)
    return _NAMED.sub(lambda found: _named(found, ledger), html)


def _tag(tag: re.Match[str], html: str, ledger: Ledger) -> str:
    if 'href="' not in tag[2] or tag[1].lower() not in ("a", "area", "v:roundrect", "v:rect"):
        return tag[0]
    attributes: dict[str, str] = {name.lower(): value for name, value in ATTRIBUTE.findall(tag[2])}
    href = attributes.get("href", "")
    new = _target(href, attributes, _label(tag, html), ledger)
    kept = tag[0].replace(f'href="{href}"', f'href="{new}"', 1)
    return re.sub(r'\sdata-(?:no-track|file)(?:="[^"]*")?', "", kept)


def _target(href: str, attributes: Mapping[str, str], label: str, ledger: Ledger) -> str:
    """What stands in a link's href: a mark, or the address as it was."""
    if attributes.get("data-file", "").isdigit():
        return mark(FILE, int(attributes["data-file"]))
    named = _NAMED.fullmatch(href.strip())
    if named:
        code, url = ledger.named[int(named[1])]
        return ledger.click(url, label or code)
    url = unescape(href).strip()
    if "data-no-track" in attributes or not ledger.track_all or not url.lower().startswith(("http:", "https:")):
        return href
    if MARK.search(url):
        ledger.note(NoteCode.LINK_HAS_FIELD, MARK.sub("{…}", url))
        return href
    if not is_trackable(url):
        ledger.note(NoteCode.LINK_IS_ODD, url)
        return href
    return ledger.click(url, label or url)


def is_trackable(url: str) -> bool:
    """Whether a redirect may lead there: http(s), a host; no user name, backslash or control (T5)."""
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not re.search(r"[\x00-\x20\x7f\\]", url)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and plain
        and port_is_number
    )


def _named(found: re.Match[str], ledger: Ledger) -> str:
    code, url = ledger.named[int(found[1])]
    return ledger.click(url, code)


def _label(tag: re.Match[str], html: str) -> str:
    """The words of a link, the alternative text of its picture, or nothing."""
    inside = html[tag.end() : tag.end() + 4000].partition("</a>")[0] if tag[1].lower() == "a" else ""
    words = " ".join(unescape(MARK.sub("…", re.sub(r"<[^>]*>", " ", inside))).split())
    alternative = re.search(r'\balt="([^"]+)"', inside)
    return (words or (unescape(alternative[1]) if alternative else ""))[:_LABEL_LENGTH]


def _text_with_clicks(text: str, ledger: Ledger, *, new: bool) -> str:
    """Follows in the text part what is followed in the HTML, or every address where there is no HTML."""
    text = _NAMED.sub(lambda found: _named(found, ledger), text)

    def followed(found: re.Match[str]) -> str:
        number = ledger.number_of(found[0])
        if number:
            return mark(CLICK, number)
        part_of_address = text[found.end() : found.end() + 1] == "\ue000"
        if new and ledger.track_all and not part_of_address and is_trackable(found[0]):
            return ledger.click(found[0], found[0])
        return found[0]

    return _URL.sub(followed, text)


def _html_footer(html: str, language: str | None, ledger: Ledger) -> str:
    if language is None or mark(UNSUBSCRIBE) in html:
        return ""
    ledger.note(NoteCode.FOOTER_ADDED)
    words = footer_in(language)
    link = f'<a href="{mark(UNSUBSCRIBE)}" style="color:#6b7280">{escape(words.link)}</a>'
    style = "margin:24px 0 0;font-size:12px;line-height:1.5;color:#6b7280"
    return f'<p style="{style}">{escape(words.sentence)} {link}</p>'


def _text_footer(text: str, language: str | None) -> str:
    if language is None or mark(UNSUBSCRIBE) in text:
        return ""
    words = footer_in(language)
    return f"\n\n{words.sentence}\n{words.link}{words.colon} {mark(UNSUBSCRIBE)}\n"


def _in_body(html: str, addition: str) -> str:
    before, end, after = html.rpartition("</body>")
    return before + addition + end + after if end else html + addition
