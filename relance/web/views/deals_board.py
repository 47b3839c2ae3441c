"""The board of deals, and the moves on it: by mouse, by the menu of a card, or by a page of its own (REC-04)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from relance.deals import actions, pipelines
from relance.deals.actions import Move
from relance.deals.models import Deal, Stage
from relance.lib import clock
from relance.team import policy
from relance.team.models import Module
from relance.web import deal_board, deal_page
from relance.web.deal_board import Looking
from relance.web.forms.people import colleagues
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.views.deals import board_of, editable, number_of
from relance.web.way_back import way_back


def board(request: HttpRequest) -> HttpResponse:
    """The board of one pipeline."""
    look = _looking(request, request.GET.dict())
    return render(request, "deals/board.html", _board(look))


def _looking(request: HttpRequest, params: dict[str, Any]) -> Looking:
    return deal_board.looking(params, user=user_of(request), now=clock.now())


def _board(look: Looking, sizes: dict[int, int] | None = None) -> dict[str, object]:
    found = deal_board.read(look, sizes)
    everything = Deal.objects.visible_to(look.user).exists() if not found.count else True
    return {
        "place": PLACES[Module.DEAL],
        "look": look,
        "board": found,
        "columns": deal_board.drawn(look, found),
        "pipelines": pipelines.pipelines(),
        "stages": {stage.kind: stage for stage in pipelines.stages(look.pipeline) if not stage.is_open},
        "worth": deal_board.told(found.worth),
        "weighted": deal_board.weighted(found.worth),
        "won": (sum(one.count for one in found.won), deal_board.told(found.won)),
        "lost": (sum(one.count for one in found.lost), deal_board.told(found.lost)),
        "owner": look.asked.filters.get("owner", ""),
        "colleagues": colleagues(),
        "kept": {**look.asked.params(), "pipeline": look.pipeline.pk},
        "any": everything,
        "may_edit": policy.level(look.user, Module.DEAL, "edit") > policy.NONE,
    }


def column(request: HttpRequest, stage_id: int) -> HttpResponse:
    """The next cards of a column."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=stage_id)
    look = _looking(request, {**request.GET.dict(), "pipeline": str(stage.pipeline_id)})
    cards, following = deal_board.more(look, stage, request.GET.get("after", ""))
    context = {"cards": cards, "after": following, "stage": stage, "kept": look.asked.params(), "look": look}
    return render(request, "deals/cards.html", context)


def move(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Where the deal may go: a page of its own, the lines of its menu (`?menu=1`), or a dialog (`?dialog=1`)."""
    deal = editable(request, deal_id)
    template = next((f"deals/move_{shape}.html" for shape in ("menu", "dialog") if shape in request.GET), "")
    wanted = request.GET.get("stage", "")
    open_now = [stage for stage in pipelines.stages(deal.pipeline) if stage.pk != deal.stage_id]
    context = {
        "deal": deal,
        "place": PLACES[Module.DEAL],
        "base": reverse("deal", args=[deal.pk]),
        "targets": open_now,
        "lost": next((stage for stage in open_now if stage.kind == Stage.Kind.LOST), None),
        "only_lost": any(str(stage.pk) == wanted and stage.kind == Stage.Kind.LOST for stage in open_now),
        "on_board": "board" in request.GET,
        "next": request.GET.get("next", "") or board_of(deal),
    }
    return render(request, template or "deals/move.html", context)


@require_POST
def moves(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Move the deal; on the board, the answer is what has changed there. `stage` may stand in the address (Undo)."""
    deal, user = editable(request, deal_id), user_of(request)
    told = {**request.GET.dict(), **request.POST.dict()}
    target = get_object_or_404(Stage.objects.select_related("pipeline"), pk=number_of(told.get("stage", "")) or 0)
    back = f"{reverse('deal-moves', args=[deal.pk])}?stage={deal.stage_id}"
    source = deal.stage
    wanted = Move(
        target=target,
        above=number_of(told.get("above", "")),
        seen=number_of(told.get("seen", "")),
        because=str(told.get("because", "")),
    )
    moved = actions.move(deal, wanted, by=user, now=clock.now())
    if target != source:
        toast(request, deal_page.landed(moved), undo=back)
    if "board" not in told or not request.headers.get("HX-Request"):
        return redirect(way_back(request, "next", board_of(moved)))
    look = _looking(request, _asked_before(told, moved))
    context = _board(look, deal_board.sizes_of(str(told.get("shown", ""))))
    touched = {source.pk, target.pk}
    context["columns"] = [one for one in deal_board.drawn(look, deal_board.read(look)) if one.stage.pk in touched]
    return render(request, "deals/moved.html", context)


def _asked_before(told: dict[str, Any], deal: Deal) -> dict[str, Any]:
    """The criteria of the board from which the move came, which its form repeats."""
    kept = {key.removeprefix("board-"): value for key, value in told.items() if key.startswith("board-")}
    return {"pipeline": str(deal.pipeline_id), **kept}
