"""Mass mails: draft, check, launch, watch (MASS-01 to MASS-09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Page, paged
from relance.campaigns import actions, audience, preflight, stats, unknown
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Mailbox, Message, Recipient, Template

router = Router(tags=["Mass mails"])
Choice = Literal["own", "owner", "organisation"]


class NotLaunched(Refused):
    """The mass mail has not left yet, so there is nothing to count."""


class UnknownBucket(Refused):
    """No list of recipients has this name."""


class MassMailOut(Schema):
    """A mass mail."""

    id: int
    name: str
    module: str
    audience: str
    criteria: dict[str, Any]
    template_id: int | None
    mailbox_id: int | None
    from_choice: str
    reply_choice: str
    track: bool
    status: str = Field(
        description="draft, scheduled, late, stopped; once launched: preparing, sending, paused, stopped, done."
    )
    state_why: str
    scheduled_at: datetime | None
    launched_at: datetime | None
    matched: int
    creator_id: int
    created_at: datetime
    updated_at: datetime


class MassMails(Schema):
    """A page of mass mails."""

    items: list[MassMailOut]
    next: str | None


class MassMailChange(Schema):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=160)
    module: Literal["lead", "contact"] | None = None
    audience: Literal["rows", "filter", "all"] | None = None
    criteria: dict[str, Any] | None = Field(
        None,
        description='rows: {"ids": [1, 2]}; filter: {"params": {"q": "lyon", "source": "fair"}}; all: {}',
    )
    template_id: int | None = None
    mailbox_id: int | None = None
    from_choice: Choice | None = None
    reply_choice: Choice | None = None
    track: bool | None = None


class MassMailIn(MassMailChange):
    """A new mass mail."""

    name: str = Field(min_length=1, max_length=160)
    module: Literal["lead", "contact"]
    audience: Literal["rows", "filter", "all"] = "all"
    criteria: dict[str, Any] = Field(default_factory=dict)


class ScheduleIn(Schema):
    """When it leaves, by the workspace's clock."""

    at: datetime


class LeftOutOut(Schema):
    """How many are left out for one reason, with an example."""

    reason: str
    people: int
    example: str


class CheckOut(Schema):
    """One thing that was looked at before the launch."""

    key: str
    level: str
    sentence: str
    detail: str
    remedy: str


class PreflightOut(Schema):
    """Who gets it, who does not and why, and whether it can leave."""

    matched: int
    will_receive: int
    left_out: list[LeftOutOut]
    modes: dict[str, int]
    agreed_to_tracking: int
    checks: list[CheckOut]
    ready: bool


class ExcludedOut(Schema):
    """Somebody who will not get it, and why."""

    person_id: int
    name: str
    email: str
    reason: str
    detail: str


class FiguresOut(Schema):
    """The statistics of MASS-08: delivered = sent - bounced; each pair divides the delivered, the untracked apart."""

    total: int
    sent: int
    delivered: int
    not_delivered: int
    bounced: int
    failed: int
    opened: int
    not_opened: int
    untracked_opens: int
    clicked: int
    not_clicked: int
    untracked_clicks: int
    replied: int
    opted_out: int
    complained: int
    unknown: int
    cancelled: int
    refused: int
    waiting: int


class RecipientOut(Schema):
    """One address of the mail, and its life."""

    id: int
    person_id: int | None
    name: str
    email: str
    state: str
    refused_because: str
    refused_detail: str
    track: str
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


class Recipients(Schema):
    """A page of recipients."""

    items: list[RecipientOut]
    next: str | None


class LinkOut(Schema):
    """A link of the mail and who clicked it."""

    number: int
    label: str
    url: str
    people: int
    clicks: int
    machine: int


class InteractionOut(Schema):
    """One line of a recipient's story."""

    kind: str
    at: datetime
    verdict: str
    why: str
    link: int | None
    user_agent: str


class LogOut(Schema):
    """A recipient and everything that happened to the copy."""

    recipient: RecipientOut
    interactions: list[InteractionOut]


class Bucket(Page):
    """Which recipients: the name of a number in the statistics."""

    bucket: str = "total"


def found(request: Caller, mass_mail_id: int) -> MassMail:
    """A mass mail that the caller may see. Raises Http404."""
    rows = MassMail.objects.visible_to(request.user).select_related("message", "template", "mailbox", "creator")
    return get_object_or_404(rows, pk=mass_mail_id)


