"""One of several processes is chosen for a work that only one may do: whoever holds a lock in the database. *(pure)*"""

from __future__ import annotations

from typing import Any, Protocol

from relance.lib import live


class Cursor(live.Cursor, Protocol):
    """One that gives rows as well."""

    def fetchone(self) -> Any:
        """The next row."""


def is_chosen(cursor: Cursor, lock: int) -> bool:
    """Whether the connection of this cursor gets the lock now. It keeps it to its end: ask no more once it has it."""
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
    row = cursor.fetchone()
    return bool(row and row[0])
