"""A cursor whose statements PostgreSQL plans once: for those written out that nearly every page asks (L1).

Django puts values into the text of a statement, so that each one is planned anew, which often takes longer than
answering it. Here they go beside it, and a connection prepares what it has been asked a few times.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


def cursor() -> CursorWrapper:
    """As `connection.cursor()`, counted and logged like every other."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    bare = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # the stubs know psycopg 2's
    made: CursorWrapper = connection._prepare_cursor(bare)  # type: ignore[attr-defined]
    return made


def array(plain: Iterable[int | str]) -> str:
    """Ids, or words of our own without signs, as PostgreSQL writes an array; psycopg looks at each twice."""
    return f"{{{','.join(map(str, plain))}}}"
