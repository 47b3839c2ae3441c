"""What the desk reads before it knows the copies: the mailboxes that have mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class LaneRow:
    """A mailbox that has mail to send."""

    id: int
    kind: str
    address: str
    host: str
    port: int
    security: str
    ca_file: str
    username: str
    secret: str
    bounce_domain: str
    maildir: str
    connections: int
    per_hour: int | None
    state: str
    state_code: str
    state_at: datetime | None
    paused_until: datetime | None
    sharers: int = 1

    @property
    def settings(self) -> tuple[object, ...]:
        """What makes it another lane when it changes."""
        return (
            self.kind, self.address, self.host, self.port, self.security, self.ca_file, self.username, self.secret,
            self.bounce_domain, self.maildir, self.connections,
        )  # fmt: skip
