"""How each kind of cell is read into a clean value. *(pure)*"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from relance.lib import addresses, written
from relance.lib.fold import fold
from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.names import split_name

Data = Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True)
class RowNote:
    """Something put right or left out in a row that is taken; `reason` names its sentence (see `words`)."""

    reason: str
    data: Data = field(default_factory=dict)


class Gathered:
    """What the cells of one row have given so far."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.addresses: dict[str, addresses.Address] = {}
        self.bad_address: dict[str, str | int] = {}
        self.notes: list[RowNote] = []

    def put(self, target: ImportField, value: str) -> None:
        if target.max_length and len(value) > target.max_length:
            value = value[: target.max_length].rstrip()
            self.note("cut", field=target.key, limit=target.max_length)
        if target.many and self.values.get(target.key):
            value = f"{self.values[target.key]}\n{value}"
        if value:
            self.values[target.key] = value

    def note(self, reason: str, **data: str | int) -> None:
        self.notes.append(RowNote(reason=reason, data=data))

    def leave_out(self, target: ImportField, cell: str) -> None:
        self.note("value_left_out", field=target.key, value=cell[:80])


def unprefixed(cell: str) -> str:
    """Without the apostrophe that an export puts before `+` or `=`: a phone number comes back (X13)."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell


def _text(into: Gathered, target: ImportField, cell: str) -> None:
    into.put(target, addresses.one_line(unicodedata.normalize("NFC", cell)))


def _long_text(into: Gathered, target: ImportField, cell: str) -> None:
    lines = (addresses.one_line(line) for line in unicodedata.normalize("NFC", cell).splitlines())
    into.put(target, "\n".join(lines).strip())


def _link(into: Gathered, target: ImportField, cell: str) -> None:
    (_long_text if target.many else _text)(into, target, cell)


def _full_name(into: Gathered, target: ImportField, cell: str) -> None:
    first, last = split_name(addresses.one_line(unicodedata.normalize("NFC", cell)))
    for key, value in (("first_name", first), ("last_name", last)):
        if value and key not in into.values:
            into.put(ImportField(key=key, label="", max_length=target.max_length), value)


def _email(into: Gathered, _: ImportField, cell: str) -> None:
    found = addresses.split_cell(cell)
    for address in found.addresses:
        into.addresses.setdefault(address.normal, address)
    for reading in found.readings:
        if reading.problem and not into.bad_address:
            into.bad_address = {"address": cell[:120], "problem": str(reading.problem)}
    for note in found.notes:
        if note != addresses.Note.BRACKETS_DROPPED:
            into.note(str(note), value=cell[:120])


def _phone(into: Gathered, target: ImportField, cell: str) -> None:
    if any(letter.isdigit() for letter in cell):
        _text(into, target, cell)
    else:
        into.leave_out(target, cell)


def _language(into: Gathered, target: ImportField, cell: str) -> None:
    code = _LANGUAGES.get(fold(cell), fold(cell).replace("_", "-").split("-")[0])
    if len(code) in (2, 3) and code.isascii() and code.isalpha():
        into.put(target, code)
    else:
        into.leave_out(target, cell)


def _zone(into: Gathered, target: ImportField, cell: str) -> None:
    if cell in available_timezones():
        into.put(target, cell)
    else:
        into.leave_out(target, cell)


def _yes_no(into: Gathered, target: ImportField, cell: str) -> None:
    try:
        into.put(target, "yes" if written.yes_no(cell) else "no")
    except ValueError:
        into.leave_out(target, cell)


def _choice(into: Gathered, target: ImportField, cell: str) -> None:
    if value := target.choices.get(fold(cell)):
        into.put(target, value)
    else:
        into.leave_out(target, cell)


def _number(into: Gathered, target: ImportField, cell: str) -> None:
    try:
        into.put(target, str(written.number(cell)))
    except ValueError:
        into.leave_out(target, cell)


def _date(into: Gathered, target: ImportField, cell: str) -> None:
    try:
        into.put(target, written.day(cell).isoformat())
    except ValueError:
        into.leave_out(target, cell)


def _typed(into: Gathered, target: ImportField, cell: str) -> None:
    try:
        into.put(target, target.read(cell) if target.read else cell)
    except ValueError:
        into.leave_out(target, cell)


READERS: Mapping[Kind, Callable[[Gathered, ImportField, str], None]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.FULL_NAME: _full_name,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.URL: _text,
    Kind.LANGUAGE: _language,
    Kind.ZONE: _zone,
    Kind.YES_NO: _yes_no,
    Kind.COLLEAGUE: _text,
    Kind.CHOICE: _choice,
    Kind.NUMBER: _number,
    Kind.LINK: _link,
    Kind.DATE: _date,
    Kind.TYPED: _typed,
}

_LANGUAGES = {
    name: code
    for code, names in {
        "fr": ("francais", "french"),
        "en": ("anglais", "english"),
        "de": ("allemand", "german", "deutsch"),
        "es": ("espagnol", "spanish", "espanol"),
        "it": ("italien", "italian", "italiano"),
        "nl": ("neerlandais", "dutch", "nederlands"),
        "pt": ("portugais", "portuguese", "portugues"),
    }.items()
    for name in names
}
