"""What became of a mass mail (MASS-08): its numbers, the people behind each, its links, and each copy's own log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mails import RecipientOut, Recipients, show_recipient
from relance.api.mass_mails import found
from relance.api.mass_mails_told import MassMailOut, show
from relance.api.paging import Page, start_of, told
from relance.api.reading import Wanted
from relance.api.target_lists import TargetListOut
from relance.api.target_lists import show as show_list
from relance.campaigns import behind, rates, spread, stats, unknown
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Interaction, Message, Recipient
from relance.records.exports import csv_pieces
from relance.team import policy

router = Router(tags=["Mass mails"])


class NotLaunched(Refused):
    """The mass mail has not left yet, so there is nothing to count."""


class UnknownBucket(Refused):
    """No list of recipients has this name."""


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
    open_hits: int
    click_hits: int
    machine_hits: int


class LinkOut(Schema):
    """A link of the mail and who clicked it."""

    number: int
    label: str
    url: str
    people: int
    clicks: int
    machine: int


class RateOut(Schema):
    """So many of so many, and between which shares the true one lies (95 %)."""

    hits: int
    of: int
    share: float
    low: float
    high: float


class RatesOut(Schema):
    """The shares of a mail; openings and clicks among those who are followed."""

    delivered: RateOut
    opened: RateOut
    clicked: RateOut
    replied: RateOut


class DomainOut(Schema):
    """What became of the copies to one receiving domain."""

    name: str
    sent: int
    delivered: int
    bounced: int
    failed: int
    opened: int
    clicked: int


class InteractionOut(Schema):
    """One line of a recipient's story."""

    kind: str
    at: datetime
    verdict: str
    why: str
    link: int | None
    user_agent: str
    network: str
    text: str = Field(description="What the answer or the returned mail said.")


class LogOut(Schema):
    """A recipient and everything that happened to the copy."""

    recipient: RecipientOut
    interactions: list[InteractionOut]


class SettleIn(Wanted):
    """What became of a mail that ended *unknown*."""

    sent: bool


class Bucket(Page):
    """Which recipients: the name of a number in the statistics."""

    bucket: str = "total"
    link: int | None = None


class Behind(Schema):
    """Those behind a number of the statistics; with `link`, those who clicked that link only."""

    bucket: str = "total"
    link: int | None = None


class NamedIn(Wanted):
    """What the new one is called; by default after the mail and the number."""

    name: str = Field("", max_length=160)


def show_hit(hit: Interaction) -> InteractionOut:
    """A line of a recipient's story as the API tells."""
    plain = (name for name in InteractionOut.model_fields if name != "text")
    return InteractionOut(text=str(hit.detail.get("text", "")), **{name: getattr(hit, name) for name in plain})


def launched(request: Caller, mass_mail_id: int) -> Message:
    """Its message. Raises Http404, NotLaunched."""
    message = found(request, mass_mail_id).message
    if message is None:
        raise NotLaunched(_("This mass mail has not left yet. Launch it first."))
    return message


def known(bucket: str) -> str:
    """The name of a list of recipients. Raises UnknownBucket."""
    if bucket not in stats.BUCKETS:
        sentence = _("There is no list named %(name)s. Use one of: %(names)s.")
        raise UnknownBucket(sentence % {"name": bucket, "names": ", ".join(stats.BUCKETS)})
    return bucket


@router.get("/{int:mass_mail_id}/statistics", response=FiguresOut, summary="Statistics")
def statistics(request: Caller, mass_mail_id: int) -> FiguresOut:
    """The numbers of MASS-08; `/recipients?bucket=NAME` lists the people behind each."""
    figures = stats.figures(launched(request, mass_mail_id))
    return FiguresOut(**{name: getattr(figures, name) for name in FiguresOut.model_fields})


@router.get("/{int:mass_mail_id}/rates", response=RatesOut, summary="Shares with their intervals")
def shares(request: Caller, mass_mail_id: int) -> RatesOut:
    """Each with the interval that holds the true share in 95 of 100 such mails (Wilson)."""
    told = stats.figures(launched(request, mass_mail_id))
    return RatesOut(
        delivered=_rate(told.delivered, told.sent), opened=_rate(told.opened, told.followed),
        clicked=_rate(told.clicked, told.followed_clicks), replied=_rate(told.replied, told.delivered),
    )  # fmt: skip


def _rate(hits: int, of: int) -> RateOut:
    rate = rates.rate(hits, of)
    return RateOut(hits=rate.hits, of=rate.of, share=rate.share, low=rate.low, high=rate.high)


@router.get("/{int:mass_mail_id}/domains", response=list[DomainOut], summary="By receiving domain")
def domains(request: Caller, mass_mail_id: int) -> list[DomainOut]:
    """Those with most copies; all others together have no name."""
    found_ = spread.domains(launched(request, mass_mail_id))
    return [DomainOut(**{name: getattr(one, name) for name in DomainOut.model_fields}) for one in found_]


