"""What there is to tell of a batch: jobs for the reactions, words for open pages."""

from __future__ import annotations

import time
from collections.abc import Iterable

from relance import events
from relance.lib import live
from relance.mail.outbound.batch import Outcomes
from relance.mail.outbound.due import Due
from relance.mail.outbound.line import Line, Rows

TELL_SECONDS = 0.25
"""How often at most open pages are told of one message; bulk news to the reactions keeps the same beat."""
DEFER = events.DEFER % ("$1", "$2", "$3")
TELL = live.SQL % "$1"


class News:
    """Kept for a beat, for the sake of the database; then told in the transaction of the latest rows."""

    def __init__(self) -> None:
        self._sent: list[int] = []
        self._bounced: list[int] = []
        self._topics: set[int] = set()
        self._told_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._topics)

    def __add__(self, fresh: News) -> News:
        both = News()
        both._sent, both._bounced = self._sent + fresh._sent, self._bounced + fresh._bounced
        both._topics = self._topics | fresh._topics
        return both

    def __iadd__(self, fresh: News) -> News:
        self._sent += fresh._sent
        self._bounced += fresh._bounced
        self._topics |= fresh._topics
        return self

    def sent(self, dues: Iterable[Due]) -> None:
        """These were sent."""
        for due in dues:
            self._sent.append(due.id)
            self._topics.add(due.message_id)

    def said(self, rows: Rows) -> None:
        """These rows of `commits.SAY` were written."""
        for recipient_id, message_id, state, was_bounced, bounced in rows:
            self._topics.add(int(message_id or 0))
            if state == b"sent":
                self._sent.append(int(recipient_id or 0))
            elif bounced == b"true" and was_bounced == b"false":
                self._bounced.append(int(recipient_id or 0))

    def is_time(self, outcomes: Outcomes) -> bool:
        """At once, and as durable as the rows themselves, if somebody waits for it; bulk news keeps a beat."""
        if any(each.copy.is_awaited for each in outcomes.sent):
            return True
        if any(record.bounce or record.is_awaited for record in outcomes.records):
            return True
        has_news = bool(self._topics or outcomes.sent or outcomes.records)
        return has_news and time.monotonic() - self._told_at >= TELL_SECONDS

    async def tell(self, line: Line) -> None:
        """One job for the reactions and one word to open pages."""
        told = [*map(events.MessageSent, self._sent), *map(events.MessageBounced, self._bounced)]
        if told:
            await line.run(DEFER, *events.job_of(told))
        if self._topics:
            await line.run(TELL, live.payload(f"message:{message_id}" for message_id in self._topics))

    def forget(self) -> None:
        """It was told."""
        self._sent, self._bounced, self._topics = [], [], set()
        self._told_at = time.monotonic()
