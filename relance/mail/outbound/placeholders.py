"""The placeholder language of templates: a tiny one, and all of it is here (TPL-02, QUALITY X7). *(pure)*

    {Person.firstName}                     the field
    {Person.firstName|there}               with words for when it is empty
    {Person.firstName:capitalize|there}    with a format: upper lower capitalize title money number date time
    {{Person.firstName}                    the text {Person.firstName} itself

Only what has this shape is a placeholder; every other brace (CSS, ``{{7*7}}``, ``{% debug %}``) is text. A
field that is not in the catalogue is an error with its place and the nearest field that exists. Values are
put in once and never read as a template again.

    >>> fill("Hello {Person.firstName|there}", {}, {"Person.firstName": FieldKind.TEXT})
    'Hello there'
    >>> check("Hello {Person.fristName}", {"Person.firstName": FieldKind.TEXT})[0].nearest
    'Person.firstName'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from html import unescape
from urllib.parse import unquote

from relance.mail.outbound.formats import FORMATS, KNOWN_FORMATS, FieldKind, Money, Reader, Value, shown

__all__ = [
    "Catalogue",
    "FieldKind",
    "Money",
    "PlaceholderErrors",
    "Problem",
    "ProblemCode",
    "Slot",
    "Value",
    "check",
    "fill",
    "names",
    "parse",
]

Catalogue = Mapping[str, FieldKind]

UNSUBSCRIBE = "Unsubscribe.link"
NAMED_LINK = "Link."  # {Link.<code>}: a tracked link of the campaign (CAMP-05)


class ProblemCode(StrEnum):
    """What is wrong with a placeholder; the faces put it into words."""

    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_FORMAT = "unknown_format"
    UNFIT_FORMAT = "unfit_format"  # a format that exists, but not for this kind of field
    DOUBLE_BRACES = "double_braces"  # {{Person.firstName}}, a habit from other products
    BAD_PLACE = "bad_place"  # inside a style, a script or the middle of a tag
    UNKNOWN_LINK = "unknown_link"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault of a template: where it is (both counted from 1) and what may have been meant."""

    code: ProblemCode
    name: str
    line: int
    column: int
    nearest: str | None = None
    part: str = ""


class PlaceholderErrors(ValueError):
    """The template cannot be used; ``problems`` lists every fault in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.code} {p.name} at {p.part} {p.line}:{p.column}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One placeholder of a template, allowed by the catalogue."""

    name: str
    kind: FieldKind
    format: str = ""
    fallback: str = ""
    line: int = 1
    column: int = 1

    def words(self, value: Value, reader: Reader) -> str:
        """What stands in its place for this value: the value, else the fallback, else nothing."""
        text = shown(value, self.kind, self.format, reader)
        return text if text and not text.isspace() else self.fallback


def parse(text: str, catalogue: Catalogue, *, part: str = "", html: bool = False) -> tuple[str | Slot, ...]:
    """The text cut at its placeholders. Raises PlaceholderErrors with all faults found."""
    pieces = list(_pieces(text, catalogue, part, html))
    problems = tuple(piece for piece in pieces if isinstance(piece, Problem))
    if problems:
        raise PlaceholderErrors(problems)
    return tuple(piece for piece in pieces if piece and not isinstance(piece, Problem))


def check(text: str, catalogue: Catalogue, *, part: str = "", html: bool = False) -> list[Problem]:
    """Every fault of a template, for the form that saves it."""
    return [piece for piece in _pieces(text, catalogue, part, html) if isinstance(piece, Problem)]


def names(text: str) -> frozenset[str]:
    """The fields that a template uses, known or not: what must be loaded to fill it."""
    found = _SHAPE.finditer(text)
    return frozenset(match["name"] for match in found if match["name"] and not match["escape"])