@router.get("/{int:mass_mail_id}/links", response=list[LinkOut], summary="Links")
def links(request: Caller, mass_mail_id: int) -> list[LinkOut]:
    """Its links, by the people who clicked."""
    return [
        LinkOut(**{name: getattr(link, name) for name in LinkOut.model_fields})
        for link in stats.links(launched(request, mass_mail_id))
    ]


@router.get("/{int:mass_mail_id}/recipients", response=Recipients, summary="Recipients behind a number")
def recipients(request: Caller, response: HttpResponse, mass_mail_id: int, which: Query[Bucket]) -> dict[str, Any]:
    """`bucket` is the name of the number in the statistics; with `link`, those who clicked that link only."""
    message, bucket = launched(request, mass_mail_id), known(which.bucket)
    rows = stats.recipients(message, bucket, after=start_of(which), limit=which.limit + 1, link=which.link)
    counted = stats.people(message, bucket, link=which.link)
    return told(request, response, rows, which, show_recipient, counted=counted)


@router.get("/{int:mass_mail_id}/recipients.csv", summary="Recipients as CSV")
def recipients_file(request: Caller, mass_mail_id: int, bucket: str = "total") -> StreamingHttpResponse:
    """The people behind a number as a file. For those whose role exports."""
    message, bucket = launched(request, mass_mail_id), known(bucket)
    policy.require(request.user.may_export, _("Your role does not export. An administrator can change it."))
    rows = stats.csv_rows(message, bucket)
    answer = StreamingHttpResponse(csv_pieces(next(rows), rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{bucket}.csv"'
    return answer


@router.post(
    "/{int:mass_mail_id}/recipients/target-list", response={201: TargetListOut}, summary="A target list of recipients"
)
def to_list(request: Caller, mass_mail_id: int, which: Query[Behind], new: NamedIn) -> Status[TargetListOut]:
    """Of those behind a number whom the caller may see: people, companies, records, addresses."""
    copies, name = _behind(request, mass_mail_id, which, new)
    made, _filled = behind.listed(copies, name=name, by=request.user, now=clock.now())
    return Status(201, show_list(made))


@router.post(
    "/{int:mass_mail_id}/recipients/mass-mail", response={201: MassMailOut}, summary="A new mass mail to recipients"
)
def write_again(request: Caller, mass_mail_id: int, which: Query[Behind], new: NamedIn) -> Status[MassMailOut]:
    """A draft to those behind a number; to a target list of them where they are not rows of one module."""
    copies, name = _behind(request, mass_mail_id, which, new)
    first = found(request, mass_mail_id)
    return Status(201, show(behind.write_again(first, copies, name=name, by=request.user, now=clock.now())))


def _behind(request: Caller, mass_mail_id: int, which: Behind, new: NamedIn) -> tuple[QuerySet[Recipient], str]:
    message, bucket = launched(request, mass_mail_id), known(which.bucket)
    name = new.name or behind.called(found(request, mass_mail_id), bucket)
    return stats.people(message, bucket, link=which.link), name


@router.get("/{mass_mail_id}/recipients/{int:recipient_id}", response=LogOut, summary="Log of one recipient")
def log(request: Caller, mass_mail_id: int, recipient_id: int) -> LogOut:
    """Every hit, with the verdict on who made it."""
    recipient = get_object_or_404(Recipient, message=launched(request, mass_mail_id), pk=recipient_id)
    return LogOut(
        recipient=show_recipient(recipient),
        interactions=[show_hit(hit) for hit in recipient.interactions.order_by("at", "pk")],
    )


@router.post("/{mass_mail_id}/recipients/{int:recipient_id}/resend", response=RecipientOut, summary="Send again")
def resend(request: Caller, mass_mail_id: int, recipient_id: int) -> RecipientOut:
    """What ended *unknown*: the same mail with the same Message-ID (QUALITY 5)."""
    mass_mail, recipient = _copy(request, mass_mail_id, recipient_id)
    unknown.resend(mass_mail, recipient, by=request.user, now=clock.now())
    recipient.refresh_from_db()
    return show_recipient(recipient)


@router.post("/{mass_mail_id}/recipients/{int:recipient_id}/settle", response=RecipientOut, summary="Settle")
def settle(request: Caller, mass_mail_id: int, recipient_id: int, word: SettleIn) -> RecipientOut:
    """Say what became of a mail that ended *unknown*."""
    mass_mail, recipient = _copy(request, mass_mail_id, recipient_id)
    unknown.settle(mass_mail, recipient, sent=word.sent, by=request.user, now=clock.now())
    recipient.refresh_from_db()
    return show_recipient(recipient)


def _copy(request: Caller, mass_mail_id: int, recipient_id: int) -> tuple[MassMail, Recipient]:
    message = launched(request, mass_mail_id)
    return found(request, mass_mail_id), get_object_or_404(Recipient, message=message, pk=recipient_id)
