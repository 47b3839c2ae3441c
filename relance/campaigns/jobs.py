"""The jobs of mass mail: doorbells, safe to ring twice."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from relance.campaigns import actions
from relance.lib import clock

PEOPLE = ("people_person", "people_address", "people_suppression")
COPIES = ("mail_recipient",)

CHANGED = """
SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.relname = ANY(%s) AND (
    c.reltuples <= 0 OR s.n_mod_since_analyze > c.reltuples / 10
    OR pg_relation_size(c.oid) > 1.1 * c.relpages * current_setting('block_size')::integer
)
"""


@app.task(name=actions.PREPARE, queue=actions.QUEUE, retry=5)
def prepare(*, message_id: int) -> None:
    """Write the recipients of a launched mass mail."""
    count_rows(PEOPLE)
    if actions.prepare(message_id, now=clock.now()):
        count_rows(COPIES)


def count_rows(tables: tuple[str, ...]) -> None:
    """Let the planner see tables that have changed much: after a first import it would still take them for empty."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, [list(tables)])
        if changed := [table for (table,) in cursor.fetchall()]:
            cursor.execute(f"ANALYZE {', '.join(changed)}")
