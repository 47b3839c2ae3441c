"""Write tables that spreadsheets open without running anything in them: CSV and XLSX (REC-08, X13)."""

from __future__ import annotations

import csv
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import IO

import openpyxl

Line = Sequence[str]

_BOM = "\ufeff"  # without it spreadsheets take UTF-8 for the local encoding
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_CELL = 32_767  # characters, the limit of XLSX
_TOGETHER = 500  # lines in one piece of a stream


class Form(StrEnum):
    """The forms of an exported table."""

    CSV = "csv"
    XLSX = "xlsx"


def safe(cell: str) -> str:
    """The cell with an apostrophe before whatever a spreadsheet would take for a formula; an import takes it off."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_pieces(header: Line, lines: Iterable[Line], *, delimiter: str = ",") -> Iterator[str]:
    """The text of a CSV file in pieces, with BOM and CRLF (RFC 4180)."""
    yield _BOM + _written([header], delimiter)
    piece: list[Line] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _TOGETHER:
            yield _written(piece, delimiter)
            piece = []
    if piece:
        yield _written(piece, delimiter)


class _Text:
    """A file for the CSV writer that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)


def _written(lines: Iterable[Line], delimiter: str) -> str:
    text = _Text()
    csv.writer(text, delimiter=delimiter).writerows([safe(cell) for cell in line] for line in lines)
    return "".join(text.parts)


def workbook(title: str, header: Line, lines: Iterable[Line]) -> IO[bytes]:
    """An XLSX file, written row by row and ready to be read; whoever takes it closes it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1")
    for line in itertools.chain([header], lines):
        sheet.append([_NOT_IN_XML.sub("", safe(cell))[:_LONGEST_CELL] for cell in line])
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever takes it
    book.save(file)
    file.seek(0)
    return file
