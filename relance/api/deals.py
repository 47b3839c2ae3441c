"""Deals, their people and their moves from stage to stage."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import Field

from relance.api.deals_told import DealChange, DealIn, DealOut, MoveIn, MoveOut, Moves, show, show_move, values
from relance.api.filters import found_by, newest
from relance.api.key import Caller
from relance.api.paging import Listed, Page, PageQuery, paged
from relance.api.reading import Moment
from relance.api.tags import require_unchanged, tagged
from relance.deals import actions
from relance.deals.models import Deal, Stage
from relance.lib import clock
from relance.team.models import Module

router = Router(tags=["Deals"])


class Deals(Listed):
    """A page of deals."""

    items: list[DealOut]


class Search(Page):
    """Which deals: a search and the filters of the list."""

    q: str = Field("", max_length=200, description="Part of the name of the deal or of its account.")
    owner: str = Field("", description="The id of a colleague, `me` or `none`.")
    state: str = Field("", description="`open`, `won` or `lost`.")
    pipeline: str = ""
    stage: str = ""
    account: str = ""
    contact: str = ""
    created: str = Field("", description="30d, or a day: 2027-01-31.")
    updated_since: Moment | None = None


def found(request: Caller, deal_id: int, *, hold: bool = False) -> Deal:
    """A deal that the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = Deal.objects.visible_to(request.user).select_related("owner__team", "stage", "pipeline")
    if hold:
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows.prefetch_related("links"), pk=deal_id)


@router.get("", response=Deals, summary="Search deals")
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """Newest first. With `updated_since`, those changed since that moment only."""
    rows = newest(found_by(Module.DEAL, search, user=request.user, given=request.GET))
    return paged(request, response, rows.select_related("owner").prefetch_related("links"), search, show)


@router.post("", response={201: DealOut}, summary="Add a deal")
def add(request: Caller, new: DealIn) -> Status[DealOut]:
    """In the first stage of the first pipeline, unless `stage` or `pipeline` says otherwise. The caller owns it."""
    deal = actions.add(values(new), by=request.user, now=clock.now())
    return Status(201, show(found(request, deal.pk)))


@router.get("/{int:deal_id}", response=DealOut, summary="One deal")
def read(request: Caller, response: HttpResponse, deal_id: int) -> DealOut:
    """Its account and its people are told by their ids."""
    return tagged(response, show(found(request, deal_id)))


@router.patch("/{int:deal_id}", response=DealOut, summary="Change a deal")
def change(request: Caller, response: HttpResponse, deal_id: int, wanted: DealChange) -> DealOut:
    """What is left out stays as it is. Another `stage` is a move."""
    with transaction.atomic():
        deal = found(request, deal_id, hold=True)
        require_unchanged(request, show(deal))
        actions.edit(deal, values(wanted), by=request.user, now=clock.now())
    return tagged(response, show(found(request, deal_id)))


@router.delete("/{int:deal_id}", response={204: None}, summary="Delete a deal")
def delete(request: Caller, deal_id: int) -> Status[None]:
    """Its people and their mail stay."""
    actions.delete(found(request, deal_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:deal_id}/moves", response=Moves, summary="The way of a deal")
def list_moves(request: Caller, response: HttpResponse, deal_id: int, page: PageQuery) -> dict[str, Any]:
    """Each stage it came into, when, by whom and what it was worth then; newest first."""
    rows = found(request, deal_id).moves.select_related("by").order_by("-pk")
    return paged(request, response, rows, page, show_move)


@router.post("/{int:deal_id}/moves", response={201: MoveOut}, summary="Move a deal")
def move(request: Caller, deal_id: int, wanted: MoveIn) -> Status[MoveOut]:
    """To another stage; the stages Won and Lost close it. With `seen`, only if it still stands in that stage."""
    target = get_object_or_404(Stage.objects.select_related("pipeline"), pk=wanted.stage)
    asked = actions.Move(target=target, above=wanted.above, seen=wanted.seen, because=wanted.because)
    moved = actions.move(found(request, deal_id), asked, by=request.user, now=clock.now())
    return Status(201, show_move(moved.moves.select_related("by").latest("at", "id")))
