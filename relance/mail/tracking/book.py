"""The statements of the one door: recipients read and locked, interactions added, facts and counters written.

Only `relance.mail.tracking.note` calls this. Rows travel as one JSON text a statement, so a batch costs a few round
trips whatever its size; recipients are locked in the order of ids, then messages in the order of ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from relance.mail.tracking.facts import COUNTERS, WRITTEN, Facts

HITS = ("open_hits", "click_hits", "machine_hits")
OF_OTHER_TABLES = {
    "content_id": "m.content_id",
    "consent": "coalesce(p.tracking_consent, 'unknown')",
    "links": "jsonb_array_length(c.links)",
}
LOCK = f"""
SELECT {", ".join(OF_OTHER_TABLES.get(column.name, f"r.{column.name}") for column in fields(Facts))}
FROM mail_recipient r
JOIN mail_message m ON m.id = r.message_id
JOIN mail_content c ON c.id = m.content_id
LEFT JOIN people_person p ON p.id = r.person_id
WHERE r.id = ANY(%s::bigint[])
ORDER BY r.id
FOR NO KEY UPDATE OF r
"""
MESSAGES = "SELECT content_id, max(id) FROM mail_message WHERE content_id = ANY(%s::bigint[]) GROUP BY content_id"
INSERT = """
INSERT INTO mail_interaction
    (id, message_id, recipient_id, kind, at, link, verdict, why, method, user_agent, network, detail)
SELECT id, message_id, recipient_id, kind, at, link, verdict, why, method, user_agent, network, detail
FROM jsonb_to_recordset(%s::jsonb) AS v(
    id uuid, message_id bigint, recipient_id bigint, kind text, at timestamptz, link integer, verdict text,
    why text, method text, user_agent text, network text, detail jsonb)
ON CONFLICT DO NOTHING
RETURNING id
"""
CLICKS = """
SELECT id, recipient_id, link, at, method, user_agent, verdict FROM mail_interaction
WHERE recipient_id = ANY(%s::bigint[]) AND kind = 'click' AND at BETWEEN %s AND %s
ORDER BY at DESC LIMIT 5000
"""
OVERTURN = """
UPDATE mail_interaction i SET verdict = v.verdict, why = v.why
FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, verdict text, why text)
WHERE i.id = v.id
"""
RECALL = """
SELECT recipient_id,
    min(at) FILTER (WHERE verdict = 'human' AND kind IN ('open', 'click', 'file', 'reply')),
    max(at) FILTER (WHERE verdict = 'human' AND kind IN ('open', 'click', 'file', 'reply')),
    count(*) FILTER (WHERE verdict = 'human' AND kind = 'open'),
    min(at) FILTER (WHERE verdict = 'human' AND kind = 'click'),
    count(*) FILTER (WHERE verdict = 'human' AND kind = 'click'),
    count(*) FILTER (WHERE verdict = 'machine' AND kind IN ('open', 'click', 'file'))
