"""Acts on the rows chosen in any list: change a field, hand over, tag, delete; how far it is, stop, undo (REC-05)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import bulk, lists, selection, values
from relance.records.fields import Values
from relance.records.models import Bulk
from relance.records.registry import Rows, UnknownModule
from relance.records.selection import Kind, Selection
from relance.records.values import BadValue
from relance.team import policy
from relance.team.models import User
from relance.web.bulk_words import done_words, why_words
from relance.web.forms.bulk import OneFieldForm, TagsForm, changeable
from relance.web.places import counted, place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

RIGHTS: dict[Bulk.Act, policy.Act] = {Bulk.Act.EDIT: "edit", Bulk.Act.TAG: "edit", Bulk.Act.DELETE: "delete"}


@require_POST
def edit(request: HttpRequest, module: str, field: str = "") -> HttpResponse:
    """Choose a field and what it shall hold, then change it on every row."""
    user, chosen = user_of(request), _read(request, module)
    offered = changeable(module)
    known = {one.key: one for one in offered}
    picked = known.get(field or request.POST.get("field", ""))
    form = OneFieldForm(request.POST if "sure" in request.POST else None, field=picked, user=user) if picked else None
    if picked and form and form.is_valid():
        try:
            values.complete(picked, form.value)
        except BadValue as bad:
            form.refuse(bad)
        else:
            return _begin(request, chosen, Bulk.Act.EDIT, {picked.key: form.value})
    context = {"fields_offered": offered, "picked": picked, "form": form, "fixed": bool(field)}
    return _ask(request, chosen, Bulk.Act.EDIT, "bulk/edit.html", context)


@require_POST
def tags(request: HttpRequest, module: str) -> HttpResponse:
    """Add tags to every row, and take others away."""
    chosen = _read(request, module)
    form = TagsForm(request.POST if "sure" in request.POST else None)
    if form.is_valid():
        return _begin(request, chosen, Bulk.Act.TAG, form.told())
    return _ask(request, chosen, Bulk.Act.TAG, "bulk/tags.html", {"form": form})


@require_POST
def delete(request: HttpRequest, module: str) -> HttpResponse:
    """Say how many would go, then delete them."""
    chosen = _read(request, module)
    if "sure" in request.POST:
        return _begin(request, chosen, Bulk.Act.DELETE, {})
    return _ask(request, chosen, Bulk.Act.DELETE, "bulk/delete.html", {})


def page(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """How far an act is; with `part=1` the part that is fetched again."""
    row = get_object_or_404(Bulk.objects.filter(by=user_of(request)), pk=bulk_id)
    context = {
        "row": row, "place": place_of(row.module), "done": row.changed + row.left, "why": list(why_words(row)),
        "told": done_words(row), "live_topics": [f"bulk:{row.pk}"],
        "may_undo": row.act != Bulk.Act.DELETE and row.state in (Bulk.State.DONE, Bulk.State.STOPPED) and row.changed,
        "goes_on": row.state in (Bulk.State.WAITING, Bulk.State.RUNNING, Bulk.State.UNDOING),
    }  # fmt: skip
    return render(request, "bulk/state.html" if "part" in request.GET else "bulk/page.html", context)


@require_POST
def stop(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """Leave the rest as it is."""
    row = get_object_or_404(Bulk.objects.filter(by=user_of(request)), pk=bulk_id)
    try:
        bulk.stop(row, by=user_of(request), now=clock.now())
    except Refused as refused:
        problem(request, str(refused))
    return redirect("bulk", bulk_id)


@require_POST
def undo(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """Give every row back what it had."""
    row = get_object_or_404(Bulk.objects.filter(by=user_of(request)), pk=bulk_id)
    try:
        bulk.undo(row, by=user_of(request))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("bulk", bulk_id)


def _read(request: HttpRequest, module: str) -> Selection:
    """What the form around the list says. Raises Http404 for a module that is not there."""
    try:
        return Selection.posted(module, request.POST)
    except UnknownModule:
        raise Http404 from None


def _begin(request: HttpRequest, chosen: Selection, act: Bulk.Act, told: Values) -> HttpResponse:
    user = user_of(request)
    row = bulk.begin(chosen, act, told, by=user, now=clock.now())
    if row.state != Bulk.State.DONE:
        return redirect("bulk", row.pk)
    again = "" if act == Bulk.Act.DELETE or not row.changed else f"/bulk/{row.pk}/undo"
    toast(request, done_words(row), undo=again)
    if row.left:
        problem(request, " ".join(f"{words} ({number})" for words, number in why_words(row)))
    return redirect(_list(request, chosen))


def _ask(
    request: HttpRequest, chosen: Selection, act: Bulk.Act, template: str, more: Mapping[str, object]
) -> HttpResponse:
    """The question, with the number it touches and how many are left out for want of the right."""
    user = user_of(request)
    if chosen.is_nothing:
        problem(request, _("Nothing is selected. Tick the rows first."))
        return redirect(place_of(chosen.module).href)
    policy.require(policy.level(user, chosen.module, RIGHTS[act]) > policy.NONE)
    number, total = _numbers(chosen, act, user)
    form = more.get("form")
    context = {
        "place": place_of(chosen.module), "number": number, "left": total - number,
        "told": counted(chosen.module, number), "hidden": _hidden(request, chosen), **more,
        "act": act, "back": _list(request, chosen), "criteria": selection.words(chosen, user=user, now=clock.now()),
    }  # fmt: skip
    return render(request, template, context, status=422 if form is not None and getattr(form, "errors", None) else 200)


def _numbers(chosen: Selection, act: Bulk.Act, user: User) -> tuple[int, int]:
    rows: Rows = selection.rows(chosen, user=user, now=clock.now())
    mine = rows.filter(policy.scope(user, chosen.module, RIGHTS[act]))
    return mine.count(), rows.count()


def _hidden(request: HttpRequest, chosen: Selection) -> list[tuple[str, str]]:
    """The selection as hidden fields, and beside ticked rows how their list was narrowed."""
    if chosen.kind is Kind.ROWS:
        return [("ids", ",".join(map(str, chosen.ids))), *_narrowed(request, chosen.module).items()]
    return [("selection", chosen.kind.value), *chosen.params.items()]


def _narrowed(request: HttpRequest, module: str) -> dict[str, str]:
    return dict(lists.read(module, {key: str(value) for key, value in request.POST.items()}).params())


def _list(request: HttpRequest, chosen: Selection) -> str:
    """The list as it was narrowed."""
    params = _narrowed(request, chosen.module)
    return place_of(chosen.module).href + (f"?{urlencode(params)}" if params else "")
