"""Open a CSV or XLSX file as a table: what it is, its header, its rows. *(pure)*

>>> with open_table(path) as table:
...     table.shape.encoding, table.shape.header
...     for row in table.rows(): ...
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Literal, Self

from relance.records.imports.header import letters, looks_like_header, titles, trimmed
from relance.records.imports.limits import USUAL, Limits, Unreadable
from relance.records.imports.text import Encoding, Lines, find_delimiter, find_encoding, separated_rows

if TYPE_CHECKING:
    from relance.records.imports.workbook import Workbook

Kind = Literal["text", "workbook"]

_HEAD = 50  # rows looked at to tell a header from data


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person decided instead of letting the reader guess; None leaves it to the reader."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None


GUESS = Choices()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file was read; `encoding_reason` is one of `text.Encoding`, or empty.

    `starts_at` is the row of the header, or of the first data: titles above a table are passed over.
    """

    kind: Kind
    encoding: str = ""
    encoding_reason: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    has_header: bool = True
    header: tuple[str, ...] = ()
    starts_at: int = 1

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.header)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of data; `number` is the one a spreadsheet shows (the header is usually row 1)."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Nothing in any cell."""
        return not any(cell.strip() for cell in self.cells)


class Table:
    """An opened file. Use it in a `with`; its rows can be walked again from any row number."""

    def __init__(self, file: BinaryIO, shape: Shape, *, limits: Limits, workbook: Workbook | None = None) -> None:
        self._file = file
        self._limits = limits
        self._workbook = workbook
        self._lines: Lines | None = None
        self.shape = shape

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def progress(self) -> float:
        """The share of the bytes of a text file walked so far, between 0 and 1; 0 for a workbook."""
        return self._lines.progress if self._lines else 0.0

    @property
    def zeros(self) -> int:
        """How many NUL characters were taken out in the last walk."""
        return self._lines.zeros if self._lines else 0

    def rows(self, *, after: int = 0) -> Iterator[Row]:
        """The rows of data that are not blank, beyond row number `after`. Raises Unreadable past a limit."""
        past_header = not self.shape.has_header
        seen = 0
        for number, cells in self._numbered():
            row = Row(number=number, cells=tuple(cells))
            if row.is_blank:
                continue
            if not past_header:
                past_header = True
                continue
            seen += 1
            if seen > self._limits.rows:
                raise Unreadable("too_many_rows", limit=self._limits.rows)
            if number > after:
                yield row

    def all_rows(self) -> Iterator[Row]:
        """Every row with its header, blank ones too, so that numbers stay."""
        return (Row(number=number, cells=tuple(cells)) for number, cells in self._from_the_top())

    def count(self) -> int:
        """How many rows of data there are; a whole walk, which proves that the file can be read."""
        return sum(1 for _ in self.rows())

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        """From `starts_at` on."""
        return (pair for pair in self._from_the_top() if pair[0] >= self.shape.starts_at)

    def _from_the_top(self) -> Iterator[tuple[int, list[str]]]:
        if self._workbook:
            return self._workbook.rows(self.shape.sheet)
        self._lines = Lines(self._file, self.shape.encoding, self._limits)
        return separated_rows(self._lines, self.shape.delimiter)

    def _with_header(self, has_header: bool | None) -> Self:
        """Fill in the header once encoding, delimiter and sheet are known."""
        rows = ((number, cells) for number, cells in self._from_the_top() if trimmed(cells))
        numbered = list(itertools.islice(rows, _HEAD))
        if not numbered:
            raise Unreadable("empty")
        numbered = numbered[titles([cells for _, cells in numbered]) :]
        head = [cells for _, cells in numbered]
        width = len(trimmed(head[0]))
        if width > self._limits.columns:
            raise Unreadable("too_many_columns", limit=self._limits.columns)
        has_header = looks_like_header(head) if has_header is None else has_header
        first = [" ".join(cell.split())[:200] for cell in head[0][:width]]
        header = first if has_header else [letters(i) for i in range(max(len(trimmed(row)) for row in head))]
        self.shape = replace(self.shape, has_header=has_header, header=tuple(header), starts_at=numbered[0][0])
        return self


def open_table(source: Path | bytes, choices: Choices = GUESS, limits: Limits = USUAL) -> Table:
    """Open a file and say how it was understood. Raises Unreadable with a reason when it is refused."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    try:
        return _opened(file, choices, limits)
    except BaseException:
        file.close()
        raise


def _opened(file: BinaryIO, choices: Choices, limits: Limits) -> Table:
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise Unreadable("empty")
    if size > limits.file_bytes:
        raise Unreadable("too_large", limit=limits.file_bytes // (1024 * 1024))
    file.seek(0)
    if file.read(4) == b"PK\x03\x04":
        return _workbook(file, choices, limits)
    return _text(file, choices, limits)


def _workbook(file: BinaryIO, choices: Choices, limits: Limits) -> Table:
    from relance.records.imports.workbook import Workbook  # its reader weighs 1.5 MB in every process

    workbook = Workbook(file, limits)
    sheets = workbook.sheets
    if not sheets:
        raise Unreadable("empty")
    wanted = [choices.sheet] if choices.sheet in sheets else sheets
    sheet = next((name for name in wanted if name and next(workbook.rows(name), None)), sheets[0])
    shape = Shape(kind="workbook", sheet=sheet, sheets=sheets)
    return Table(file, shape, limits=limits, workbook=workbook)._with_header(choices.has_header)


def _text(file: BinaryIO, choices: Choices, limits: Limits) -> Table:
    found = find_encoding(file)
    if choices.encoding:
        found = Encoding(name=choices.encoding, reason="chosen")
    delimiter = choices.delimiter or find_delimiter(Lines(file, found.name, limits))
    shape = Shape(kind="text", encoding=found.name, encoding_reason=found.reason, delimiter=delimiter)
    return Table(file, shape, limits=limits)._with_header(choices.has_header)
