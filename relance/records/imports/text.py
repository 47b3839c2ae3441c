"""Read separated text (CSV and its cousins) whatever its encoding and delimiter. *(pure)*"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from relance.records.imports.limits import Limits, Unreadable

ENCODINGS = (
    "utf-8",
    "cp1252",
    "utf-16-le",
    "utf-16-be",
    "iso8859-15",
    "mac_roman",
    "cp850",
    "cp1250",
    "cp1251",
)
DELIMITERS = (";", ",", "\t", "|")

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 64 * 1024
_MOSTLY = 10  # good characters beyond ASCII for each broken one
_CHUNK = 1024 * 1024
_WEB = (b"<html", b"<!doctype html", b"<table", b"<?xml")
_NOT_TEXT = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")


Evenness = tuple[bool, float, int]
NOTHING_CUT: Evenness = (False, 0.0, 0)


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """An encoding and why it was taken: `bom`, `utf8`, `mostly`, `zeros`, `fallback` or `chosen`."""

    name: str
    reason: str


def find_encoding(file: BinaryIO) -> Encoding:
    """BOM, else the zero bytes of UTF-16, else UTF-8 to the last byte (a rare broken one aside), else cp1252.

    Statistical guessing takes French cp1252 for cp1250, so it is not used: the choice is shown and can
    be changed.
    """
    file.seek(0)
    start = file.read(_SAMPLE)
    _refuse_other_files(start)
    for bom, name in _BOMS:
        if start.startswith(bom):
            return Encoding(name=name, reason="bom")
    if name := _by_zero_bytes(start):
        return Encoding(name=name, reason="zeros")
    broken, good = _as_utf8(file)
    if not broken:
        return Encoding(name="utf-8", reason="utf8")
    if good > _MOSTLY * broken:
        return Encoding(name="utf-8", reason="mostly")
    return Encoding(name="cp1252", reason="fallback")


def _refuse_other_files(start: bytes) -> None:
    if start.startswith(_NOT_TEXT):
        raise Unreadable("not_a_table")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_workbook")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith(_WEB):
        raise Unreadable("web_page")


def _by_zero_bytes(start: bytes) -> str:
    """UTF-16 without BOM: in Latin text every second byte is zero."""
    pairs = len(start) // 2
    if not pairs:
        return ""
    even, odd = start[: pairs * 2 : 2].count(0), start[1 : pairs * 2 : 2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    if even + odd > 0.1 * len(start):
        raise Unreadable("not_a_table")
    return ""


def _as_utf8(file: BinaryIO) -> tuple[int, int]:
    """How many characters of the file are broken as UTF-8, and how many beyond ASCII are good."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    broken = beyond = 0
    file.seek(0)
    while True:
        chunk = file.read(_CHUNK)
        text = decoder.decode(chunk, final=not chunk)
        broken += text.count("\ufffd")
        beyond += len(text) - len(text.encode("ascii", "ignore"))
        if not chunk:
            return broken, beyond - broken


class Lines:
    """The lines of a file, decoded, without BOM and zero characters, none longer than the limit.

    `progress` is the share of the bytes read so far, `zeros` how many NUL characters were taken out.
    """

    def __init__(self, file: BinaryIO, encoding: str, limits: Limits) -> None:
        self._file = file
        self._encoding = encoding
        self._limit = limits.line_chars
        self._size = file.seek(0, io.SEEK_END)
        self.zeros = 0

    @property
    def progress(self) -> float:
        """Between 0 and 1."""
        return self._file.tell() / self._size if self._size else 1.0

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._encoding, errors="replace", newline="")
        try:
            first = True
            while line := text.readline(self._limit + 1):
                if len(line) > self._limit:
                    raise Unreadable("line_too_long")
                yield self._cleaned(line.removeprefix("\ufeff") if first else line)
                first = False
        finally:
            if not self._file.closed:
                text.detach()

    def _cleaned(self, line: str) -> str:
        if "\0" not in line:
            return line
        self.zeros += line.count("\0")
        return line.replace("\0", "")


def find_delimiter(lines: Iterable[str]) -> str:
    """The delimiter that cuts the sample into the most even rows, quotes respected; a comma when none does.

    A spreadsheet's own `sep=;` line is obeyed.
    """
    sample = _sample(lines)
    if sample and (told := told_delimiter(sample[0])):
        return told
    scores = {delimiter: _evenness(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] != NOTHING_CUT else ","


def told_delimiter(line: str) -> str:
    """The delimiter of a `sep=` line, or nothing."""
    text = line.strip('\r\n"')
    return text[4] if len(text) == 5 and text[:4].lower() == "sep=" else ""


def _sample(lines: Iterable[str]) -> list[str]:
    sample, size = [], 0
    for line in lines:
        sample.append(line)
        size += len(line)
        if size > _SAMPLE:
            break
    return sample


def _evenness(sample: list[str], delimiter: str) -> Evenness:
    """Whether the first row is as wide as most (a title above the header is not), how many are, how wide that is."""
    try:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return NOTHING_CUT
    rows = rows[:-1] if len(rows) > 2 else rows  # the sample may end inside a quoted cell
    if not rows:
        return NOTHING_CUT
    width, even = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2 or even < len(rows) / 2:
        return NOTHING_CUT
    return (len(rows[0]) == width, round(even / len(rows), 1), width)


def separated_rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows numbered as in a spreadsheet: a cell with line breaks is one row, an empty line counts."""
    number = 0
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable("open_quote", row=number) from error
        if number == 1 and told_delimiter(delimiter.join(row)):
            continue
        yield number, row
