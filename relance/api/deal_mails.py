"""DealMails and their deals: the two lists of a deal, and the link of each mail (DEAL-03, DEAL-04, DEAL-08)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from relance.api.deals import found
from relance.api.key import Caller
from relance.deals import mail_facts, mail_lists, mails, suggesting
from relance.deals.mail_lists import Listed
from relance.deals.models import Deal
from relance.lib import clock

router = Router(tags=["Mails and deals"])


class DealMailOut(Schema):
    """A mail and its deal."""

    key: str = Field(description="`message:ID` of a mail sent by Relance, `same:HASH` of one found in mailboxes.")
    at: datetime
    subject: str
    who: str
    outgoing: bool
    linked: bool = Field(description="Whether it belongs to a deal, be it one that the caller may not see.")
    deal: int | None
    rule: str = Field(description="Why: hand, written_here, thread, past, only_open, latest_open, won, dissolved.")
    was: int | None = Field(description="The deal chosen by hand before the mailbox was disconnected.")
    offered: bool = Field(description="Whether that choice can be taken back.")


class DealMails(Schema):
    """The newest mails of a list."""

    items: list[DealMailOut]


class DealChoice(Schema):
    """A deal that may be chosen."""

    deal: int
    name: str
    reasons: list[str] = Field(description="What speaks for it, where the ranking is used: words, people, recent.")


class ChoicesOut(DealMailOut):
    """A mail, and the deals of its people in the order in which they are offered."""

    choices: list[DealChoice]


class LinkIn(Schema):
    """The deal that the mail belongs to."""

    deal: int


class TakeIn(Schema):
    """What becomes of the choice made before the mailbox was disconnected."""

    take: bool = Field(description="true: it holds again; false: it is forgotten.")


def show(one: Listed) -> DealMailOut:
    """A mail as the API tells it."""
    link = one.link
    return DealMailOut(
        key=one.key, at=one.at, subject=one.subject, who=one.who, outgoing=one.is_outgoing, linked=one.is_linked,
        deal=one.deal.pk if one.deal else None, rule=link.rule if link else "",
        was=link.offered_id if link else None, offered=one.is_offered,
    )  # fmt: skip


def _mail(request: Caller, mail_key: str) -> Listed:
    one = mail_lists.one(mail_key, by=request.user)
    if one is None:
        raise Http404
    mail_facts.require_mailbox(request.user)
    return one


@router.get("/deals/{int:deal_id}/mails", response=DealMails, summary="DealMails of a deal")
def of_deal(request: Caller, deal_id: int, view: Literal["deal", "contact"] = "deal") -> DealMails:
    """Those that belong to it, or with `view=contact` all those of its people; the newest 30."""
    deal = found(request, deal_id)
    mail_facts.require_mailbox(request.user)
    if view == "deal":
        rows = mail_lists.of_deal(deal, by=request.user)
    else:
        rows = mail_lists.of_people(list(deal.links.values_list("person_id", flat=True)), by=request.user)
    return DealMails(items=[show(one) for one in rows])


@router.get("/deal-mails", response=DealMails, summary="Choices from before a disconnection")
def offered(request: Caller) -> DealMails:
    """DealMails whose deal was chosen by hand before their mailbox was disconnected (DEAL-08)."""
    return DealMails(items=[show(one) for one in mail_lists.of_offered(by=request.user)])


@router.get("/deal-mails/{mail_key}", response=ChoicesOut, summary="The deal of a mail, and those to choose from")
def read(request: Caller, mail_key: str) -> ChoicesOut:
    """Only deals of the mail's people can be chosen."""
    one = _mail(request, mail_key)
    told = suggesting.suggestions(mails.mail_of(mail_lists.row_of(one)), by=request.user)
    choices = [DealChoice(deal=each.deal.pk, name=each.deal.name, reasons=list(each.reasons)) for each in told]
    return ChoicesOut(**show(one).model_dump(), choices=choices)


@router.put("/deal-mails/{mail_key}", response=DealMailOut, summary="Link a mail to a deal")
def link(request: Caller, mail_key: str, wanted: LinkIn) -> DealMailOut:
    """By hand: no prediction overrules it (DEAL-05)."""
    one = _mail(request, mail_key)
    deal = get_object_or_404(Deal.objects.visible_to(request.user), pk=wanted.deal)
    mails.link(mails.mail_of(mail_lists.row_of(one)), deal, by=request.user, now=clock.now())
    return show(_mail(request, mail_key))


@router.delete("/deal-mails/{mail_key}", response=DealMailOut, summary="Unlink a mail from its deal")
def unlink(request: Caller, mail_key: str) -> DealMailOut:
    """It stays with the contact, and no prediction links it again."""
    one = _mail(request, mail_key)
    mails.unlink(mails.mail_of(mail_lists.row_of(one)), by=request.user, now=clock.now())
    return show(_mail(request, mail_key))


@router.post("/deal-mails/{mail_key}/was", response=DealMailOut, summary="Take back or forget an earlier choice")
def was(request: Caller, mail_key: str, wanted: TakeIn) -> DealMailOut:
    """What was chosen by hand before the mailbox was disconnected."""
    one = _mail(request, mail_key)
    if one.link is None or not one.is_offered:
        raise Http404
    if wanted.take:
        mails.take_back(one.link, by=request.user, now=clock.now())
    else:
        mails.decline(one.link)
    return show(_mail(request, mail_key))
