"""Send oneself a trial of a mail, as a person of one's choice would read it (TPL-03). It is nobody's history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from relance.lib import addresses
from relance.lib.refusal import Refused
from relance.mail import actions, contents
from relance.mail.catalogue import Subject
from relance.mail.mailboxes import default_mailbox
from relance.mail.models import Attachment, Mailbox, Message
from relance.mail.templates import Parts, preview
from relance.people.models import Person
from relance.team.models import User


class NoMailbox(Refused):
    """There is nothing to send by."""


def send_trial(
    parts: Parts,
    *,
    person: Person | None,
    by: User,
    now: datetime,
    mailbox: Mailbox | None = None,
    footer: bool = False,
    subject: Subject | None = None,
    attachments: Sequence[Attachment] = (),
) -> Message:
    """Send a text with this person's values to oneself, with its files, not followed. Raises BadTemplate, NoMailbox."""
    shown = preview(parts, person, sender=by, footer=footer, subject=subject)
    mailbox = mailbox or default_mailbox(by)
    if mailbox is None:
        raise NoMailbox(_("There is no mailbox to send by. Enter the server of your mail provider in the settings."))
    filled = Parts(
        subject=contents.as_data(shown.subject),
        html=contents.as_data(shown.html),
        text=contents.as_data(shown.text),
        language=parts.language,
    )
    wanted = actions.Draft(
        kind=Message.Kind.PERSONAL,
        send_key=f"test:{uuid.uuid4()}",
        content=contents.freeze(filled, list_headers=False, footer=False, attachments=attachments),
        mailbox=mailbox,
        sender=by,
        deliver_at=now,
        track=False,
    )
    to = actions.Addressee(email=by.email, normal=addresses.normal(by.email), name=by.name, person_id=None)
    return actions.send_one(wanted, to, now=now)
