"""The jobs of mass mail: doorbells, safe to ring twice."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from relance.campaigns import actions
from relance.lib import clock

PEOPLE = ("people_person", "people_address", "people_suppression")
COPIES = ("mail_recipient",)


@app.task(name=actions.PREPARE, queue=actions.QUEUE, retry=5)
def prepare(*, message_id: int) -> None:
    """Write the recipients of a launched mass mail."""
    count_rows(PEOPLE)
    if actions.prepare(message_id, now=clock.now()):
        count_rows(COPIES)


def count_rows(tables: tuple[str, ...]) -> None:
    """Let the planner see the tables as they are: after a first import it would still take them for empty."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")
