"""The statements of the one door: recipients read and locked, interactions added, facts and counters written.

Only `relance.mail.tracking.note` calls this. A batch costs a few statements whatever its size, its rows travel as
arrays (see `arrays`); recipients are locked in the order of ids, then messages in the order of ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from relance.mail.tracking.arrays import plain, quoted
from relance.mail.tracking.facts import COUNTERS, WRITTEN, Facts

BEGAN = "coalesce(m.started_at, m.created_at)"
OF_OTHER_TABLES = {
    "content_id": "m.content_id",
    "began_at": BEGAN,
    "consent": "coalesce(p.tracking_consent, 'unknown')",
}
LOCK = f"""
SELECT {", ".join(OF_OTHER_TABLES.get(name, f"r.{name}") for name in Facts._fields)}
FROM mail_recipient r
JOIN mail_message m ON m.id = r.message_id
LEFT JOIN people_person p ON p.id = r.person_id
WHERE r.id = ANY(%s::bigint[])
ORDER BY r.id
FOR NO KEY UPDATE OF r
"""
MESSAGES = f"""
SELECT DISTINCT ON (content_id) content_id, id, {BEGAN} FROM mail_message m
WHERE content_id = ANY(%s::bigint[]) ORDER BY content_id, id DESC
"""
LINKS = """
SELECT m.id, jsonb_array_length(c.links) FROM mail_message m JOIN mail_content c ON c.id = m.content_id
WHERE m.id = ANY(%s::bigint[])
"""
# Nothing is told if all are new, which is nearly always so.
INSERT = """
WITH added AS (
    INSERT INTO mail_interaction
        (id, message_id, recipient_id, kind, at, link, verdict, why, method, user_agent, network, detail)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::integer[],
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT CASE WHEN count(*) < %s THEN coalesce(array_agg(id), '{}') END FROM added
"""
CLICKS = """
SELECT id, recipient_id, link, at, method, user_agent, verdict FROM mail_interaction
WHERE recipient_id = ANY(%s::bigint[]) AND kind = 'click' AND at BETWEEN %s AND %s
ORDER BY at DESC LIMIT 5000
"""
CLICKED = """
SELECT message_id, link, recipient_id,
    count(*) FILTER (WHERE verdict = 'human'), count(*) FILTER (WHERE verdict = 'machine')
FROM mail_interaction WHERE recipient_id = ANY(%s::bigint[]) AND kind = 'click' AND link IS NOT NULL GROUP BY 1, 2, 3
"""
LOOKS = """
SELECT id, recipient_id, at FROM mail_interaction
WHERE recipient_id = ANY(%s::bigint[]) AND kind = 'open' AND verdict = 'human' AND at BETWEEN %s AND %s
ORDER BY id LIMIT 5000
"""
OVERTURN = """
UPDATE mail_interaction i SET verdict = v.verdict, why = v.why
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS v(id, verdict, why)
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

LOCK_MESSAGES = "SELECT id FROM mail_message WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
RECOUNT = f"""
UPDATE mail_message m SET {", ".join(f"{name} = v.{name}" for name in COUNTERS)}
FROM (
    SELECT message_id, {", ".join(f"count(*) FILTER (WHERE {rule}) AS {name}" for name, rule in COUNTERS.items())}
    FROM mail_recipient WHERE message_id = ANY(%s::bigint[]) GROUP BY message_id
) AS v
WHERE m.id = v.message_id
"""
RECOUNT_OPENINGS = """
INSERT INTO mail_openingcount (message_id, at, human, unknown, machine)
SELECT m.id, t.stretch,
    count(*) FILTER (WHERE verdict = 'human'), count(*) FILTER (WHERE verdict = 'unknown'),
    count(*) FILTER (WHERE verdict = 'machine')
FROM mail_interaction i JOIN mail_message m ON m.id = i.message_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN i.at < coalesce(m.started_at, m.created_at) + interval '1 hour' THEN date_trunc('minute', i.at)
        ELSE date_bin('15 minutes', i.at, 'epoch'::timestamptz) END AS stretch
) AS t
WHERE i.message_id = ANY(%s::bigint[]) AND i.kind = 'open' GROUP BY 1, 2
"""
RECOUNT_CLICKS = """
INSERT INTO mail_linkcount (message_id, link, people, clicks, machine)
SELECT message_id, link, count(DISTINCT recipient_id) FILTER (WHERE verdict = 'human'),
    count(*) FILTER (WHERE verdict = 'human'), count(*) FILTER (WHERE verdict = 'machine')
FROM mail_interaction
WHERE message_id = ANY(%s::bigint[]) AND kind = 'click' AND link IS NOT NULL GROUP BY 1, 2
"""
OPENINGS = """
INSERT INTO mail_openingcount AS c (message_id, at, human, unknown, machine)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::integer[], %s::integer[], %s::integer[])
ON CONFLICT (message_id, at) DO UPDATE
SET human = c.human + excluded.human, unknown = c.unknown + excluded.unknown, machine = c.machine + excluded.machine
"""
LINK_CLICKS = """
INSERT INTO mail_linkcount AS c (message_id, link, people, clicks, machine)
SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::integer[], %s::integer[])
ON CONFLICT (message_id, link) DO UPDATE
SET people = c.people + excluded.people, clicks = c.clicks + excluded.clicks, machine = c.machine + excluded.machine
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


# An interaction: id, message, recipient, kind, at, link, verdict, why, method, user agent, network, detail as JSON.
Row = tuple[UUID, int, int | None, str, datetime, int | None, str, str, str, str, str, str]


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
    cursor.execute(LOCK, (plain(wanted),))
    return {row[0]: Facts._make(row) for row in cursor.fetchall()}


def messages_of(cursor: Cursor, content_ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """The message of each content and when it began to leave, for hits that name nobody."""
    if not (wanted := sorted(set(content_ids))):
        return {}
    cursor.execute(MESSAGES, (plain(wanted),))
    return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def links_in(cursor: Cursor, message_ids: Iterable[int]) -> dict[int, int]:
    """How many links each of these messages has."""
    cursor.execute(LINKS, (plain(sorted(set(message_ids))),))
    return dict(cursor.fetchall())


def insert(cursor: Cursor, rows: Sequence[Row]) -> set[UUID]:
    """Add interactions; the ids of those that are new."""
    if not rows:
        return set()
    id, message, recipient, kind, at, link, verdict, why, method, agent, network, detail = zip(*rows, strict=True)
    values = (
        plain([each.hex for each in id]), plain(message), plain(recipient), plain(kind), plain(at), plain(link),
        plain(verdict), plain(why), quoted(method), quoted(agent), quoted(network), quoted(detail), len(rows),
    )  # fmt: skip
    cursor.execute(INSERT, values)
    added = cursor.fetchone()[0]
    return set(id if added is None else added)


def clicks(cursor: Cursor, recipient_ids: Iterable[int], since: datetime, until: datetime) -> list[Click]:
    """The clicks noted of these recipients in a stretch of time."""
    cursor.execute(CLICKS, (plain(sorted(set(recipient_ids))), since, until))
    return [Click(*row) for row in cursor.fetchall()]


def looks(
    cursor: Cursor, recipient_ids: Iterable[int], since: datetime, until: datetime
) -> list[tuple[UUID, int, datetime]]:
    """The openings noted of these recipients as a person's in a stretch of time: which, whose, when."""
    cursor.execute(LOOKS, (plain(sorted(set(recipient_ids))), since, until))
    return cursor.fetchall()


def clicked(cursor: Cursor, recipient_ids: Iterable[int]) -> dict[tuple[int, int, int], tuple[int, int]]:
    """How often people and machines clicked: by message, link and recipient."""
    if not (wanted := sorted(set(recipient_ids))):
        return {}
    cursor.execute(CLICKED, (plain(wanted),))
    return {row[:3]: row[3:] for row in cursor.fetchall()}


def overturn(cursor: Cursor, rows: Sequence[tuple[UUID, str, str]]) -> None:
    """Give these interactions another verdict and its reason."""
    ids, verdicts, whys = zip(*rows, strict=True)
    cursor.execute(OVERTURN, (plain(ids), plain(verdicts), plain(whys)))


def recall(cursor: Cursor, recipient_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The facts of openings and clicks, counted again from the interactions."""
    cursor.execute(RECALL, (plain(sorted(set(recipient_ids))),))
    return {row[0]: dict(zip(RECALLED, row[1:], strict=True)) for row in cursor.fetchall()}


def write(cursor: Cursor, before: Mapping[int, Facts], now: Mapping[int, Facts]) -> None:
    """Write what has changed of recipients, and of their columns only those that changed for one of them."""
    pairs = [(before[id], facts) for id, facts in now.items() if facts != before[id]]
    if pairs:
        changed = tuple(place for place in WRITTEN if any(was[place] is not facts[place] for was, facts in pairs))
        of = itemgetter(0, *changed)
        columns = zip(*(of(facts) for _was, facts in pairs), strict=True)
        cursor.execute(_write(changed), tuple(map(quoted, columns)))


@lru_cache
def _write(places: tuple[int, ...]) -> str:
    names = [Facts._fields[place] for place in places]
    kinds = ", ".join(f"%s::{WRITTEN[place]}[]" for place in places)
    return f"""
UPDATE mail_recipient r SET state = r.state, {", ".join(f"{name} = v.{name}" for name in names)}
FROM unnest(%s::bigint[], {kinds}) AS v(id, {", ".join(names)})
WHERE r.id = v.id
"""


def count(cursor: Cursor, changes: Mapping[int, Mapping[str, int]]) -> None:
    """Add to the counters of messages."""
    if len(changes) > 1:
        cursor.execute(LOCK_MESSAGES, (plain(sorted(changes)),))
    for id in sorted(changes):
        names = sorted(changes[id])
        cursor.execute(_count(tuple(names)), (*(changes[id][name] for name in names), id))


@lru_cache
def _count(counters: tuple[str, ...]) -> str:
    return f"UPDATE mail_message SET {', '.join(f'{name} = {name} + %s' for name in counters)} WHERE id = %s"


def count_openings(cursor: Cursor, counts: Mapping[tuple[int, datetime], Sequence[int]]) -> None:
    """Add to the openings of stretches of time: by people, unsure, by machines."""
    if counts:
        cursor.execute(OPENINGS, tuple(map(plain, _columns(counts))))


def count_clicks(cursor: Cursor, counts: Mapping[tuple[int, int], Sequence[int]]) -> None:
    """Add to the clicks of links: people who clicked, their clicks, those of machines."""
    if counts:
        cursor.execute(LINK_CLICKS, tuple(map(plain, _columns(counts))))


def _columns(counts: Mapping[tuple[int, Any], Sequence[int]]) -> Iterable[tuple[object, ...]]:
    """As columns, in the order in which the rows are locked."""
    return zip(*((*key, *counts[key]) for key in sorted(counts)), strict=True)


def recount(cursor: Cursor, message_ids: Sequence[int]) -> None:
    """Set what is kept added up from the recipients and the interactions, whatever it said before."""
    wanted = plain(sorted(set(message_ids)))
    cursor.execute(LOCK_MESSAGES, (wanted,))
    cursor.execute(RECOUNT, (wanted,))
    retally(cursor, message_ids)


def retally(cursor: Cursor, message_ids: Iterable[int]) -> None:
    """Set the openings in stretches of time and the clicks of links from the interactions."""
    wanted = plain(sorted(set(message_ids)))
    for table, statement in (("mail_openingcount", RECOUNT_OPENINGS), ("mail_linkcount", RECOUNT_CLICKS)):
        cursor.execute(f"DELETE FROM {table} WHERE message_id = ANY(%s::bigint[])", (wanted,))
        cursor.execute(statement, (wanted,))


def colleagues(cursor: Cursor, sessions: Iterable[str]) -> set[str]:
    """Those of these sessions in which a colleague is signed in to Relance (T6)."""
    if not (wanted := sorted({session for session in sessions if session})):
        return set()
    cursor.execute(COLLEAGUES, (quoted(wanted),))
    return {row[0] for row in cursor.fetchall()}
