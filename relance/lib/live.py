"""Say to open pages that something changed: one PostgreSQL notification a topic, heard by the edge.

Topics are short words with an id, such as `mass-mail:12` or `import:3`; the page fetches its fragment again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

CHANNEL = "relance_live"
SQL = "SELECT pg_notify('relance_live', %s)"


class Cursor(Protocol):
    """What is needed of a database cursor, Django's or psycopg's (they agree on the calls, not on the types)."""

    def execute(self, sql: Any, params: Any, /) -> Any:
        """Run one statement."""


def payload(topics: Iterable[str]) -> str:
    """The text of one notification; repeated topics count once."""
    return json.dumps(sorted(set(topics)))


def tell(cursor: Cursor, *topics: str) -> None:
    """Announce topics when the caller's transaction commits."""
    if topics:
        cursor.execute(SQL, (payload(topics),))
