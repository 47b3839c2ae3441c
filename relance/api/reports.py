"""Reports: ask, change, and fill target lists by them (CAMP-08)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails_told import Key
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.api.target_lists import FilledOut, show_filled
from relance.api.target_lists import found as found_list
from relance.campaigns import reports
from relance.campaigns.models import Report
from relance.campaigns.reports import ReportDraft
from relance.lib import clock

router = Router(tags=["Reports"])


class ReportOut(Schema):
    """A report."""

    id: int
    name: str
    module: str
    where: str = Field(description="Criteria as a list's `where` says them.")
    group: str
    step: str = Field(description="How dates are grouped: day, month or year.")
    summed: str
    chart: str
    target_list_id: int | None = Field(description="The list that it keeps up to date.")
    owner_id: int
    created_at: datetime
    updated_at: datetime


class Reports(Listed):
    """A page of reports."""

    items: list[ReportOut]


class ReportChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=160)
    module: str | None = Field(None, max_length=20)
    where: str | None = Field(None, max_length=6_000)
    group: str | None = Field(None, max_length=80)
    step: str | None = Field(None, max_length=5)
    summed: str | None = Field(None, max_length=80)
    chart: str | None = Field(None, max_length=7, description="none, columns or bars")


class ReportIn(ReportChange):
    """A new report."""

    name: str = Field(min_length=1, max_length=160)
    module: str = Field(max_length=20)


class ReportGroupOut(Schema):
    """One line of a report."""

    value: str
    word: str
    count: int
    sum: Decimal | None


class ReportAnswerOut(Schema):
    """What the report tells now, among what the caller may see."""

    count: int
    sum: Decimal | None
    groups: list[ReportGroupOut]
    cut: bool = Field(description="Whether there were more groups than these.")


class ReportFillIn(Wanted):
    """Which list; with `keep`, it is kept up to date from now on."""

    target_list_id: Key
    keep: bool = False


def found(request: Caller, report_id: int) -> Report:
    """A report that the caller may see. Raises Http404."""
    return get_object_or_404(Report.objects.visible_to(request.user), pk=report_id)


def show_report(row: Report) -> ReportOut:
    """A report as the API tells."""
    return ReportOut(**{name: getattr(row, name) for name in ReportOut.model_fields})


def _draft(wanted: ReportChange) -> ReportDraft:
    told = wanted.model_dump(exclude_unset=True)
    return ReportDraft(values={name: value for name, value in told.items() if value is not None})


@router.get("", response=Reports, summary="All reports")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    return paged(request, response, Report.objects.visible_to(request.user).order_by("-pk"), page, show_report)


@router.post("", response={201: ReportOut}, summary="Make a report")
def add(request: Caller, new: ReportIn) -> Status[ReportOut]:
    """Over any module."""
    return Status(201, show_report(reports.save(None, _draft(new), by=request.user, now=clock.now())))


@router.get("/{int:report_id}", response=ReportOut, summary="One report")
def read(request: Caller, report_id: int) -> ReportOut:
    """What it asks."""
    return show_report(found(request, report_id))


@router.patch("/{int:report_id}", response=ReportOut, summary="Change a report")
def change(request: Caller, report_id: int, wanted: ReportChange) -> ReportOut:
    """What it asks from now on."""
    return show_report(reports.save(found(request, report_id), _draft(wanted), by=request.user, now=clock.now()))


@router.delete("/{int:report_id}", response={204: None}, summary="Delete a report")
def delete(request: Caller, report_id: int) -> Status[None]:
    """The list that it filled stays."""
    reports.delete(found(request, report_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:report_id}/answer", response=ReportAnswerOut, summary="What it tells now")
def answer(request: Caller, report_id: int) -> ReportAnswerOut:
    """Counted among what the caller may see."""
    told = reports.answer(found(request, report_id), user=request.user, now=clock.now())
    groups = [ReportGroupOut(value=one.value, word=one.word, count=one.count, sum=one.sum) for one in told.groups]
    return ReportAnswerOut(count=told.count, sum=told.sum, groups=groups, cut=told.cut)


@router.post("/{int:report_id}/fill", response=FilledOut, summary="Fill a target list by it")
def fill(request: Caller, report_id: int, wanted: ReportFillIn) -> FilledOut:
    """Once, or from now on again and again."""
    target_list = found_list(request, wanted.target_list_id)
    report, now = found(request, report_id), clock.now()
    return show_filled(reports.fill(report, target_list, keep=wanted.keep, by=request.user, now=now))


@router.post("/{int:report_id}/release", response=ReportOut, summary="Keep its list up to date no more")
def release(request: Caller, report_id: int) -> ReportOut:
    """The list stays as it is."""
    reports.let_go(found(request, report_id), by=request.user)
    return show_report(found(request, report_id))
