"""Lines of calendars (RFC 5545) and of address cards (RFC 6350, 2426): written, folded, and read *(pure)*.

>>> line("SUMMARY", "Roof; tiles, and\\nmore")
'SUMMARY:Roof\\\\; tiles\\\\, and\\\\nmore'
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

WIDTH = 75  # octets of a line without its end, RFC 5545 section 3.1
END = "\r\n"
LONGEST_HEAD = 4_000  # characters before the value
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAME = re.compile(r"(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)$")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?')


class BadLine(ValueError):
    """A line that is none of a calendar or card."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line as read: its name in capitals, its parameters in capitals with their values, its raw value."""

    name: str
    value: str
    params: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str = ""

    @property
    def types(self) -> frozenset[str]:
        """`TYPE`, in lower case."""
        return frozenset(kind.lower() for kind in self.params.get("TYPE", ()))


def escaped(text: str) -> str:
    """A text as a value: backslash, semicolon, comma and line ends escaped, other control characters left out."""
    plain = _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def line(name: str, text: str, /, **params: str) -> str:
    """One line, not yet folded, with a text for its value."""
    return raw(name, escaped(text), **params)


def raw(name: str, written: str, /, **params: str) -> str:
    """One line, not yet folded, whose value is written already."""
    told = "".join(f";{key.upper().replace('_', '-')}={_quoted(held)}" for key, held in params.items())
    return f"{name}{told}:{written}"


def _quoted(value: str) -> str:
    plain = _NOT_TEXT.sub("", value).replace('"', "'").replace("\n", " ")
    return f'"{plain}"' if re.search(r"[;:,]", plain) else plain


def joined(lines: Iterable[str]) -> str:
    """The whole text: each line folded at 75 octets, never inside a character, ended by CRLF."""
    return "".join(f"{part}{END}" for each in lines for part in _folded(each))


def _folded(text: str) -> Iterator[str]:
    octets = text.encode()
    start, room = 0, WIDTH
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # inside a character of UTF-8
            end -= 1
        yield (" " if start else "") + octets[start:end].decode()
        start, room = end, WIDTH - 1
    yield (" " if start else "") + octets[start:].decode()


def read(text: str) -> Iterator[Line]:
    """The lines of a text, unfolded; quoted-printable ones of vCard 2.1 are decoded. Raises BadLine."""
    for told in _unfolded(text):
        if told.strip():
            yield _read(told)


def _unfolded(text: str) -> Iterator[str]:
    whole: list[str] = []
    for told in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        soft = bool(whole) and whole[-1].endswith("=") and _is_printable(whole[0])
        if whole and (told[:1] in (" ", "\t") or soft):
            if soft:
                whole[-1] = whole[-1][:-1]
            whole.append(told if soft else told[1:])
            continue
        if whole:
            yield "".join(whole)
        whole = [told]
    if whole:
        yield "".join(whole)


def _is_printable(start: str) -> bool:
    return "QUOTED-PRINTABLE" in start.partition(":")[0].upper()


def _read(told: str) -> Line:
    head, value = _parted(told)
    name, _, rest = head.partition(";")
    known = _NAME.match(name.strip())
    if known is None:
        raise BadLine(told[:60])
    params: dict[str, tuple[str, ...]] = {}
    for key, held in _PARAMETER.findall(f";{rest}" if rest else ""):
        values = tuple(part.strip('"') for part in re.findall(r'"[^"]*"|[^,]+', held)) if held else (key,)
        params[key.upper() if held else "TYPE"] = (*params.get(key.upper() if held else "TYPE", ()), *values)
    encodings = {each.upper() for each in (*params.get("ENCODING", ()), *params.get("TYPE", ()))}
    if "QUOTED-PRINTABLE" in encodings:
        value = _decoded(value, params)
    return Line(name=known[2].upper(), value=value, params=params, group=(known[1] or "").lower())


def _parted(told: str) -> tuple[str, str]:
    """Head and value: parted by the first colon that stands in no quotes."""
    quoted = False
    for place, letter in enumerate(told[:LONGEST_HEAD]):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return told[:place], told[place + 1 :]
    raise BadLine(told[:60])


def _decoded(value: str, params: Mapping[str, tuple[str, ...]]) -> str:
    octets = quopri.decodestring(value.encode("latin-1", "replace"))
    charset = next(iter(params.get("CHARSET", ())), "utf-8")
    try:
        return octets.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return octets.decode("latin-1")


def text_of(value: str) -> str:
    """A value as text: what `escaped` wrote."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def parts_of(value: str, between: str = ";") -> list[str]:
    """The parts of a value such as a name or a postal address, as texts: parted where `between` is not escaped."""
    parts, start, place = [], 0, 0
    while place < len(value):
        if value[place] == "\\":
            place += 1
        elif value[place] == between:
            parts.append(value[start:place])
            start = place + 1
        place += 1
    return [text_of(part).strip() for part in (*parts, value[start:])]
