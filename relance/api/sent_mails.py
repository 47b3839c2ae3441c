"""Personal mails that were given to the dispatchers: their state, what recipients did, their files (ENG-08, ENG-09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from relance.api.key import Caller
from relance.api.mails import RecipientOut, show_recipient
from relance.api.paging import Listed, Page, paged
from relance.api.reading import Moment, Wanted
from relance.insights import mails
from relance.lib import clock
from relance.mail import contents, followed
from relance.mail.models import Attachment, Interaction, Message, Recipient
from relance.mail.writing import leaving
from relance.team.models import User

router = Router(tags=["Sent mails"])
MOST_HITS = 300


class SentOut(Schema):
    """A mail that was sent, or has its hour."""

    id: int
    kind: str = Field(description="personal, sequence")
    subject: str = Field(description="As it was written.")
    sender: str
    state: str
    state_why: str
    deliver_at: datetime
    started_at: datetime | None
    track: bool
    deal_id: int | None
    account_id: int | None
    template_id: int | None
    created_at: datetime


class SentMails(Listed):
    """A page of sent mails."""

    items: list[SentOut]


class MailFigures(Schema):
    """What became of it. Only what people did counts; `..._hits` are all requests, machines included."""

    copies: int
    sent: int
    followed: int
    opens: int
    opened: int
    open_hits: int
    clicks: int
    clicked: int
    click_hits: int
    files: int
    replies: int
    bounced: int
    first_open_after: int | None = Field(description="Seconds from its departure to the first opening.")
    reply_after: int | None = Field(description="Seconds from its departure to the first reply.")


class SentFileOut(Schema):
    """A file as it was sent; a followed one with its openings by people."""

    number: int
    name: str
    content_type: str
    size: int
    followed: bool
    opened: int
    expires_at: datetime | None
    revoked_at: datetime | None


class SentMailOut(SentOut):
    """One sent mail, read-only, with its recipients, its figures and its files."""

    html: str = Field(description="As its first recipient reads it, with clean links.")
    text: str
    may_take_back: bool
    recipients: list[RecipientOut]
    figures: MailFigures
    files: list[SentFileOut]


class Sent(Page):
    """Which of them."""

    person_id: int | None = None
    deal_id: int | None = None
    account_id: int | None = None
    mine: bool = Field(False, description="Only those that the caller sent.")


class HitOut(Schema):
    """One thing that happened to one copy. `verdict`: human, machine, unknown."""

    at: datetime
    kind: str
    recipient_id: int | None
    link: int | None
    url: str
    verdict: str
    why: str
    user_agent: str
    network: str


class Activity(Schema):
    """What happened, the latest first, at most 300 at once."""

    items: list[HitOut]


class ActivityAsked(Schema):
    """Which part of it."""

    before: Moment | None = None
    people_only: bool = False


class SentFileChange(Wanted):
    """Whether the links of a followed file lead nowhere."""

    revoked: bool


def found(request: Caller, message_id: int) -> Message:
    """A mail that the caller may read. Raises Http404."""
    return get_object_or_404(mails.personal(request.user).select_related("content", "sender"), pk=message_id)


@router.get("", response=SentMails, summary="Sent mails")
def index(request: Caller, response: HttpResponse, asked: Query[Sent]) -> dict[str, Any]:
    """One's own, and those to people whom one sees; newest first."""
    rows = mails.personal(request.user).select_related("content", "sender")
    if asked.mine:
        rows = rows.filter(sender=request.user)
    if asked.person_id is not None:
        rows = rows.filter(pk__in=Recipient.objects.filter(person=asked.person_id).values("message"))
    for kind, key in (("Deal", asked.deal_id), ("Account", asked.account_id)):
        if key is not None:
            rows = rows.filter(about_kind=kind, about_id=key)
    return paged(request, response, rows.order_by("-pk"), asked, lambda row: SentOut(**_told(row)))


@router.get("/{int:message_id}", response=SentMailOut, summary="One sent mail")
def read(request: Caller, message_id: int) -> SentMailOut:
    """As it was delivered, with what its recipients did."""
    return show_mail(found(request, message_id), request.user)


