"""Django's door for the mails of accounts (a new password): they leave by the one way to send, like every other mail.

A colleague gets them from the organisation, through the mailbox that he would write by. Without one nothing can leave:
the log says so, and the page says nothing, since its answer must not tell who has an account.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import get_language

from relance.lib import addresses, clock
from relance.mail import actions, contents
from relance.mail.mailboxes import default_mailbox
from relance.mail.models import Message
from relance.mail.models.template import SenderChoice
from relance.mail.templates import Parts
from relance.team.models import User

logger = logging.getLogger(__name__)


class Backend(BaseEmailBackend):
    """What `EMAIL_BACKEND` names."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue them; how many could be."""
        return sum(_queue(mail) for mail in email_messages)


def _queue(mail: EmailMessage) -> bool:
    colleague = User.objects.filter(email__iexact=mail.to[0], is_active=True).first() if mail.to else None
    mailbox = default_mailbox(colleague) if colleague else None
    if colleague is None or mailbox is None:
        logger.warning("a mail about an account could not leave: there is no mailbox to send by")
        return False
    parts = Parts(
        subject=contents.as_data(str(mail.subject)),
        html="",
        text=contents.as_data(str(mail.body)),
        language=get_language() or "en",
    )
    wanted = actions.Draft(
        kind=Message.Kind.PERSONAL,
        send_key=f"account:{uuid.uuid4()}",
        content=contents.freeze(parts, list_headers=False, footer=False),
        mailbox=mailbox,
        sender=colleague,
        from_choice=SenderChoice.ORGANISATION,
        reply_choice=SenderChoice.ORGANISATION,
        deliver_at=clock.now(),
        track=False,
    )
    to = actions.Addressee(
        email=colleague.email, normal=addresses.normal(colleague.email), name=colleague.name, person_id=None
    )
    actions.send_one(wanted, to, now=clock.now())
    return True
