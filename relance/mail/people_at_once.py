"""Many recipients of one message are written, and their people looked up all at once instead of one by one (L5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Whoever is being deleted now is waited for; whoever is there stays until this is committed. A person who has left
# since her copy was chosen leaves it without one, like all her other copies.
LOOK_UP = """
WITH there AS MATERIALIZED (
    SELECT id FROM people_person
    WHERE id IN (SELECT person_id FROM mail_recipient WHERE message_id = %(message)s) FOR KEY SHARE
)
UPDATE mail_recipient r SET person_id = NULL
WHERE r.message_id = %(message)s AND r.person_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM there WHERE there.id = r.person_id)
"""


@contextmanager
def people_at_once(message_id: int) -> Iterator[None]:
    """Around the statement that writes recipients of a message, in its transaction: at its end all their people exist.

    The triggers of migration 0004 keep the same promise for every other statement.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL relance.people = 'at once'")
        yield
        cursor.execute(LOOK_UP, {"message": message_id})
        cursor.execute("SET LOCAL relance.people = ''")
