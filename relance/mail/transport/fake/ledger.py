"""What the fake relay has seen: mails, attempts and commands, counted where the truth is."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from relance.mail.transport.fake.script import At, Fault, Mail, Script

Told = Callable[[Mail], None]
Seen = Callable[[bytes], None]


class Ledger:
    """One server's memory, shared between its connections and read from other threads."""

    def __init__(
        self, script: Script, on_mail: Told | None, on_answered: Told | None, on_content: Seen | None = None
    ) -> None:
        self.script = script
        self.on_mail = on_mail
        self.on_answered = on_answered
        self.on_content = on_content
        self.mails: list[Mail] = []
        self.verbs: Counter[str] = Counter()
        self.attempts: dict[str, list[float]] = defaultdict(list)
        self.connections = 0
        self.open_connections = 0
        self.most_at_once = 0
        self.changed = threading.Condition()
        self._struck: Counter[int] = Counter()
        self._passed: Counter[int] = Counter()
        self._minute: list[float] = []
        self._first_seen: dict[tuple[str, str], float] = {}

    def saw(self, content: bytes) -> None:
        """A content came whole, whatever is answered to it."""
        if self.on_content:
            self.on_content(content)

    def store(self, mail: Mail) -> None:
        """Keep one mail and tell whoever waits."""
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()
        if self.on_mail:
            self.on_mail(mail)

    def answered(self, mails: list[Mail]) -> None:
        """The replies to these mails are on their way."""
        if self.on_answered:
            for mail in mails:
                self.on_answered(mail)

    def note(self, verb: str) -> None:
        """Count one command."""
        self.verbs[verb] += 1

    def strike(self, at: At, about: str) -> Fault | None:
        """The fault that is due at this step for this sender, recipient or nobody, counted as struck."""
        for number, fault in enumerate(self.script.faults):
            if fault.at is not at or (fault.only and fault.only not in about):
                continue
            self._passed[number] += 1
            if self._passed[number] <= fault.after:
                continue
            if fault.times is None or self._struck[number] < fault.times:
                self._struck[number] += 1
                self._tell()
                return fault
        return None

    def struck(self) -> int:
        """How many faults have been committed."""
        return self._struck.total()

    def is_over_rate(self) -> bool:
        """Whether one more mail would pass the limit of this minute; if not, it is counted."""
        limit, now = self.script.mails_per_minute, time.monotonic()
        if not limit:
            return False
        self._minute = [at for at in self._minute if now - at < 60]
        if len(self._minute) >= limit:
            return True
        self._minute.append(now)
        return False

    def is_greylisted(self, sender: str, recipient: str) -> bool:
        """Whether this pair was first seen too short a time ago."""
        wait = self.script.greylist_seconds
        if not wait:
            return False
        now = time.monotonic()
        return now - self._first_seen.setdefault((sender, recipient), now) < wait

    def connected(self) -> int:
        """Count a new connection; its number."""
        self.connections += 1
        self.open_connections += 1
        self.most_at_once = max(self.most_at_once, self.open_connections)
        self._tell()
        return self.connections

    def disconnected(self) -> None:
        """Count one connection less."""
        self.open_connections -= 1
        self._tell()

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()
