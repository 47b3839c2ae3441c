"""Where a page of a list begins: the sort value and the id of a row, in a form that fits into an address.

A cursor says nothing secret and is trusted with nothing: one that was tampered with reads as None, and the list
begins at its first page.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Literal

Kind = Literal["text", "moment", "number"]
LONGEST = 2_000


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The place just beside one row. `segment` counts the parts of an order made of several (see lists.BEST)."""

    sort: str
    segment: int
    value: str | float | datetime
    id: int

    def written(self) -> str:
        """As it stands in an address."""
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        told = json.dumps([self.sort, self.segment, value, self.id], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read(text: str, *, sort: str, kind: Kind) -> Cursor | None:
    """The cursor of this order; None for anything that we did not write ourselves."""
    try:
        padded = text[:LONGEST].encode("ascii") + b"=" * (-len(text) % 4)
        told = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        wrote, segment, value, row = told
        held = float if kind == "number" else str
        known = (wrote, type(segment), type(value), type(row)) == (sort, int, held, int)
        if not known or segment not in (0, 1) or not 0 <= row < 2**63 or not _is_sound(value):
            return None
        moment = datetime.fromisoformat(value) if kind == "moment" else value
        if isinstance(moment, datetime) and moment.tzinfo is None:
            return None
        return Cursor(sort=sort, segment=segment, value=moment, id=row)
    except (ValueError, TypeError, binascii.Error):
        return None


def _is_sound(value: str | float) -> bool:
    """Whether the database can take it."""
    return "\0" not in value if isinstance(value, str) else isfinite(value)
