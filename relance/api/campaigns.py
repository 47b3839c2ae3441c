"""Campaigns: lists, mails, links with codes, and the log (CAMP-01, CAMP-04 to CAMP-07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails_told import Key, MassMailOut, show
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.api.target_lists import TargetListOut
from relance.api.target_lists import show as show_list
from relance.campaigns import behind, campaign_log, campaigning
from relance.campaigns.campaign_log import EVENTS, Asked
from relance.campaigns.campaigning import CampaignDraft
from relance.campaigns.models import Campaign
from relance.lib import clock
from relance.records.exports import csv_pieces
from relance.team import policy

router = Router(tags=["Campaigns"])


class CampaignOut(Schema):
    """A campaign."""

    id: int
    name: str
    kind: str = Field(description="mail or newsletter")
    note: str
    lists: list[int]
    excluded: list[int]
    track_opens: bool
    creator_id: int
    created_at: datetime
    updated_at: datetime


class Campaigns(Listed):
    """A page of campaigns."""

    items: list[CampaignOut]


class CampaignChange(Wanted):
    """What to change; what is left out stays. Its mails that have not left follow."""

    name: str | None = Field(None, min_length=1, max_length=160)
    kind: str | None = Field(None, max_length=10)
    note: str | None = Field(None, max_length=2000)
    lists: list[Key] | None = Field(None, max_length=100)
    excluded: list[Key] | None = Field(None, max_length=100)
    track_opens: bool | None = None


class CampaignIn(CampaignChange):
    """A new campaign."""

    name: str = Field(min_length=1, max_length=160)


class CampaignMailIn(Wanted):
    """A mass mail of the campaign; give it a template and launch it as any mass mail."""

    name: str = Field("", max_length=160)


class CampaignLinkIn(Wanted):
    """A link with a name."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(max_length=2000)


class CampaignLinkOut(Schema):
    """A link with its code and its clicks over all mails."""

    id: int
    name: str
    url: str
    placeholder: str = Field(description="To be written into a template as the address of a link.")
    people: int
    clicks: int
    machine: int


class LogLineOut(Schema):
    """One line of the log."""

    at: datetime
    event: str
    mass_mail_id: int
    recipient_id: int
    person_id: int | None
    name: str
    email: str
    url: str
    detail: str


class CampaignLog(Schema):
    """A page of the log, newest first."""

    items: list[LogLineOut]
    next: str | None


class LogFilter(Schema):
    """One event or all, one mail or all, the clicks of one address."""

    event: str = Field("", max_length=20, description=", ".join(EVENTS))
    mass_mail_id: Key | None = None
    url: str = Field("", max_length=2000)

    def asked(self) -> Asked:
        """As the log takes it."""
        return Asked(event=self.event, mail_id=self.mass_mail_id, url=self.url)


class LogPage(LogFilter):
    """Which part of it."""

    cursor: str = Field("", max_length=100, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


def found(request: Caller, campaign_id: int) -> Campaign:
    """A campaign that the caller may see. Raises Http404."""
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=campaign_id)


def show_campaign(row: Campaign) -> CampaignOut:
    """A campaign as the API tells."""
    return CampaignOut(**{name: getattr(row, name) for name in CampaignOut.model_fields})


def _draft(wanted: CampaignChange) -> CampaignDraft:
    told = wanted.model_dump(exclude_unset=True)
    return CampaignDraft(values={name: value for name, value in told.items() if value is not None})


@router.get("", response=Campaigns, summary="All campaigns")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    rows = Campaign.objects.visible_to(request.user).order_by("-pk")
    return paged(request, response, rows, page, show_campaign)


@router.post("", response={201: CampaignOut}, summary="Make a campaign")
def add(request: Caller, new: CampaignIn) -> Status[CampaignOut]:
    """To target lists, without excluded ones."""
    return Status(201, show_campaign(campaigning.make(_draft(new), by=request.user, now=clock.now())))


@router.get("/{int:campaign_id}", response=CampaignOut, summary="One campaign")
def read(request: Caller, campaign_id: int) -> CampaignOut:
    """Its lists and settings."""
    return show_campaign(found(request, campaign_id))


@router.patch("/{int:campaign_id}", response=CampaignOut, summary="Change a campaign")
def change(request: Caller, campaign_id: int, wanted: CampaignChange) -> CampaignOut:
    """What has left stays as it is."""
    row = campaigning.edit(found(request, campaign_id), _draft(wanted), by=request.user, now=clock.now())
    return show_campaign(row)


