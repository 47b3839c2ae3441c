"""One copy of a mail as the API tells it: whose, in which state, and what came of it."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed
from relance.mail.models import Message, Recipient


class RecipientOut(Schema):
    """One address of the mail, and its life."""

    id: int
    person_id: int | None
    name: str
    email: str
    state: str = Field(
        description="queued, leased, in_data, sent, deferred, failed, unknown, cancelled, refused (left out)"
    )
    refused_because: str
    refused_detail: str
    track: str = Field(description="full, clicks, aggregate, aggregate_clicks, none")
    attempts: int
    reply_code: int | None
    reply_text: str
    sent_at: datetime | None
    failed_at: datetime | None
    bounced_at: datetime | None
    bounce_kind: str
    bounce_text: str
    first_opened_at: datetime | None
    last_opened_at: datetime | None
    opens: int
    first_clicked_at: datetime | None
    clicks: int
    machine_hits: int
    replied_at: datetime | None
    auto_replied_at: datetime | None
    opted_out_at: datetime | None
    complained_at: datetime | None


class Recipients(Listed):
    """A page of recipients."""

    items: list[RecipientOut]


class MailOut(RecipientOut):
    """A mail to somebody: the copy, and the mail it is a copy of."""

    message_id: int
    kind: str = Field(description="personal, mass, sequence")
    mass_mail_id: int | None
    subject: str = Field(description="As it was written, before the placeholders were filled in.")
    sender: str = Field(description="The e-mail address of the colleague on whose behalf it left.")


class Mails(Listed):
    """A page of mails to one person."""

    items: list[MailOut]


def show_recipient(copy: Recipient) -> RecipientOut:
    """A copy as the API tells."""
    return RecipientOut(**{name: getattr(copy, name) for name in RecipientOut.model_fields})


def show_mail(copy: Recipient) -> MailOut:
    """A copy with its mail."""
    message: Message = copy.message
    mass_mail = getattr(message, "mass_mail", None)
    return MailOut(
        **show_recipient(copy).model_dump(),
        message_id=message.pk,
        kind=message.kind,
        mass_mail_id=mass_mail.pk if mass_mail is not None and mass_mail.deleted_at is None else None,
        subject=message.content.subject,
        sender=message.sender.email,
    )
