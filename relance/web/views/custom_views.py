"""Custom views: keep a list under a name, rename it, share it, put it elsewhere, delete it; choose columns (REC-05)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.criteria import EVERYTHING
from relance.lib.refusal import Refused
from relance.records import columns, criteria, views
from relance.records.models import View
from relance.records.views import ViewDraft
from relance.web.criteria_page import KEPT
from relance.web.criteria_rules import columns_offered
from relance.web.numbers import number
from relance.web.places import place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.criteria import asking_of, lead


def found(request: HttpRequest, view_id: int) -> View:
    """The view, if this colleague may open it; 404 otherwise (X8)."""
    view = View.objects.visible_to(user_of(request)).filter(pk=view_id).select_related("owner").first()
    if view is None:
        raise Http404
    return view


@require_POST
def new(request: HttpRequest, module: str) -> HttpResponse:
    """Keep the list as it stands under a name."""
    asking = asking_of(request, module)
    try:
        view = views.add(module, _draft(request), by=asking.user, now=asking.now)
    except Refused as refused:
        return _back(request, module, refused)
    toast(request, _("The view “%(name)s” was saved.") % {"name": view.name})
    return redirect(f"{place_of(module).href}?view={view.pk}")


def _draft(request: HttpRequest) -> ViewDraft:
    """The address in the form as a view. Raises BadCriteria."""
    given = request.POST
    where = str(given.get("where", ""))
    paths = tuple(path for path in str(given.get("columns", "")).split(",") if path)
    return ViewDraft(
        name=str(given.get("name", "")), is_shared=bool(given.get("shared")), text=str(given.get("q", "")),
        tree=criteria.read_text(where) if where else EVERYTHING, columns=paths, sort=str(given.get("sort", "")),
    )  # fmt: skip


def _back(request: HttpRequest, module: str, refused: Refused) -> HttpResponse:
    """To the list as it stood, with the reason."""
    problem(request, str(refused))
    kept = {key: str(request.POST[key]) for key in (*KEPT, "where") if request.POST.get(key)}
    return redirect(f"{place_of(module).href}?{urlencode({**kept, 'criteria': '1'})}")


@require_POST
def update(request: HttpRequest, view_id: int) -> HttpResponse:
    """Let the view keep the list as it stands now."""
    view = found(request, view_id)
    try:
        draft = replace(_draft(request), name=view.name, is_shared=view.is_shared)
        views.change(view, draft, by=user_of(request), now=clock.now())
    except Refused as refused:
        return _back(request, view.module, refused)
    toast(request, _("The view “%(name)s” was updated.") % {"name": view.name})
    return redirect(f"{place_of(view.module).href}?view={view.pk}")


def page(request: HttpRequest, view_id: int) -> HttpResponse:
    """Its name, whether it is shared, its place among one's own."""
    view, user = found(request, view_id), user_of(request)
    if request.method == "POST":
        return _settle(request, view)
    mine = [one for one in views.of(view.module, user) if one.owner_id == user.pk]
    context = {
        "view": view, "place": place_of(view.module), "mine": mine, "may_change": views.may_change(view, user),
        "is_mine": view.owner_id == user.pk,
    }  # fmt: skip
    return render(request, "views/page.html", context)


def _settle(request: HttpRequest, view: View) -> HttpResponse:
    user = user_of(request)
    try:
        shared = bool(request.POST.get("shared"))
        views.change(
            view, views.renamed(view, str(request.POST.get("name", "")), is_shared=shared), by=user, now=clock.now()
        )
    except Refused as refused:
        problem(request, str(refused))
        return redirect("view", view.pk)
    toast(request, _("The view “%(name)s” was saved.") % {"name": view.name})
    return redirect(f"{place_of(view.module).href}?view={view.pk}")


@require_POST
def move(request: HttpRequest, view_id: int) -> HttpResponse:
    """One place up or down among one's own."""
    view, user = found(request, view_id), user_of(request)
    mine = [one.pk for one in views.of(view.module, user) if one.owner_id == user.pk]
    if view.pk in mine:
        here = mine.index(view.pk)
        there = here + (1 if request.POST.get("to") == "down" else -1)
        if 0 <= there < len(mine):
            mine[here], mine[there] = mine[there], mine[here]
            views.arrange(view.module, mine, by=user)
    return redirect("view", number(str(request.POST.get("back", ""))) or view.pk)


@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete it; the records stay."""
    view = found(request, view_id)
    views.remove(view, by=user_of(request))
    toast(request, _("The view “%(name)s” was deleted. Its records stay.") % {"name": view.name})
    return redirect(place_of(view.module).href)


def choose_columns(request: HttpRequest, module: str) -> HttpResponse:
    """Which columns the list shows, in which order; `do` moves, takes away or adds one."""
    asking = asking_of(request, module)
    given = request.POST if request.method == "POST" else request.GET
    told = given.getlist("column") or [path for path in str(given.get("columns", "")).split(",") if path]
    chosen = _changed([str(path) for path in told], str(given.get("do", "")), str(given.get("add", "")))
    shown, problems = columns.resolve(module, chosen, asking=asking)
    kept = {key: str(given[key]) for key in (*KEPT, "where") if given.get(key) and key != "columns"}
    if given.get("do") == "show":
        wanted = {**kept, "columns": ",".join(one.path for one in shown)}
        where = f"{place_of(module).href}?{urlencode({key: value for key, value in wanted.items() if value})}"
        return lead(request, where)
    context = {
        "place": place_of(module), "module": module, "shown": shown, "problems": problems, "kept": kept,
        "groups": columns_offered(module, asking=asking), "chosen": {one.path for one in shown},
    }  # fmt: skip
    return render(request, "views/columns.html", context)


def _changed(chosen: list[str], do: str, added: str) -> list[str]:
    act, _colon, path = do.partition(":")
    if act == "add" and added:
        return [*(one for one in chosen if one != added), added]
    if path not in chosen:
        return chosen
    here = chosen.index(path)
    rest = [one for one in chosen if one != path]
    if act == "drop":
        return rest
    there = {"up": max(here - 1, 0), "down": min(here + 1, len(rest))}.get(act, here)
    return [*rest[:there], path, *rest[there:]]
