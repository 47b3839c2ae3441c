"""Sessions in the database, as Django keeps them; each page reads its own by a statement written out (L1)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

OPEN = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Django's own, save that no query is composed for what every request asks."""

    def _get_session_from_db(self) -> Session | None:
        """The session of this key while it lasts; a key that opens nothing is forgotten."""
        with connection.cursor() as cursor:
            cursor.execute(OPEN, [self.session_key, timezone.now()])
            row: tuple[str, datetime] | None = cursor.fetchone()
        if row is None:
            self._session_key = None
            return None
        return Session(session_key=self.session_key or "", session_data=row[0], expire_date=row[1])
