"""Mails being written, as the API reads and tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed
from relance.api.reading import Moment, Wanted
from relance.mail.models import Attachment, SavedDraft
from relance.mail.preflight import Check
from relance.mail.writing.addressing import Recipient
from relance.mail.writing.advice import Advice

Remind = Literal["", "no_reply", "not_opened", "anyway"]


class DraftFileOut(Schema):
    """A file of a mail being written."""

    id: int
    name: str
    content_type: str
    size: int
    followed: bool = Field(description="Sent as a link of each recipient's own, in place of the file.")
    expires_at: datetime | None


class DraftFiles(Schema):
    """The files of one mail being written."""

    items: list[DraftFileOut]


class DraftOut(Schema):
    """A mail being written; once sent, `message_id` is what left."""

    id: int
    key: UUID | None
    version: int
    mode: str = Field(description="new, reply, all, forward")
    to: str
    cc: str
    bcc: str
    subject: str
    html: str
    quoted: str
    mailbox_id: int | None
    template_id: int | None
    person_id: int | None
    deal_id: int | None
    account_id: int | None
    answers_id: int | None = Field(description="The received mail that it answers or forwards.")
    follows_id: int | None = Field(description="The copy of ours whose thread it goes on.")
    deliver_at: datetime | None
    track: bool
    remind_if: str
    remind_at: datetime | None
    message_id: int | None
    created_at: datetime
    updated_at: datetime
    attachments: list[DraftFileOut]


class Drafts(Listed):
    """A page of mails being written."""

    items: list[DraftOut]


class DraftChange(Wanted):
    """What to change; what is left out stays. Addresses are kept as typed, right or wrong."""

    to: str | None = None
    cc: str | None = None
    bcc: str | None = None
    subject: str | None = None
    html: str | None = None
    mailbox_id: int | None = None
    deliver_at: Moment | None = Field(None, description="Null: at once.")
    track: bool | None = Field(None, description="False: do not follow this mail.")
    remind_if: Remind | None = None
    remind_at: Moment | None = None


class DraftIn(DraftChange):
    """A new mail. From a person, a deal, an account, a template, a mail to answer: it begins with what is known."""

    key: UUID | None = Field(None, description="The same key gives the same mail, however often it is asked for.")
    person_id: int | None = None
    deal_id: int | None = None
    account_id: int | None = None
    template_id: int | None = None
    answers_id: int | None = None
    follows_id: int | None = None
    mode: Literal["new", "reply", "all", "forward"] = "new"


class DraftTemplateIn(Wanted):
    """Which template's words to put into the mail."""

    template_id: int


class AttachmentIn(Schema):
    """To which mail a file belongs."""

    draft_id: int | None = Field(None, description="A mail that is kept; without one the answer is 409.")
    follow: bool = False


class DraftFileChange(Wanted):
    """Follow a file or not, and until when."""

    followed: bool
    expires_at: Moment | None = None


class CheckOut(Schema):
    """One thing that was looked at."""

    key: str
    level: str = Field(description="ok, warn, bad; only bad keeps the mail back.")
    sentence: str
    detail: str


class DraftRecipientOut(Schema):
    """One who would get it, and how it would be followed."""

    field: str
    name: str
    email: str
    person_id: int | None
    track: str = Field(description="full, clicks, aggregate, aggregate_clicks, none")
    because: str = Field(description="What decided that.")
    warnings: list[str]


class AdviceOut(Schema):
    """When it should arrive, for the first in To."""

    propose_at: datetime
    because: str
    zone: str
    zone_from: str = Field(description="field, account, country, phone, sender")
    chosen_is_outside_working_hours: bool


class DraftLookedAt(Schema):
    """What would happen if it were sent now."""

    ready: bool
    from_name: str
    from_address: str = Field(description="The author’s, unless the template says another’s.")
    reply_to: str = Field(description="Empty if answers go to the address in From.")
    checks: list[CheckOut]
    recipients: list[DraftRecipientOut]
    advice: AdviceOut | None


def show_file(row: Attachment) -> DraftFileOut:
    """A file as the API tells it."""
    return DraftFileOut(
        id=row.pk, name=row.name, content_type=row.content_type, size=row.file.size, followed=row.is_followed,
        expires_at=row.expires_at,
    )  # fmt: skip


def show(draft: SavedDraft) -> DraftOut:
    """A mail being written as the API tells it."""
    told = set(DraftOut.model_fields) - {"deal_id", "account_id", "attachments"}
    return DraftOut(
        **{name: getattr(draft, name) for name in told},
        deal_id=draft.about_id if draft.about_kind == "Deal" else None,
        account_id=draft.about_id if draft.about_kind == "Account" else None,
        attachments=[show_file(row) for row in draft.attached],
    )


def show_check(check: Check) -> CheckOut:
    """One thing that was looked at, as the API tells it."""
    return CheckOut(key=check.key, level=check.level, sentence=str(check.sentence), detail=str(check.detail))


def show_recipient(one: Recipient) -> DraftRecipientOut:
    """One who would get it, as the API tells it."""
    return DraftRecipientOut(
        field=one.typed.field, name=one.name, email=one.typed.email,
        person_id=one.person.pk if one.person and one.is_visible else None,
        track=one.mode.value, because=one.why.value, warnings=[each.value for each in one.warnings],
    )  # fmt: skip


def show_advice(told: Advice) -> AdviceOut:
    """The hour that is proposed, as the API tells it."""
    return AdviceOut(
        propose_at=told.proposal.at, because=told.proposal.reason.value, zone=told.found.name,
        zone_from=told.found.source.value, chosen_is_outside_working_hours=told.is_outside,
    )  # fmt: skip