def launched(request: Caller, mass_mail_id: int) -> Message:
    """Its message. Raises Http404, NotLaunched."""
    message = found(request, mass_mail_id).message
    if message is None:
        raise NotLaunched(_("This mass mail has not left yet. Launch it first."))
    return message


def draft(request: Caller, wanted: MassMailChange) -> actions.MassMailDraft:
    """The request as a draft. Raises Http404 for a template or mailbox that is not there."""
    values = wanted.model_dump(exclude_unset=True)
    template, mailbox = values.pop("template_id", None), values.pop("mailbox_id", None)
    if template is not None:
        values["template"] = get_object_or_404(Template.objects.visible_to(request.user), pk=template)
    if mailbox is not None:
        values["mailbox"] = get_object_or_404(Mailbox, pk=mailbox, is_active=True)
    return actions.MassMailDraft(values=values)


@router.get("", response=MassMails)
def index(request: Caller, response: HttpResponse, page: Query[Page]) -> dict[str, Any]:
    """All mass mails, newest first."""
    rows = MassMail.objects.visible_to(request.user).select_related("message")
    return paged(request, response, rows, page, MassMailOut.from_orm)


@router.post("", response={201: MassMailOut})
def add(request: Caller, new: MassMailIn) -> Status[MassMail]:
    """Begin a mass mail."""
    whole = MassMailChange(**new.model_dump(exclude_unset=True) | {"audience": new.audience, "criteria": new.criteria})
    return Status(201, actions.draft_mass_mail(draft(request, whole), by=request.user, now=clock.now()))


@router.get("/{mass_mail_id}", response=MassMailOut)
def read(request: Caller, mass_mail_id: int) -> MassMail:
    """One mass mail."""
    return found(request, mass_mail_id)


@router.patch("/{mass_mail_id}", response=MassMailOut)
def change(request: Caller, mass_mail_id: int, wanted: MassMailChange) -> MassMail:
    """Change it before it leaves; within 15 minutes of its time it becomes stopped."""
    return actions.edit_mass_mail(
        found(request, mass_mail_id), draft(request, wanted), by=request.user, now=clock.now()
    )


