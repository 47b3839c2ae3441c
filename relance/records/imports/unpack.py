"""Unpack a workbook within limits (X14). *(pure)*

The calamine reader holds a sheet as one dense rectangle with its shared texts copied into every cell, so
one far-away cell or one long shared text could take all memory. Each part is therefore unpacked here under a
bound, walked once by a streaming XML parser, and handed over in a plain archive made of these same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.parsers import expat

from relance.records.imports.limits import Limits, Unreadable

_KEPT = ("[content_types].xml", "_rels/", "xl/_rels/", "xl/workbook.xml", "xl/worksheets/", "xl/styles.xml")
_SHARED = "xl/sharedstrings.xml"
_SHEETS = "xl/worksheets/"
_CHUNK = 256 * 1024
_SLACK = 2 * 1024 * 1024  # bytes; small parts compress very well and harm nobody
_MOST_PARTS = 2_000


def unpack(file: BinaryIO, plain: IO[bytes], limits: Limits) -> None:
    """Write into `plain` the workbook without compression, only its parts with cells. Raises Unreadable."""
    file.seek(0)
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as out:
        parts = {info.filename.lower(): info for info in packed.infolist()[:_MOST_PARTS]}
        if "xl/workbook.xml" not in parts:
            raise Unreadable("not_a_table")
        copy = _Copy(packed, out, limits)
        texts = Texts()
        if _SHARED in parts:
            copy.part(parts.pop(_SHARED), texts)
        for name, info in parts.items():
            if name.startswith(_SHEETS) and name.endswith(".xml"):
                copy.part(info, Extent(texts.lengths, limits))
            elif name.startswith(_KEPT):
                copy.part(info, Walk())
    plain.seek(0)


class _Copy:
    """Copies parts while counting what they unpack to, for one part by its ratio and for the whole file."""

    def __init__(self, packed: zipfile.ZipFile, out: zipfile.ZipFile, limits: Limits) -> None:
        self._packed = packed
        self._out = out
        self._limits = limits
        self._total = 0

    def part(self, info: zipfile.ZipInfo, walk: Walk) -> None:
        bound = _SLACK + info.compress_size * self._limits.ratio
        size = 0
        with (
            self._packed.open(info) as source,
            self._out.open(info.filename, "w", force_zip64=True) as target,
        ):
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                self._total += len(chunk)
                if size > bound or self._total > self._limits.expanded_bytes:
                    raise Unreadable("bomb")
                walk.parser.Parse(chunk, False)
                target.write(chunk)
        walk.parser.Parse(b"", True)


class Walk:
    """One pass over the XML of a part; a document type is refused, so that no entity is ever expanded."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise Unreadable("broken_workbook")


class Texts(Walk):
    """The length of each shared text."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            self.lengths.append(0)

    def _text(self, text: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(text)


class Extent(Walk):
    """The rectangle that a sheet's filled cells span, and the text they hold once shared texts are in."""

    def __init__(self, lengths: list[int], limits: Limits) -> None:
        super().__init__()
        self._lengths = lengths
        self._limits = limits
        self._row = self._column = self._last_row = self._last_column = self._text = 0
        self._shared = False
        self._tags: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: list[str]) -> None:
        tag = self._tags.get(name) or self._tags.setdefault(name, name.rpartition(":")[2])
        if tag == "c":
            self._enter_cell(attributes)
        elif tag == "v" or tag == "is":
            self._fill_cell()
            self.parser.CharacterDataHandler = self._value if self._shared and tag == "v" else None
        elif tag == "row":
            self._row = _number(dict(_pairs(attributes)).get("r", ""), self._row + 1)
            self._column = 0

    def _enter_cell(self, attributes: list[str]) -> None:
        at, kind = "", ""
        for name, value in _pairs(attributes):
            at = value if name == "r" else at
            kind = value if name == "t" else kind
        letters = at.rstrip("0123456789")
        self._column = (self._columns.get(letters) or self._known(letters)) if letters else self._column + 1
        self._row = _number(at[len(letters) :], self._row)
        self._shared = kind == "s"

    def _known(self, letters: str) -> int:
        """Few names of columns come again and again."""
        return self._columns.setdefault(letters, column_number(letters))

    def _fill_cell(self) -> None:
        self._last_row = max(self._last_row, self._row)
        self._last_column = max(self._last_column, self._column)
        if self._last_column > self._limits.columns:
            raise Unreadable("too_many_columns", limit=self._limits.columns)
        if self._last_row > self._limits.rows + 1 or self._last_row * self._last_column > self._limits.cells:
            raise Unreadable("too_many_rows", limit=self._limits.rows)

    def _value(self, text: str) -> None:
        index = _number(text.strip(), -1)
        if 0 <= index < len(self._lengths):
            self._text += self._lengths[index]
        if self._text > self._limits.expanded_bytes:
            raise Unreadable("bomb")


def _pairs(attributes: list[str]) -> Iterator[tuple[str, str]]:
    return zip(attributes[::2], attributes[1::2], strict=True)


def column_number(letters: str) -> int:
    """`A` is 1, `AA` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
