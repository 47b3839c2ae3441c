"""What differs from one recipient's copy to the next besides the field values, and the headers it gives. *(pure)*"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from relance.mail.outbound import headers
from relance.mail.outbound.headers import Mailbox
from relance.mail.tracking.stamp import TrackMode


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One copy on the wire: its people, its identity and its thread.

    ``date`` is aware and fixed at creation with ``message_id``, so that every attempt has the same bytes.
    ``recipient_id`` goes into this copy's tokens, ``content_id`` into those that name no person.
    """

    sender: Mailbox
    date: datetime
    content_id: int
    to: tuple[Mailbox, ...] = ()
    message_id: str = ""
    recipient_id: int = 0
    mode: TrackMode = TrackMode.NONE
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unsubscribe_mailto: str | None = None
    feedback_id: str | None = None
    auto_submitted: bool = False


class Letterhead(NamedTuple):
    """The header lines that many copies share: above, between and below each one's own To and Message-ID."""

    above: bytes
    between: bytes
    below: bytes
    content_id: int


def letterhead(envelope: Envelope) -> Letterhead:
    """What an envelope shares with others. Raises ValueError for what cannot be written."""
    return Letterhead(
        above=headers.mailboxes("From", (envelope.sender,)),
        between=headers.date(envelope.date) + b"Message-ID: ",
        below=b"\r\n" + b"".join(_below(envelope)),
        content_id=envelope.content_id,
    )


def _below(envelope: Envelope) -> Iterator[bytes]:
    if envelope.cc:
        yield headers.mailboxes("Cc", envelope.cc)
    if envelope.reply_to:
        yield headers.mailboxes("Reply-To", (envelope.reply_to,))
    if envelope.in_reply_to:
        yield headers.message_ids("In-Reply-To", (envelope.in_reply_to,))
    if envelope.references:
        yield headers.message_ids("References", envelope.references)
    if envelope.feedback_id:
        yield headers.exact("Feedback-ID", envelope.feedback_id)
    if envelope.auto_submitted:
        yield b"Auto-Submitted: auto-generated\r\n"  # RFC 3834: our own notifications, never mass mail


def addressed(people: tuple[Mailbox, ...]) -> bytes:
    """The line To. Raises ValueError for an address that cannot be written."""
    if len(people) == 1:
        return headers.mailbox("To", *people[0])
    return headers.mailboxes("To", people) if people else b"To: undisclosed-recipients:;\r\n"


def identified(message_id: str) -> bytes:
    """What stands behind `Message-ID:`. Raises ValueError for what cannot."""
    return headers.exact("Message-ID", message_id).partition(b": ")[2].rstrip(b"\r\n")


def by_mail(address: str | None) -> bytes:
    """The second target of List-Unsubscribe (RFC 2369), when there is one."""
    return f", <mailto:{address}>".encode("ascii") if address else b""
