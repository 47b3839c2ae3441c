"""Whose name and address stand in From and Reply-To: what a template says, else the sender's own (TPL-01, MASS-02)."""

from __future__ import annotations

from typing import NamedTuple

from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.team.models import User
from relance.team.workspace import organisation


class Senders(NamedTuple):
    """The choices of a mail, for `actions.Draft`."""

    from_choice: str = SenderChoice.OWN
    reply_choice: str = SenderChoice.OWN


def senders_of(template: Template | None) -> Senders:
    """What a template says for the mails that are written with it."""
    if template is None:
        return Senders()
    return Senders(template.from_choice or SenderChoice.OWN, template.reply_choice or SenderChoice.OWN)


def shown(choice: str, *, sender: User, owner: User | None, mailbox: Mailbox | None) -> tuple[str, str]:
    """The name and address of a choice, as `outbound.due.Mail.shown_as` writes them; `owner`: of the record."""
    if choice == SenderChoice.ORGANISATION:
        house = organisation()
        return house.mail_name or house.name, house.mail_address or (mailbox.address if mailbox else "")
    if choice == SenderChoice.OWNER and owner is not None:
        return owner.name, owner.email
    return sender.name, sender.email
