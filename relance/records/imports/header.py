"""Where a table begins and whether its first row names the columns. *(pure)*"""

from __future__ import annotations

import re
import statistics

from relance.lib.fold import fold

_DATA = re.compile(r"@|https?://|^[\d\s.,+()/:-]+$")


def titles(head: list[list[str]]) -> int:
    """How many rows of one filled cell stand above a table of three columns or more."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    if statistics.median(filled) < 3:
        return 0
    return next((place for place, count in enumerate(filled) if count > 1), 0)


def looks_like_header(head: list[list[str]]) -> bool:
    """A first row of short words without address, link or number, none of which comes back below."""
    first = [cell.strip() for cell in head[0] if cell.strip()]
    if any(_DATA.search(cell) or len(cell) > 80 for cell in first):
        return False
    if len(head) == 1:
        return True
    below = {fold(cell) for row in head[1:] for cell in row}
    return not any(fold(cell) in below for cell in first)


def trimmed(row: list[str]) -> list[str]:
    """The row without the empty cells at its end."""
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def letters(index: int) -> str:
    """The name of a column without header, as spreadsheets write it: A, B ... Z, AA."""
    name = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
