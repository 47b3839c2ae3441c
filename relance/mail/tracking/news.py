"""The latest things that people did with our mail: what the home page tells, newest first, one line a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

KINDS = ("reply", "open", "click", "bounce", "complaint", "opt_out")
# A lateral join, so that each kind of each mail is read through the index and stops after a few rows.
SQL = """
SELECT i.kind, i.at, i.link, r.id, r.name, r.email, r.person_id, r.opens, r.clicks, r.first_opened_at,
       r.bounce_text, r.message_id, c.subject, c.links, p.company, p.kind
FROM unnest(%s::bigint[]) AS m(id)
CROSS JOIN unnest(%s::text[]) AS k(kind)
CROSS JOIN LATERAL (
    SELECT kind, at, link, recipient_id FROM mail_interaction
    WHERE message_id = m.id AND kind = k.kind AND recipient_id IS NOT NULL AND at > %s
      AND (verdict = 'human' OR k.kind NOT IN ('open', 'click'))
    ORDER BY at DESC LIMIT %s
) AS i
JOIN mail_recipient r ON r.id = i.recipient_id
JOIN mail_message g ON g.id = r.message_id
JOIN mail_content c ON c.id = g.content_id
LEFT JOIN people_person p ON p.id = r.person_id
ORDER BY i.at DESC, i.kind
"""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing that a person did with one mail."""

    kind: str
    at: datetime
    recipient_id: int
    name: str
    email: str
    person_id: int | None
    opens: int
    clicks: int
    is_first_open: bool
    bounce_text: str
    message_id: int
    subject: str
    link: str
    company: str
    module: str


def latest(message_ids: Sequence[int], *, since: datetime, each: int = 12) -> list[Piece]:
    """What people did with these mails, newest first; the last thing that each did."""
    if not message_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SQL, [list(message_ids), list(KINDS), since, each])
        pieces = [_piece(row) for row in cursor.fetchall()]
    told: dict[int, Piece] = {}
    for piece in pieces:
        told.setdefault(piece.recipient_id, piece)
    return list(told.values())


def _piece(row: tuple) -> Piece:  # type: ignore[type-arg]  # a database row
    (kind, at, link, recipient_id, name, email, person_id, opens, clicks, first_opened_at,
     bounce_text, message_id, subject, links, company, module) = row  # fmt: skip
    return Piece(
        kind=kind,
        at=at,
        recipient_id=recipient_id,
        name=name or email,
        email=email,
        person_id=person_id,
        opens=opens,
        clicks=clicks,
        is_first_open=first_opened_at == at,
        bounce_text=bounce_text,
        message_id=message_id,
        subject=subject,
        link=_link(links, link),
        company=company or "",
        module=module or "",
    )


def _link(links: object, number: int | None) -> str:
    """What a link is called in its mail."""
    rows = json.loads(links) if isinstance(links, str) else links
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("number") == number:
            return str(row.get("label") or row.get("url") or "")
    return ""
