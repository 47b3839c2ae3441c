"""A leased recipient becomes a copy ready to leave: rendered, addressed and signed at its turn *(pure)*."""

from __future__ import annotations

from relance.lib import tokens
from relance.mail.outbound import identity
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.due import Due, Sender
from relance.mail.outbound.envelope import Envelope
from relance.mail.transport.transaction import Letter


def prepare(due: Due, sender: Sender, key: bytes) -> Copy:
    """Render one copy; the same recipient gives the same bytes at every attempt. Raises ValueError if it cannot be."""
    mail = due.mail
    mode = mail.mode(due.consent)
    from_ = mail.shown_as(mail.from_choice, due, sender)
    reply_to = mail.shown_as(mail.reply_choice, due, sender)
    envelope = Envelope(
        sender=from_,
        to=mail.to or ((due.name, due.email),),
        cc=mail.cc,
        message_id=identity.message_id(key, send_key=mail.send_key, normal=due.normal, from_address=from_[1]),
        date=due.begins_at,
        recipient_id=due.id,
        content_id=mail.content_id,
        mode=mode,
        in_reply_to=mail.in_reply_to or None,
        references=mail.thread,
        auto_submitted=mail.is_notification,
        reply_to=reply_to if reply_to[1] != from_[1] else None,
        unsubscribe_mailto=(
            tokens.unsubscribe_address(key, due.id, sender.domain) if sender.hears_back and mail.is_automatic else None
        ),
    )
    bounces_to = (
        ""
        if mail.is_notification
        else identity.envelope_sender(
            key, recipient_id=due.id, mailbox_address=sender.address, bounce_domain=sender.bounce_domain
        )
    )
    return Copy(due, mode, Letter.rendered(bounces_to, due.email, due.text.render(due.values, envelope)))