FROM mail_interaction WHERE recipient_id = ANY(%s::bigint[]) GROUP BY recipient_id
"""
RECALLED = ("first_opened_at", "last_opened_at", "opens", "first_clicked_at", "clicks", "machine_hits")
WRITE = f"""
UPDATE mail_recipient r SET {", ".join(f"{name} = v.{name}" for name in WRITTEN)}
FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, {", ".join(f"{name} {kind}" for name, kind in WRITTEN.items())})
WHERE r.id = v.id
"""
LOCK_MESSAGES = "SELECT id FROM mail_message WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
COUNT = f"""
UPDATE mail_message m SET {", ".join(f"{name} = m.{name} + coalesce(v.{name}, 0)" for name in (*COUNTERS, *HITS))}
FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, {", ".join(f"{name} integer" for name in (*COUNTERS, *HITS))})
WHERE m.id = v.id
"""
RECOUNT = f"""
UPDATE mail_message m SET {", ".join(f"{name} = v.{name}" for name in COUNTERS)}
FROM (
    SELECT message_id, {", ".join(f"count(*) FILTER (WHERE {rule}) AS {name}" for name, rule in COUNTERS.items())}
    FROM mail_recipient WHERE message_id = ANY(%s::bigint[]) GROUP BY message_id
) AS v
WHERE m.id = v.message_id
"""
COLLEAGUES = """
SELECT s.session_key FROM django_session s JOIN usersessions_usersession u ON u.session_key = s.session_key
WHERE s.session_key = ANY(%s::text[]) AND s.expire_date > now()
"""


class Cursor(Protocol):
    """What is needed of a database cursor, Django's or psycopg's."""

    def execute(self, sql: Any, params: Any = None, /) -> object:
        """Run one statement."""

    def fetchone(self) -> Any:
        """The next row."""

    def fetchall(self) -> list[Any]:
        """All rows."""


@dataclass(frozen=True, slots=True)
class Click:
    """A click that is noted already."""

    id: UUID
    recipient_id: int
    link: int | None
    at: datetime
    method: str
    user_agent: str
    verdict: str


def lock(cursor: Cursor, recipient_ids: Iterable[int]) -> dict[int, Facts]:
    """The facts of these recipients, held until the transaction ends; those that are gone are missing."""
    if not (wanted := sorted(set(recipient_ids))):
        return {}
    cursor.execute(LOCK, (wanted,))
    names = [column.name for column in fields(Facts)]
    return {row[0]: Facts(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()}


def messages_of(cursor: Cursor, content_ids: Iterable[int]) -> dict[int, int]:
    """The message of each content, for hits that name nobody."""
    if not (wanted := sorted(set(content_ids))):
        return {}
    cursor.execute(MESSAGES, (wanted,))
    return dict(cursor.fetchall())


def insert(cursor: Cursor, rows: Sequence[Mapping[str, object]]) -> set[UUID]:
    """Add interactions; the ids of those that are new."""
    if not rows:
        return set()
    cursor.execute(INSERT, (as_json(rows),))
    return {row[0] for row in cursor.fetchall()}


def clicks(cursor: Cursor, recipient_ids: Iterable[int], since: datetime, until: datetime) -> list[Click]:
    """The clicks noted of these recipients in a stretch of time."""
    cursor.execute(CLICKS, (sorted(set(recipient_ids)), since, until))
    return [Click(*row) for row in cursor.fetchall()]


def overturn(cursor: Cursor, rows: Sequence[Mapping[str, object]]) -> None:
    """Give these interactions another verdict: {id, verdict, why}."""
    cursor.execute(OVERTURN, (as_json(rows),))


def recall(cursor: Cursor, recipient_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The facts of openings and clicks, counted again from the interactions."""
    cursor.execute(RECALL, (sorted(set(recipient_ids)),))
    return {row[0]: dict(zip(RECALLED, row[1:], strict=True)) for row in cursor.fetchall()}


def write(cursor: Cursor, changed: Sequence[Facts]) -> None:
    """Write what has changed of recipients."""
    if changed:
        names = ("id", *WRITTEN)
        cursor.execute(WRITE, (as_json([{name: getattr(each, name) for name in names} for each in changed]),))


def count(cursor: Cursor, changes: Mapping[int, Mapping[str, int]]) -> None:
    """Add to the counters of messages."""
    if len(changes) > 1:
        cursor.execute(LOCK_MESSAGES, (sorted(changes),))
    if changes:
        cursor.execute(COUNT, (as_json([{"id": id, **change} for id, change in changes.items()]),))


def recount(cursor: Cursor, message_ids: Iterable[int]) -> None:
    """Set the counters that `Facts` defines from the recipients, whatever they said before."""
    cursor.execute(LOCK_MESSAGES, (sorted(set(message_ids)),))
    cursor.execute(RECOUNT, (sorted(set(message_ids)),))


def colleagues(cursor: Cursor, sessions: Iterable[str]) -> set[str]:
    """Those of these sessions in which a colleague is signed in to Relance (T6)."""
    if not (wanted := sorted({session for session in sessions if session})):
        return set()
    cursor.execute(COLLEAGUES, (wanted,))
    return {row[0] for row in cursor.fetchall()}


def as_json(rows: object) -> str:
    """JSON that PostgreSQL takes: no NUL, no half of a pair."""
    text = json.dumps(rows, default=_plain, ensure_ascii=False)
    if "\\u0000" in text:
        text = json.dumps(_without_nul(json.loads(text)), ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    return value
