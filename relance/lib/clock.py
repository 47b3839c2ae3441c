"""What time it is in this workspace: the real time, plus the offset that a demo or test workspace has been given.

>>> clock.now()          # always aware, always UTC

Only the faces, the jobs and the loops read the clock; everything below them takes `now` as a parameter.
The offset lives in the database (`team.Organisation.clock_offset`); `use_source` tells this module how to read it,
so that this floor knows no table (ADM-06).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

Source = Callable[[], timedelta]

FRESH_SECONDS = 0.5
_source: Source | None = None
_known = timedelta(0)
_known_at = float("-inf")


def now() -> datetime:
    """The present moment of the workspace, in UTC."""
    return datetime.now(UTC) + offset()


def offset() -> timedelta:
    """How far the workspace runs ahead of the real time; zero in production. At most half a second old."""
    global _known, _known_at
    if _source is None:
        return timedelta(0)
    if monotonic() - _known_at > FRESH_SECONDS:
        _known, _known_at = _source(), monotonic()
    return _known


def use_source(source: Source | None) -> None:
    """Say where the offset is read; None means that the clock cannot be moved."""
    global _source
    _source = source
    forget()


def forget() -> None:
    """Read the offset again at the next call: the clock has just been moved by this process."""
    global _known_at
    _known_at = float("-inf")
