"""What differs from one recipient's copy to the next besides the field values, and the headers it gives. *(pure)*"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    to: tuple[Mailbox, ...]
    message_id: str
    date: datetime
    recipient_id: int
    content_id: int
    mode: TrackMode = TrackMode.NONE
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unsubscribe_mailto: str | None = None
    feedback_id: str | None = None
    auto_submitted: bool = False


def head(envelope: Envelope) -> bytes:
    """The header lines that the envelope decides. Raises ValueError when a Message-ID or address cannot be written."""
    lines = [
        headers.mailboxes("From", (envelope.sender,)),
        _to(envelope.to),
        headers.date(envelope.date),
        headers.exact("Message-ID", envelope.message_id),
    ]
    if envelope.cc:
        lines.append(headers.mailboxes("Cc", envelope.cc))
    if envelope.reply_to:
        lines.append(headers.mailboxes("Reply-To", (envelope.reply_to,)))
    if envelope.in_reply_to:
        lines.append(headers.message_ids("In-Reply-To", (envelope.in_reply_to,)))
    if envelope.references:
        lines.append(headers.message_ids("References", envelope.references))
    if envelope.feedback_id:
        lines.append(headers.exact("Feedback-ID", envelope.feedback_id))
    if envelope.auto_submitted:
        lines.append(b"Auto-Submitted: auto-generated\r\n")  # RFC 3834: our own notifications, never mass mail
    return b"".join(lines)


def _to(people: tuple[Mailbox, ...]) -> bytes:
    if len(people) == 1:
        return headers.mailbox("To", *people[0])
    return headers.mailboxes("To", people) if people else b"To: undisclosed-recipients:;\r\n"


def unsubscribe_by_mail(envelope: Envelope) -> bytes:
    """The second target of List-Unsubscribe (RFC 2369), when the envelope has one."""
    if not envelope.unsubscribe_mailto:
        return b""
    return f", <mailto:{envelope.unsubscribe_mailto}>".encode("ascii")
