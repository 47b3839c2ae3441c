"""The suppression ledger, in plain SQL so that the public edge and Django write it through the same door (UNSUB-02).

`suppress` is the only writer of new lines and `lift` the only one that ends them. The first date stands: a second wish
in the same scope changes nothing and gives None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

INSERT = """
INSERT INTO people_suppression (normal, scope, list_id, route, at, recipient_id, words, by_id, lifted_words)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')
ON CONFLICT DO NOTHING
RETURNING id
"""

LIFT = """
UPDATE people_suppression SET lifted_at = %s, lifted_by_id = %s, lifted_words = %s
WHERE normal = %s AND lifted_at IS NULL AND (%s::text IS NULL OR scope = %s)
  AND (%s::bigint IS NULL OR list_id = %s)
RETURNING id
"""


class Cursor(Protocol):
    """What is needed of a database cursor, Django's or psycopg's (they agree on the calls, not on the types)."""

    def execute(self, sql: Any, params: Any, /) -> Any:
        """Run one statement."""

    def fetchone(self) -> Any:
        """The next row."""

    def fetchall(self) -> Any:
        """All rows."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Do not write to this address any more."""

    normal: str
    scope: str = "marketing"
    list_id: int | None = None
    route: str
    at: datetime
    recipient_id: int | None = None
    words: str = ""
    by_id: int | None = None

    def parameters(self) -> tuple[object, ...]:
        """In the order of INSERT."""
        return (
            self.normal, self.scope, self.list_id, self.route, self.at, self.recipient_id, self.words[:300], self.by_id,
        )  # fmt: skip


def suppress(cursor: Cursor, wish: Wish) -> int | None:
    """Write the line and give its id; None if the address was out of this scope already."""
    cursor.execute(INSERT, wish.parameters())
    row = cursor.fetchone()
    return row[0] if row else None


def lift(
    cursor: Cursor,
    *,
    normal: str,
    scope: str | None,
    at: datetime,
    by_id: int | None = None,
    words: str = "",
    list_id: int | None = None,
) -> list[int]:
    """End the lines of an address, in one scope or in all, or of one list only; the ids of those ended."""
    cursor.execute(LIFT, (at, by_id, words[:300], normal, scope, scope, list_id, list_id))
    return [row[0] for row in cursor.fetchall()]