@router.get("/{int:message_id}/activity", response=Activity, summary="What recipients did")
def activity(request: Caller, message_id: int, asked: Query[ActivityAsked]) -> dict[str, Any]:
    """Every hit with its verdict; only what people did counts in the figures."""
    message = found(request, message_id)
    rows = Interaction.objects.filter(message=message).order_by("-at", "-id")
    if asked.before is not None:
        rows = rows.filter(at__lt=asked.before)
    if asked.people_only:
        rows = rows.exclude(verdict=Interaction.Verdict.MACHINE)
    urls = {link["number"]: link["url"] for link in message.content.links}
    return {"items": [_hit(row, urls) for row in rows[:MOST_HITS]]}


@router.patch("/{int:message_id}/files/{int:number}", response=SentFileOut, summary="Revoke a followed file, or not")
def change_file(request: Caller, message_id: int, number: int, wanted: SentFileChange) -> SentFileOut:
    """Its links lead nowhere from now on, or work again. For its sender."""
    row = _own_file(request, message_id, number)
    if wanted.revoked:
        followed.revoke(row, now=clock.now())
    else:
        followed.allow(row)
    return _file_again(row)


@router.post("/{int:message_id}/files/{int:number}/content", response=SentFileOut, summary="Replace a followed file")
def replace_file(request: Caller, message_id: int, number: int, file: File[UploadedFile]) -> SentFileOut:
    """The links that were sent lead to this file from now on. For its sender."""
    row = _own_file(request, message_id, number)
    followed.replace(row, file.read(), content_type=file.content_type or "", now=clock.now())
    return _file_again(row)


def _own_file(request: Caller, message_id: int, number: int) -> Attachment:
    message = get_object_or_404(mails.personal(request.user), pk=message_id, sender=request.user)
    return get_object_or_404(message.content.attachments, number=number, is_followed=True)


def _file_again(row: Attachment) -> SentFileOut:
    row.refresh_from_db()
    message = Message.objects.get(content=row.content)
    return next(_file(told) for told in followed.of_message(message) if told.attachment.pk == row.pk)


def show_mail(message: Message, user: User) -> SentMailOut:
    """A sent mail with everything that is known of it."""
    copies = list(message.recipients.order_by("id"))
    for copy in copies:
        copy.message = message
    hits = Interaction.objects.filter(message=message).order_by("-at", "-id")
    shown = contents.as_read(copies[0]) if copies else None
    figures = mails.figures(copies, hits)
    return SentMailOut(
        **_told(message),
        html=shown.html if shown else "",
        text=shown.text if shown else "",
        may_take_back=leaving.may_take_back(message) and message.sender_id == user.pk,
        recipients=[show_recipient(copy) for copy in copies],
        figures=MailFigures(**{name: _seconds(getattr(figures, name)) for name in MailFigures.model_fields}),
        files=[_file(told) for told in followed.of_message(message)],
    )


def _told(message: Message) -> dict[str, Any]:
    about = {
        f"{kind.lower()}_id": message.about_id if message.about_kind == kind else None for kind in ("Deal", "Account")
    }
    named = ("kind", "state", "state_why", "deliver_at", "started_at", "track", "created_at")
    return {
        "id": message.pk, "subject": message.content.subject, "sender": message.sender.email,
        "template_id": message.content.template_id, **about, **{name: getattr(message, name) for name in named},
    }  # fmt: skip


def _seconds(value: Any) -> Any:
    return int(value.total_seconds()) if hasattr(value, "total_seconds") else value


def _file(told: followed.Told) -> SentFileOut:
    row = told.attachment
    return SentFileOut(
        number=row.number, name=row.name, content_type=row.content_type, size=row.file.size, followed=row.is_followed,
        opened=told.by_people, expires_at=row.expires_at, revoked_at=row.revoked_at,
    )  # fmt: skip


def _hit(row: Interaction, urls: dict[int, str]) -> HitOut:
    return HitOut(
        at=row.at, kind=row.kind, recipient_id=row.recipient_id, link=row.link,
        url=urls.get(row.link or 0, "") if row.kind == Interaction.Kind.CLICK else "", verdict=row.verdict,
        why=row.why, user_agent=row.user_agent, network=row.network,
    )  # fmt: skip