@router.delete("/{mass_mail_id}", response={204: None})
def delete(request: Caller, mass_mail_id: int) -> Status[None]:
    """Delete it."""
    actions.delete_mass_mail(found(request, mass_mail_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{mass_mail_id}/preflight", response=PreflightOut)
def check(request: Caller, mass_mail_id: int) -> PreflightOut:
    """Who gets it, who does not and why, and whether it can leave."""
    looked = preflight.examine(found(request, mass_mail_id), now=clock.now())
    count = looked.audience
    return PreflightOut(
        matched=count.matched,
        will_receive=count.accepted,
        left_out=[
            LeftOutOut(reason=str(left.reason), people=left.people, example=left.example.name or left.example.email)
            for left in count.left_out
        ],
        modes={str(mode): people for mode, people in count.modes.items()},
        agreed_to_tracking=count.granted,
        checks=[
            CheckOut(key=c.key, level=str(c.level), sentence=c.sentence, detail=c.detail, remedy=c.remedy)
            for c in looked.checks
        ],
        ready=looked.ready,
    )


@router.get("/{mass_mail_id}/left-out", response=list[ExcludedOut])
def left_out(
    request: Caller, mass_mail_id: int, reason: str = "", after: int = 0, limit: int = 50
) -> list[ExcludedOut]:
    """Those who will not get it, before the launch; afterwards ask for the recipients `refused`."""
    rows = audience.left_out(
        found(request, mass_mail_id), now=clock.now(), reason=reason or None, after=after, limit=min(limit, 200)
    )
    return [
        ExcludedOut(
            person_id=row.person_id,
            name=row.name,
            email=row.email,
            reason=str(row.reason),
            detail=str(row.detail),
        )
        for row in rows
    ]


@router.post("/{mass_mail_id}/schedule", response=MassMailOut)
def schedule(request: Caller, mass_mail_id: int, when: ScheduleIn) -> MassMail:
    """Let it leave at a time."""
    return actions.schedule(found(request, mass_mail_id), when.at, by=request.user, now=clock.now())


@router.post("/{mass_mail_id}/launch", response=MassMailOut)
def launch(request: Caller, mass_mail_id: int) -> MassMail:
    """Send it now."""
    actions.launch(found(request, mass_mail_id), by=request.user, now=clock.now())
    return found(request, mass_mail_id)


@router.post("/{mass_mail_id}/pause", response=MassMailOut)
def pause(request: Caller, mass_mail_id: int) -> MassMail:
    """Hold what has not left."""
    actions.pause(found(request, mass_mail_id), by=request.user, now=clock.now())
    return found(request, mass_mail_id)


@router.post("/{mass_mail_id}/resume", response=MassMailOut)
def resume(request: Caller, mass_mail_id: int) -> MassMail:
    """Go on."""
    actions.resume(found(request, mass_mail_id), by=request.user, now=clock.now())
    return found(request, mass_mail_id)


@router.post("/{mass_mail_id}/stop", response=MassMailOut)
def stop(request: Caller, mass_mail_id: int) -> MassMail:
    """Stop it; what has not left is cancelled."""
    actions.stop(found(request, mass_mail_id), by=request.user, now=clock.now())
    return found(request, mass_mail_id)


@router.post("/{mass_mail_id}/copy", response={201: MassMailOut})
def copy(request: Caller, mass_mail_id: int) -> Status[MassMail]:
    """A new draft like this one."""
    return Status(201, actions.copy_mass_mail(found(request, mass_mail_id), by=request.user, now=clock.now()))


@router.get("/{mass_mail_id}/statistics", response=FiguresOut)
def statistics(request: Caller, mass_mail_id: int) -> FiguresOut:
    """The numbers of MASS-08."""
    figures = stats.figures(launched(request, mass_mail_id))
    return FiguresOut(**{name: getattr(figures, name) for name in FiguresOut.model_fields})


@router.get("/{mass_mail_id}/links", response=list[LinkOut])
def links(request: Caller, mass_mail_id: int) -> list[LinkOut]:
    """Its links, by the people who clicked."""
    return [
        LinkOut(**{name: getattr(link, name) for name in LinkOut.model_fields})
        for link in stats.links(launched(request, mass_mail_id))
    ]


@router.get("/{mass_mail_id}/recipients", response=Recipients)
def recipients(request: Caller, response: HttpResponse, mass_mail_id: int, which: Query[Bucket]) -> dict[str, Any]:
    """The people behind a number: `bucket` is its name in the statistics."""
    message = launched(request, mass_mail_id)
    if which.bucket not in stats.BUCKETS:
        raise UnknownBucket(_("There is no list named %(name)s. Use one of: %(names)s.") % {
            "name": which.bucket, "names": ", ".join(stats.BUCKETS),
        })  # fmt: skip
    after = int(which.cursor) if which.cursor.isdecimal() else 0
    rows = stats.recipients(message, which.bucket, after=after, limit=which.limit + 1)
    following = str(rows[which.limit - 1].pk) if len(rows) > which.limit else None
    return {"items": [RecipientOut.from_orm(row) for row in rows[: which.limit]], "next": following}


@router.get("/{mass_mail_id}/recipients/{recipient_id}", response=LogOut)
def log(request: Caller, mass_mail_id: int, recipient_id: int) -> LogOut:
    """A recipient's own log: every hit, with the verdict on who made it."""
    recipient = get_object_or_404(Recipient, message=launched(request, mass_mail_id), pk=recipient_id)
    return LogOut(
        recipient=RecipientOut.from_orm(recipient),
        interactions=[InteractionOut.from_orm(hit) for hit in recipient.interactions.order_by("at", "pk")],
    )


@router.post("/{mass_mail_id}/recipients/{recipient_id}/resend", response=RecipientOut)
def resend(request: Caller, mass_mail_id: int, recipient_id: int) -> Recipient:
    """Send again what ended *unknown*: the same mail with the same Message-ID (QUALITY 5)."""
    mass_mail, recipient = _copy(request, mass_mail_id, recipient_id)
    unknown.resend(mass_mail, recipient, by=request.user, now=clock.now())
    recipient.refresh_from_db()
    return recipient


class SettleIn(Schema):
    """What became of a mail that ended *unknown*."""

    sent: bool


@router.post("/{mass_mail_id}/recipients/{recipient_id}/settle", response=RecipientOut)
def settle(request: Caller, mass_mail_id: int, recipient_id: int, word: SettleIn) -> Recipient:
    """Say what became of a mail that ended *unknown*."""
    mass_mail, recipient = _copy(request, mass_mail_id, recipient_id)
    unknown.settle(mass_mail, recipient, sent=word.sent, by=request.user, now=clock.now())
    recipient.refresh_from_db()
    return recipient


def _copy(request: Caller, mass_mail_id: int, recipient_id: int) -> tuple[MassMail, Recipient]:
    message = launched(request, mass_mail_id)
    return found(request, mass_mail_id), get_object_or_404(Recipient, message=message, pk=recipient_id)
