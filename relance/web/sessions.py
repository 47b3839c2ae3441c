"""Sessions in the database, as Django keeps them; each page reads its own together with who asks (L1)."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from relance.web import arrivals


class SessionStore(DatabaseStore):
    """Django's own, save that no query is composed for what every request asks."""

    def _get_session_from_db(self) -> Session | None:
        """The session of this key while it lasts; a key that opens nothing is forgotten."""
        arrival = arrivals.look(self.session_key or "", now=timezone.now())
        if arrival is None:
            self._session_key = None
            return None
        data, expiry = arrival.session
        return Session(session_key=self.session_key or "", session_data=data, expire_date=expiry)

    def load(self) -> dict[str, object]:
        """What the session holds. Whose it is, is kept in mind for the next look."""
        told: dict[str, object] = super().load()
        whose = str(told.get(SESSION_KEY, ""))
        if self.session_key and whose.isascii() and whose.isdigit():
            arrivals.belongs(self.session_key, int(whose))
        return told
