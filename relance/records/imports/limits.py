"""What a file may cost, and how a file that cannot be read is refused (X14). *(pure)*"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of one file; sizes in bytes, lengths in characters."""

    file_bytes: int = 50 * 1024 * 1024
    expanded_bytes: int = 200 * 1024 * 1024
    ratio: int = 120
    rows: int = 200_000
    columns: int = 200
    cells: int = 3_000_000
    cell_chars: int = 20_000
    line_chars: int = 4_000_000


USUAL = Limits()


class Unreadable(Exception):
    """The whole file is refused; `reason` names the sentence, `data` fills it (see `words`)."""

    def __init__(self, reason: str, **data: str | int) -> None:
        super().__init__(reason, data)
        self.reason = reason
        self.data = data
