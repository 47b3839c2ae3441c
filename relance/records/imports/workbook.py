"""Read an XLSX workbook as rows of text. *(pure)*"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import BinaryIO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from relance.records.imports.limits import Limits, Unreadable
from relance.records.imports.unpack import unpack

Cell = int | float | str | bool | date | datetime | time | timedelta

_IN_MEMORY = 16 * 1024 * 1024  # bytes
_BROKEN = (
    CalamineError,
    zipfile.BadZipFile,
    expat.ExpatError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class Workbook:
    """An opened workbook: the names of its visible sheets and the rows of one of them."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        try:
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
                unpack(file, plain, limits)
                self._book = CalamineWorkbook.from_filelike(plain)
        except PasswordError as error:
            raise Unreadable("locked_workbook") from error
        except _BROKEN as error:
            raise Unreadable("broken_workbook") from error

    @property
    def sheets(self) -> tuple[str, ...]:
        """The visible sheets, in their order."""
        return tuple(s.name for s in self._book.sheets_metadata if s.visible == SheetVisibleEnum.Visible)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Every row of a sheet as text, numbered as the spreadsheet numbers them."""
        try:
            found = self._book.get_sheet_by_name(sheet)
        except CalamineError as error:
            raise Unreadable("broken_workbook") from error
        for number, row in enumerate(found.iter_rows(), start=1):
            yield number, [_as_text(cell) for cell in row]


def _as_text(cell: Cell) -> str:
    """A cell as a person would type it: whole numbers without decimals (a phone number), ISO dates."""
    match cell:
        case str():
            return cell.replace("\0", "")
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
    return str(cell)
