"""Mail that asks before it leaves: nobody was there at its time, or its data come from elsewhere (D16).

    queued and due ──── no dispatcher for longer than `late_hours`, and due as long ago ───► paused, why "late"
    queued and due ──── the data were restored into another database ─────────────────────► paused, why "restored"

Every dispatcher asks before its first copy and every so often, under the lock of one row, so also when its machine
slept. Both times have to be long: that of our absence by the database's clock and that of the mail by the workspace's,
so a demo whose clock is moved holds nothing. A restored dump names the database that it was taken from; another one
sends nothing at all until a person says so (`mail.holds`).
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection

from relance.lib import live

LATE, RESTORED = "late", "restored"
REASONS = (LATE, RESTORED)
"""Why a message is held, as it stands in its `state_why`."""
LOOK_SECONDS = 20.0
TOPICS_A_TIME = 200

INSTALLATION = """(
    SELECT c.system_identifier || '/' || d.oid FROM pg_control_system() c, pg_database d
    WHERE d.datname = current_database()
)"""
"""This very database. A dump that is restored gets another number; a replica that takes over keeps it."""

MAKE = "INSERT INTO mail_outbox (id) VALUES (1) ON CONFLICT DO NOTHING"
LOCK = "SELECT id FROM mail_outbox WHERE id = 1 FOR NO KEY UPDATE"
"""Before the look, in a statement of its own: whoever had to wait for the row looks at what stands there by then."""
LOOK = f"""
WITH house AS (
    SELECT o.installation NOT IN ('', i.here) AS foreign_data, i.here, x.late,
        coalesce(clock_timestamp() - o.seen_at > x.late, false) AS was_away
    FROM mail_outbox o
    CROSS JOIN LATERAL (SELECT {INSTALLATION} AS here) i
    CROSS JOIN LATERAL (
        SELECT make_interval(hours => coalesce((SELECT late_hours FROM team_organisation WHERE id = 1), 2)) AS late
    ) x
    WHERE o.id = 1
), held AS (
    UPDATE mail_message m
    SET state = 'paused', state_why = CASE WHEN h.foreign_data THEN '{RESTORED}' ELSE '{LATE}' END
    FROM house h
    WHERE m.state = 'sending' AND m.deliver_at <= %(now)s AND (h.foreign_data OR (
        h.was_away AND m.deliver_at < %(now)s - h.late AND EXISTS (
            SELECT 1 FROM mail_recipient r
            WHERE r.message_id = m.id AND r.standing IN ('waiting', 'deferred') AND r.state <> 'in_data'
              AND coalesce(r.next_attempt_at, m.deliver_at) < %(now)s - h.late
        )
    ))
    RETURNING m.id
), seen AS (
    UPDATE mail_outbox o SET seen_at = clock_timestamp(),
        installation = CASE WHEN o.installation = '' THEN h.here ELSE o.installation END
    FROM house h WHERE o.id = 1
)
SELECT NOT h.foreign_data, ARRAY(SELECT id FROM held) FROM house h
"""
FOREIGN = f"SELECT installation NOT IN ('', {INSTALLATION}) FROM mail_outbox WHERE id = 1"
ADOPT = f"UPDATE mail_outbox SET installation = {INSTALLATION} WHERE id = 1"


class Watch:
    """A dispatcher's question whether mail may leave; what should not is held before it says yes."""

    def __init__(self) -> None:
        self._may_send = False
        self._looked_at = float("-inf")

    async def may_send(self, line: psycopg.AsyncConnection[Any], now: datetime) -> bool:
        """Look, if it is time; the machine's own time tells of a sleep. Raises psycopg.Error."""
        if self._may_send and abs(time.time() - self._looked_at) < LOOK_SECONDS:
            return True
        async with line.transaction():
            await line.execute(MAKE)
            await line.execute(LOCK)
            found = await (await line.execute(LOOK, {"now": now})).fetchone()
            assert found is not None
            self._may_send, held = found
            if held:
                topics = ["today", *(f"message:{message_id}" for message_id in held[:TOPICS_A_TIME])]
                await line.execute(live.SQL, (live.payload(topics),))
        self._looked_at = time.time()
        return self._may_send


def is_foreign() -> bool:
    """Whether these data were restored from another installation, and nobody has said yet that this one sends."""
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN)
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def adopt() -> None:
    """From now on this database is the one that sends."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        cursor.execute(ADOPT)
