"""The builder of criteria: its changes, its count with a few names, its way to the results (REC-05)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from relance.lib import clock
from relance.lib.criteria import Match
from relance.records import lists, registry, views
from relance.records.registry import Asking, UnknownModule
from relance.team import policy
from relance.web import criteria_draft, criteria_page
from relance.web.criteria_draft import Part
from relance.web.criteria_page import KEPT, Built
from relance.web.places import counted
from relance.web.signed_in import user_of

FEW = 5


def asking_of(request: HttpRequest, module: str) -> Asking:
    """Who asks of this module. Raises Http404 for one that is not there, or not for this colleague."""
    user = user_of(request)
    try:
        registry.module(module)
    except UnknownModule as unknown:
        raise Http404 from unknown
    if policy.level(user, module, "read") == policy.NONE:
        raise Http404
    return Asking(user=user, now=clock.now())


def edit(request: HttpRequest, module: str) -> HttpResponse:
    """One change of the builder; `show` leads to the results once all of it can be asked for."""
    asking = asking_of(request, module)
    given = request.POST if request.method == "POST" else request.GET
    act, _colon, place = str(given.get("do", "")).partition(":")
    draft = changed(criteria_draft.read(given), act, place)
    built = _built(request, module, draft, asking)
    sound = criteria_page.is_sound(built.root) and not built.problems
    if act == "show" and sound:
        return lead(request, criteria_page.results(built))
    template = "criteria/builder.html" if request.headers.get("HX-Request") else "criteria/page.html"
    return render(request, template, {"built": built}, status=422 if act == "show" else 200)


def changed(draft: Part, act: str, place: str) -> Part:
    """The draft after a button was pressed."""
    if not criteria_draft.PLACE.fullmatch(f"m.{place}"):
        return draft
    match act:
        case "add":
            return criteria_draft.added(draft, place, Part())
        case "group":
            return criteria_draft.added(draft, place, Part(match=Match.ANY, parts=(Part(),)))
        case "drop":
            return criteria_draft.dropped(draft, place)
        case _:
            return draft


def _built(request: HttpRequest, module: str, draft: Part, asking: Asking) -> Built:
    given = request.POST if request.method == "POST" else request.GET
    kept = {key: str(given[key]) for key in KEPT if given.get(key)}
    view = views.find(module, kept.get("view", ""), user=asking.user)
    return criteria_page.build(module, draft, asking=asking, kept=kept, view=view)


def lead(request: HttpRequest, where: str) -> HttpResponse:
    """To another page, also out of an htmx answer."""
    return HttpResponse(headers={"HX-Redirect": where}) if request.headers.get("HX-Request") else redirect(where)


@require_safe
def sample(request: HttpRequest, module: str) -> HttpResponse:
    """How many meet the criteria, and a few of them by name."""
    asking = asking_of(request, module)
    asked = lists.read(module, {key: str(request.GET.get(key, "")) for key in ("q", "where")})
    page = lists.page(asked, user=asking.user, now=asking.now, size=FEW)
    found = lists.count(asked, user=asking.user, now=asking.now, seen=page, exact=True)
    name = registry.module(module).name
    context = {
        "count_words": counted(module, found.number, about=found.about),
        "names": [row[name] or row.get("primary_email", "") for row in page.rows],
        "more": bool(page.after),
    }
    return render(request, "criteria/sample.html", context)