def fill(
    text: str,
    values: Mapping[str, Value],
    catalogue: Catalogue,
    *,
    language: str = "en",
    currency: str = "EUR",
) -> str:
    """The text with its placeholders filled in, as plain text. Raises PlaceholderErrors."""
    reader = Reader(language=language, currency=currency)
    return "".join(
        piece if isinstance(piece, str) else piece.words(values.get(piece.name), reader)
        for piece in parse(text, catalogue)
    )


# An editor writes the braces of a placeholder in a link as %7B and %7D.
_SHAPE = re.compile(
    r"""(?P<escape>\{)?(?:\{|%7[Bb])\s*
    (?: (?P<name>[^\W\d]\w*(?:\.[\w-]+)+) \s*
        (?: :\s*(?P<format>\w+)\s* )?
        (?: (?:\||%7[Cc])(?P<fallback>[^{}<>\r\n]{0,200}?) )?
      | (?P<bare>[^\W\d]\w*) \s* )
    (?:\}|%7[Dd])(?P<tail>\})?""",
    re.VERBOSE,
)


def _pieces(text: str, catalogue: Catalogue, part: str, html: bool) -> Iterator[str | Slot | Problem]:
    done = 0
    for match in _SHAPE.finditer(text):
        piece = _piece(match, catalogue, part, html)
        yield text[done : match.start()]
        yield piece
        done = match.end()
        if match["tail"] and not match["escape"]:
            done -= 1
    yield text[done:]


def _piece(match: re.Match[str], catalogue: Catalogue, part: str, html: bool) -> str | Slot | Problem:
    literal = match[0][: -1 if match["tail"] and not match["escape"] else None]
    if match["bare"]:
        meant = _field_called(match["bare"], catalogue)
        return _problem(match, ProblemCode.UNKNOWN_FIELD, match["bare"], part, meant) if meant else literal
    if match["escape"]:
        doubled = match["tail"] is not None
        return _problem(match, ProblemCode.DOUBLE_BRACES, match["name"], part) if doubled else literal[1:]
    return _slot(match, catalogue, part, html)


def _slot(match: re.Match[str], catalogue: Catalogue, part: str, html: bool) -> Slot | Problem:
    name, format = match["name"], match["format"] or ""
    kind = FieldKind.URL if name == UNSUBSCRIBE or name.startswith(NAMED_LINK) else catalogue.get(name)
    if kind is None:
        return _problem(match, ProblemCode.UNKNOWN_FIELD, name, part, _nearest(name, catalogue))
    if format and format not in FORMATS[kind]:
        code = ProblemCode.UNFIT_FORMAT if format in KNOWN_FORMATS else ProblemCode.UNKNOWN_FORMAT
        fits = get_close_matches(format, sorted(FORMATS[kind]), n=1)
        return _problem(match, code, f"{name}:{format}", part, fits[0] if fits else None)
    line, column = _place(match)
    fallback = _fallback(match, html)
    return Slot(name=name, kind=kind, format=format, fallback=fallback, line=line, column=column)


def _fallback(match: re.Match[str], html: bool) -> str:
    words = (match["fallback"] or "").strip()
    if "%7" in match[0][:3]:
        words = unquote(words)
    return unescape(words) if html else words


def _problem(match: re.Match[str], code: ProblemCode, name: str, part: str, nearest: str | None = None) -> Problem:
    line, column = _place(match)
    return Problem(code=code, name=name, line=line, column=column, nearest=nearest, part=part)


def _place(match: re.Match[str]) -> tuple[int, int]:
    before = match.string[: match.start()]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _nearest(name: str, catalogue: Catalogue) -> str | None:
    known = {field.lower(): field for field in catalogue}
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return known[close[0]] if close else _field_called(name.rpartition(".")[2], catalogue)


def _field_called(word: str, catalogue: Catalogue) -> str | None:
    """The first field whose last word is this one: someone wrote {firstName} and meant {Person.firstName}."""
    return next((field for field in catalogue if field.rpartition(".")[2].lower() == word.lower()), None)
