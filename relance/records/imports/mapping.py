"""Guess which field each column holds, from its name and from what it contains. *(pure)*"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from relance.lib.fold import fold
from relance.records.imports.fields import HEADER_NAMES, TELLING_WORDS, ImportField, Kind

Mapping = tuple[str, ...]
"""For each column the key of its field, or an empty text for a column left out."""

Columns = Sequence[Sequence[str]]

_WORD = re.compile(r"[^a-z0-9]+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_URL = re.compile(r"(https?://|www\.)\S+|[\w-]+(\.[\w-]+)+(/\S*)?", re.IGNORECASE)
_PHONE = re.compile(r"'?\+?[\d\s().,/x-]{6,}")
_SURELY_PHONE = re.compile(r"'?(\+|0|\()[\d\s().-]{7,20}")
_ENOUGH = 0.6


def guess(header: Sequence[str], rows: Sequence[Sequence[str]], fields: Sequence[ImportField]) -> Mapping:
    """The most likely mapping; `rows` is a sample. A field takes one column unless it takes many."""
    offered = {field.key: field for field in fields}
    columns = [_column(rows, index) for index in range(len(header))]
    chosen = [""] * len(header)
    for find in (_by_exact_name, _by_telling_word, _by_content):
        for index, name in enumerate(header):
            key = "" if chosen[index] else find(_plain(name), columns[index], offered)
            if key and (offered[key].many or key not in chosen):
                chosen[index] = key
    return tuple(_settle_names(chosen, columns, offered))


def _column(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index].strip() for row in rows if index < len(row) and row[index].strip()]


def _plain(name: str) -> str:
    """`E-mail 2` becomes `e mail`."""
    return _WORD.sub(" ", fold(name)).strip().rstrip("0123456789").strip()


def _by_exact_name(name: str, _: list[str], offered: dict[str, ImportField]) -> str:
    for key, field in offered.items():
        names = (*HEADER_NAMES.get(key, ()), *field.names, _plain(str(field.label)), _plain(key))
        if name in names:
            return key
    return ""


def _by_telling_word(name: str, cells: list[str], offered: dict[str, ImportField]) -> str:
    for word, key in TELLING_WORDS:
        if key in offered and f" {word} " in f" {name} " and _plausible(offered[key], cells):
            return key
    return ""


def _by_content(_: str, cells: list[str], offered: dict[str, ImportField]) -> str:
    for key, looks in (("email", _EMAIL), ("website", _URL), ("phone", _SURELY_PHONE)):
        if key in offered and cells and _share(cells, looks.fullmatch) >= _ENOUGH:
            return key
    return ""


_LOOKS: dict[Kind, Callable[[str], object]] = {
    Kind.EMAIL: _EMAIL.search,
    Kind.URL: _URL.fullmatch,
    Kind.PHONE: _PHONE.fullmatch,
}


def _plausible(field: ImportField, cells: list[str]) -> bool:
    """A column of dates called *Mail sent* is no address: contents may overrule a name."""
    looks = _LOOKS.get(field.kind)
    return looks is None or not cells or _share(cells, looks) >= 1 - _ENOUGH


def _share(cells: list[str], looks: Callable[[str], object]) -> float:
    return sum(bool(looks(cell)) for cell in cells) / len(cells)


def _settle_names(chosen: list[str], columns: list[list[str]], offered: dict[str, ImportField]) -> list[str]:
    """*Name* beside a first name is the last name; *Nom* alone above two words is the whole name."""
    if "first_name" in chosen and "full_name" in chosen and "last_name" not in chosen:
        chosen[chosen.index("full_name")] = "last_name"
    elif "last_name" in chosen and "first_name" not in chosen and "full_name" not in chosen:
        index = chosen.index("last_name")
        two_words = _share(columns[index] or [""], lambda cell: len(cell.split()) > 1)
        if "full_name" in offered and two_words >= 1 - _ENOUGH:
            chosen[index] = "full_name"
    return chosen
