"""Openings that are durable and not noted yet: batches jotted down in a storm, and those that a dead edge left behind.

A jotting is deleted in the transaction that notes it, so it is noted once, whoever does it and however often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from relance.mail.tracking import openings
from relance.mail.tracking.arrays import plain
from relance.mail.tracking.book import Cursor
from relance.mail.tracking.hits import Hit, HitKind

READ = f"""
SELECT h.id, recipient_id, at, network, method[sort], agent[sort], prefetch[sort]
FROM (SELECT {openings.JOTTED} FROM mail_jotting WHERE id = %s::bigint) AS told,
    unnest(ids, whose, ats, networks, sorts) AS h(id, recipient_id, at, network, sort)
"""
LEFT = "SELECT id FROM mail_jotting WHERE jotted_at <= clock_timestamp() - %s::interval ORDER BY id LIMIT 1000"
FORGET = "DELETE FROM mail_jotting WHERE id = %s::bigint"


def jot(cursor: Cursor, hits: Sequence[Hit]) -> int:
    """Make usual openings durable; the id of the jotting."""
    cursor.execute(openings.JOT, openings.values_of(hits))
    id: int = cursor.fetchone()[0]
    return id


def values_of(ids: Iterable[int]) -> tuple[str, ...]:
    """What `openings.NOTE_JOTTED` is to be given."""
    return plain(ids), *openings.NEWS


def left(cursor: Cursor, since: timedelta) -> list[int]:
    """Jottings that nobody has noted for so long."""
    cursor.execute(LEFT, (f"{since.total_seconds()} seconds",))
    return [row[0] for row in cursor.fetchall()]


def hits_of(cursor: Cursor, id: int) -> list[Hit]:
    """The openings of a jotting, none if it has been noted meanwhile."""
    cursor.execute(READ, (id,))
    return [_hit(*row) for row in cursor.fetchall()]


def forget(cursor: Cursor, id: int) -> None:
    """Delete a jotting whose openings are noted."""
    cursor.execute(FORGET, (id,))


def _hit(id: UUID, recipient_id: int, at: datetime, network: str, method: str, agent: str, prefetch: bool) -> Hit:
    return Hit(
        id=id, kind=HitKind.OPEN, at=at, recipient_id=recipient_id, method=method, user_agent=agent, network=network,
        prefetch=prefetch,
    )  # fmt: skip
