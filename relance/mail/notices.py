"""A word from Relance itself to a colleague, by mail: a machine wrote it, nobody answers it, and it is not followed."""

from __future__ import annotations

from datetime import datetime

from relance.lib import addresses
from relance.mail import actions, contents
from relance.mail.models import Mailbox, Message
from relance.mail.models.template import SenderChoice
from relance.mail.templates import Parts
from relance.team.models import User


def write(user: User, *, subject: str, text: str, send_key: str, by: Mailbox, now: datetime) -> Message:
    """Queue it, from the organisation and through this mailbox; the same `send_key` is never sent twice."""
    parts = Parts(subject=subject, html="", text=text, language=user.language, is_literal=True)
    wanted = actions.Draft(
        kind=Message.Kind.NOTIFICATION, send_key=send_key, mailbox=by, sender=user, deliver_at=now,
        content=contents.freeze(parts, list_headers=False, footer=False), track=False, opt_out_link=False,
        from_choice=SenderChoice.ORGANISATION, reply_choice=SenderChoice.ORGANISATION,
    )  # fmt: skip
    to = actions.Addressee(email=user.email, normal=addresses.normal(user.email), name=user.name, person_id=None)
    return actions.send_one(wanted, to, now=now)
