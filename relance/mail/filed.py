"""What of a mail that has left is put into the folder of sent mail (`inbound.filing`)."""

from __future__ import annotations

from relance.mail import answering
from relance.mail.catalogue import values_for
from relance.mail.contents import compiled
from relance.mail.files import Unreadable
from relance.mail.inbound.filing import CannotBeFiled
from relance.mail.models import Message, Recipient
from relance.mail.outbound.envelope import Envelope


def as_filed(copy: Recipient) -> bytes:
    """The mail as it left, for its writer's eyes: its files, thread and Message-ID, untracked. Raises CannotBeFiled."""
    try:
        return _written(copy)
    except (Unreadable, ValueError) as problem:
        raise CannotBeFiled(str(problem)) from problem


def _written(copy: Recipient) -> bytes:
    message = copy.message
    text = compiled(message.content, list_headers=False, footer=message.kind != Message.Kind.PERSONAL)
    values = {} if message.content.is_literal else values_for([copy.pk]).get(copy.pk, {})
    envelope = Envelope(
        sender=answering.sender_of(copy),
        to=_shown(message.shown_to) or ((copy.name, copy.email),),
        cc=_shown(message.shown_cc),
        message_id=answering.message_id_of(copy),
        date=max(copy.queued_at, message.deliver_at),
        recipient_id=copy.pk,
        content_id=message.content_id,
        in_reply_to=message.in_reply_to or None,
        references=tuple(message.references.split()),
    )
    return text.render(values, envelope)


def _shown(people: list[list[str]] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, address) for name, address in people or ())