@router.delete("/{int:campaign_id}", response={204: None}, summary="Delete a campaign")
def delete(request: Caller, campaign_id: int) -> Status[None]:
    """With its mails; what was sent stays in each person's history."""
    campaigning.delete(found(request, campaign_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:campaign_id}/mass-mails", response=list[MassMailOut], summary="Its mails")
def mails(request: Caller, campaign_id: int) -> list[MassMailOut]:
    """With their follow-ups."""
    return [show(row) for row in found(request, campaign_id).all_mails().select_related("message")]


@router.post("/{int:campaign_id}/mass-mails", response={201: MassMailOut}, summary="Add a mail")
def add_mail(request: Caller, campaign_id: int, new: CampaignMailIn) -> Status[MassMailOut]:
    """To the lists of the campaign."""
    row = campaigning.add_mail(found(request, campaign_id), name=new.name, by=request.user, now=clock.now())
    return Status(201, show(row))


@router.get("/{int:campaign_id}/links", response=list[CampaignLinkOut], summary="Its links with codes")
def links(request: Caller, campaign_id: int) -> list[CampaignLinkOut]:
    """And who clicked them; machines apart."""
    return [_link(one) for one in campaign_log.link_clicks(found(request, campaign_id))]


def _link(one: campaign_log.LinkClicks) -> CampaignLinkOut:
    return CampaignLinkOut(
        id=one.link.pk, name=one.link.name, url=one.link.url, placeholder=one.link.placeholder, people=one.people,
        clicks=one.clicks, machine=one.machine,
    )  # fmt: skip


@router.post("/{int:campaign_id}/links", response={201: CampaignLinkOut}, summary="Make a link with a code")
def add_link(request: Caller, campaign_id: int, new: CampaignLinkIn) -> Status[CampaignLinkOut]:
    """Put its placeholder into a template."""
    link = campaigning.add_link(found(request, campaign_id), name=new.name, url=new.url, by=request.user)
    return Status(201, _link(campaign_log.LinkClicks(link=link, people=0, clicks=0, machine=0)))


@router.delete("/{int:campaign_id}/links/{int:link_id}", response={204: None}, summary="Remove a link")
def remove_link(request: Caller, campaign_id: int, link_id: int) -> Status[None]:
    """Mails that have left keep it."""
    campaigning.remove_link(get_object_or_404(found(request, campaign_id).links, pk=link_id), by=request.user)
    return Status(204, None)


@router.get("/{int:campaign_id}/log", response=CampaignLog, summary="Its log")
def log(request: Caller, campaign_id: int, which: Query[LogPage]) -> CampaignLog:
    """What went out and what came of it, newest first."""
    row = found(request, campaign_id)
    lines = campaign_log.lines(row, which.asked(), before=which.cursor, limit=which.limit + 1)
    known = campaign_log.messages(row)
    urls = campaign_log.urls(known) if lines else {}
    items = [
        LogLineOut(
            at=line.at, event=line.event, mass_mail_id=known[line.message_id][0], recipient_id=line.recipient_id,
            person_id=line.person_id, name=line.name, email=line.email, detail=line.detail,
            url=urls.get((line.message_id, line.link or 0), ""),
        )
        for line in lines[: which.limit]
    ]  # fmt: skip
    following = campaign_log.mark(lines[which.limit - 1]) if len(lines) > which.limit else None
    return CampaignLog(items=items, next=following)


@router.get("/{int:campaign_id}/log.csv", summary="Its log as CSV")
def log_file(request: Caller, campaign_id: int, which: Query[LogFilter]) -> StreamingHttpResponse:
    """For those whose role exports."""
    row = found(request, campaign_id)
    policy.require(request.user.may_export, _("Your role does not export. An administrator can change it."))
    rows = campaign_log.csv_rows(row, which.asked())
    answer = StreamingHttpResponse(csv_pieces(next(rows), rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="log.csv"'
    return answer


@router.post("/{int:campaign_id}/log/target-list", response={201: TargetListOut}, summary="A target list of the log")
def to_list(request: Caller, campaign_id: int, which: Query[LogFilter], new: CampaignMailIn) -> Status[TargetListOut]:
    """Of the people behind its lines, for example those who clicked one link."""
    row, now = found(request, campaign_id), clock.now()
    copies = campaign_log.copies(row, which.asked())
    made, _filled = behind.listed(copies, name=new.name or row.name, by=request.user, now=now)
    return Status(201, show_list(made))
