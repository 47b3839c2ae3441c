"""What puts a mail into a thread: the Message-ID of a copy of ours, and what an answer refers to (SEQ-07, INBOX-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from relance.mail import senders
from relance.mail.inbound.parse import parse
from relance.mail.models import Received, Recipient
from relance.mail.models.template import SenderChoice
from relance.mail.outbound import identity
from relance.mail.outbound.texts import signing_key

MOST_REFERENCES = 20


@dataclass(frozen=True, kw_only=True)
class Thread:
    """For `actions.Draft`: the mail answered, and the whole line of mails before it with a space between."""

    in_reply_to: str = ""
    references: str = ""


def message_id_of(recipient: Recipient) -> str:
    """The Message-ID of one copy of ours, the same before and after it has left."""
    message = recipient.message
    return identity.message_id(
        signing_key(),
        send_key=message.send_key,
        normal=recipient.normal or recipient.email,
        from_address=sender_of(recipient)[1],
    )


def sender_of(recipient: Recipient) -> tuple[str, str]:
    """The name and address that stand in From: see `outbound.due.Mail.shown_as`."""
    message, owner = recipient.message, None
    if message.from_choice == SenderChoice.OWNER:
        owner = recipient.sender or (recipient.person.owner if recipient.person else None)
    return senders.shown(message.from_choice, sender=message.sender, owner=owner, mailbox=message.mailbox)


def after_received(received: Received) -> Thread:
    """An answer to a mail that came in."""
    mail = parse(received.content)
    return _thread(mail.references, mail.message_id)


def after_copy(recipient: Recipient) -> Thread:
    """A mail that goes on from a copy of ours: the next step of a sequence, a reminder that nobody has answered."""
    return _thread(recipient.message.references.split(), message_id_of(recipient))


def _thread(before: Iterable[str], nearest: str) -> Thread:
    """The first and the latest of a long line (RFC 5322 3.6.4 leaves it to us)."""
    line = list(dict.fromkeys([*before, *([nearest] if nearest else [])]))
    if len(line) > MOST_REFERENCES:
        line = [line[0], *line[1 - MOST_REFERENCES :]]
    return Thread(in_reply_to=nearest, references=" ".join(line))


def answer_subject(subject: str, *, mark: str = "Re: ") -> str:
    """The subject of an answer: the mark once, whatever the languages of those who answered before."""
    bare = subject.strip()
    known = ("re:", "rép:", "rep:", "aw:", "sv:", "antw:") if mark == "Re: " else ("fwd:", "fw:", "tr:", "wg:")
    return bare if bare.lower().startswith(known) else f"{mark}{bare}"
