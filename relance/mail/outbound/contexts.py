"""Where in a mail a value stands, and what keeps it harmless there (QUALITY X7). *(pure)*

The HTML must be as css-inline writes it. Each place decides once, when the template is compiled, how its values are
escaped; a placeholder where no escaping is safe (a style, a script, inside a tag) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import escape
from urllib.parse import quote

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from relance.mail.outbound.placeholders import FieldKind
from relance.mail.outbound.quoted import clean
from relance.mail.tracking.stamp import ATTRIBUTE, MARK, TAG


class Context(StrEnum):
    """A place for a value."""

    PLAIN = "plain"
    TEXT = "text"  # between tags
    ATTRIBUTE = "attribute"
    URL = "url"  # the whole of a link, or its beginning
    URL_PART = "url_part"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark and the place it was found in."""

    kind: str
    number: int
    context: Context


def plain_pieces(text: str) -> Iterator[str | Placed]:
    """A marked plain text, cut at its marks."""
    return _cut(text, Context.PLAIN)


def html_pieces(html: str) -> Iterator[str | Placed]:
    """Marked HTML, cut at its marks, each with its context."""
    done = 0
    for found in _SPECIAL.finditer(html):
        yield from _cut(html[done : found.start()], Context.TEXT)
        yield from _special(found)
        done = found.end()
    yield from _cut(html[done:], Context.TEXT)


def escaper(context: Context, kind: FieldKind) -> Callable[[str], str]:
    """The function that makes a field's words harmless in a context."""
    if kind is FieldKind.HTML:
        return clean if context is Context.TEXT else _ESCAPERS_OF_MARKUP[context]
    return _ESCAPERS[context]


def as_text(html: str) -> str:
    """The text part of an HTML mail: words, lists, tables, and each link's address after its words (TPL-03)."""
    drawn = get_text(html, _DRAWING) if html.strip() else ""
    with_addresses = _DRAWN_LINK.sub(_link_in_text, drawn)
    lines = [line.rstrip() for line in with_addresses.strip("\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


_SPECIAL = re.compile(
    rf"(?P<comment><!--.*?-->)|(?P<raw><(?P<element>style|script|noscript|iframe)\b.*?</(?P=element)>)|(?P<tag>{TAG.pattern})",
    re.DOTALL | re.IGNORECASE,
)
_URL_ATTRIBUTES = frozenset({"href", "src", "action", "background", "cite", "poster", "xlink:href"})
_UNSAFE_ATTRIBUTE = re.compile(r"on\w+|style|srcset|srcdoc|data|formaction", re.IGNORECASE)
_DRAWING = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_links=True)
_DRAWN_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+)\)")
_WEB_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)+([/?#:]\S*)?")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def _cut(text: str, context: Context) -> Iterator[str | Placed]:
    done = 0
    for found in MARK.finditer(text):
        yield text[done : found.start()]
        yield Placed(found[1], int(found[2] or 0), context)
        done = found.end()
    yield text[done:]


def _special(found: re.Match[str]) -> Iterator[str | Placed]:
    if found["raw"]:
        return _cut(found["raw"], Context.REFUSED)
    if found["comment"]:
        return _in_comment(found["comment"])
    return _in_tag(found["tag"])


def _in_comment(comment: str) -> Iterator[str | Placed]:
    """Outlook reads the markup in conditional comments: its attributes may be quoted in any manner."""
    done = 0
    for tag in TAG.finditer(comment):
        yield from _cut(comment[done : tag.start()], Context.ATTRIBUTE)
        yield from _in_tag(tag[0])
        done = tag.end()
    yield from _cut(comment[done:], Context.ATTRIBUTE)


def _in_tag(tag: str) -> Iterator[str | Placed]:
    done = 0
    for attribute in ATTRIBUTE.finditer(tag):
        if attribute[2] is None or not MARK.search(attribute[2]):
            continue
        yield from _cut(tag[done : attribute.start(2)], Context.REFUSED)
        yield from _in_attribute(attribute[1].lower(), attribute[2])
        done = attribute.end(2)
    yield from _cut(tag[done:], Context.REFUSED)


def _in_attribute(name: str, value: str) -> Iterator[str | Placed]:
    if _UNSAFE_ATTRIBUTE.fullmatch(name):
        return _cut(value, Context.REFUSED)
    if name not in _URL_ATTRIBUTES:
        return _cut(value, Context.ATTRIBUTE)
    return _in_url(value)


def _in_url(value: str) -> Iterator[str | Placed]:
    start = True
    for piece in _cut(value, Context.URL_PART):
        if start and isinstance(piece, Placed):
            piece = Placed(piece.kind, piece.number, Context.URL)
        if not isinstance(piece, str) or piece.strip():
            start = False
        yield piece


def _text(words: str) -> str:
    return escape(clean(words), quote=False).replace("\n", "<br>\n")


def _attribute(words: str) -> str:
    return escape(clean(words).replace("\n", " "))


def _url(words: str) -> str:
    """A web, mail or telephone address; a bare ``exemple.fr`` becomes one; anything else is dropped."""
    address = quote("".join(clean(words).split()), safe="/?#[]@!$&'()*+,;=:%~._-")
    if _WEB_ADDRESS.fullmatch(address):
        address = f"https://{address}"
    return escape(address) if address.lower().startswith(_SCHEMES) else ""


def _url_part(words: str) -> str:
    return quote(clean(words).strip(), safe="@~._-")


_ESCAPERS: dict[Context, Callable[[str], str]] = {
    Context.PLAIN: clean,
    Context.TEXT: _text,
    Context.ATTRIBUTE: _attribute,
    Context.URL: _url,
    Context.URL_PART: _url_part,
}


@lru_cache(maxsize=256)
def _markup_as_text(markup: str) -> str:
    return as_text(clean(markup)).strip()


_ESCAPERS_OF_MARKUP: dict[Context, Callable[[str], str]] = {
    Context.PLAIN: _markup_as_text,
    Context.ATTRIBUTE: lambda markup: _attribute(_markup_as_text(markup)),
    Context.URL: lambda _: "",
    Context.URL_PART: lambda markup: _url_part(_markup_as_text(markup)),
}


def _link_in_text(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2].strip()
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    if not words or words in (address, bare) or words.startswith(("http://", "https://")):
        return bare
    return words if address.startswith("#") else f"{words} <{bare}>"
