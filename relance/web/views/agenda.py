"""Tasks, calls, cases and notes: lists, pages, forms, and the one click that finishes them (REC-09)."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.agenda import actions
from relance.agenda.links import LINKS, Named, link_of, named
from relance.agenda.models import Call, Case, Note, Task
from relance.lib import clock
from relance.records import registry, search
from relance.team import policy
from relance.web import record_cells, record_lists
from relance.web.agenda_panel import agenda_of
from relance.web.agenda_rows import MODELS, items, items_of
from relance.web.forms.agenda import CODE, FORMS, AgendaForm, coded, initial_of, initial_of_new
from relance.web.history import panel
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.way_back import way_back

Row = Task | Call | Case | Note
SUGGESTED = 6
LINKABLE = ("lead", "contact", "account", "deal", "case")


def index(request: HttpRequest, module: str) -> HttpResponse:
    """The list."""
    user, now = user_of(request), clock.now()
    shown = record_lists.read(request, module, user=user, now=now)
    context = record_lists.context(shown, user=user, criteria="criteria" in request.GET)
    return render(request, "agenda/list.html", {**context, "rows": items(module, shown.page.rows, user=user, now=now)})


def found(request: HttpRequest, module: str, entry_id: int) -> Row:
    """The row, if this colleague may see it; 404 otherwise (X8)."""
    rows = MODELS[module].objects.visible_to(user_of(request))
    return cast(Row, get_object_or_404(rows.select_related("owner"), pk=entry_id))


def editable(request: HttpRequest, module: str, entry_id: int) -> Row:
    """The row, if this colleague may also change it."""
    row = found(request, module, entry_id)
    if not policy.allows(user_of(request), module, "edit", row):
        raise PermissionDenied(_("Your role does not let you change this. Its owner or an administrator can."))
    return row


def page(request: HttpRequest, module: str, entry_id: int) -> HttpResponse:
    """One of them; `?drawer=1` gives the preview beside the list."""
    row, user = found(request, module, entry_id), user_of(request)
    base = PLACES[module].record(row.pk)
    drawer = "drawer" in request.GET
    context = {
        "place": PLACES[module],
        "row": row,
        "item": items_of(module, MODELS[module].objects.filter(pk=row.pk), user=user, now=clock.now())[0],
        "base": base,
        "cells": record_cells.of_record(row, [one for one in registry.fields(module) if one.custom], user=user),
        "history": panel(module, row.pk, user=user, query=request.GET, page_href=base, brief=drawer),
        "agenda": agenda_of(row, user=user, next=base) if isinstance(row, Case) and not drawer else None,
        "may_edit": policy.allows(user, module, "edit", row),
        "may_delete": policy.allows(user, module, "delete", row),
    }
    return render(request, "agenda/drawer.html" if drawer else "agenda/page.html", context)


def new(request: HttpRequest, module: str) -> HttpResponse:
    """Add one, about the record that the address names if it names one."""
    user, now = user_of(request), clock.now()
    if policy.level(user, module, "edit") == policy.NONE:
        raise PermissionDenied(_("Your role does not let you add this. An administrator can change it."))
    made = request.GET.get("made") == "1"
    initial = initial_of_new(module, user=user, now=now, about=_about(request), made=made)
    if module == "task" and request.GET.get("day"):
        initial["day"] = request.GET["day"][:10]
    form = FORMS[module](request.POST or None, user=user, now=now, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, module, form)
    row = actions.add(MODELS[module], form.values(), by=user, now=now)
    toast(request, _("“%(subject)s” was added.") % {"subject": row})
    return redirect(way_back(request, "next", reverse(module, args=[row.pk])))


def _about(request: HttpRequest) -> Named | None:
    """`?about=contact-7`."""
    code = CODE.search("#" + request.GET.get("about", ""))
    record = LINKS[link_of(code[1])](user_of(request)).filter(pk=int(code[2])).first() if code else None
    return named(record) if record is not None else None


def edit(request: HttpRequest, module: str, entry_id: int) -> HttpResponse:
    """Change it."""
    row, user, now = editable(request, module, entry_id), user_of(request), clock.now()
    item = items_of(module, MODELS[module].objects.filter(pk=row.pk), user=user, now=now)[0]
    initial = {**initial_of(row, user=user), "about": coded(item.about[0]) if item.about else ""}
    form = FORMS[module](request.POST or None, user=user, now=now, row=row, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, module, form, row=row)
    actions.edit(row, form.values(), by=user, now=now)
    toast(request, _("“%(subject)s” was saved.") % {"subject": row})
    return redirect(module, row.pk)


def _form(request: HttpRequest, module: str, form: AgendaForm, *, row: Row | None = None) -> HttpResponse:
    place = PLACES[module]
    back = way_back(request, "next", place.record(row.pk) if row else place.href)
    context = {"place": place, "form": form, "row": row, "base": back, "next": request.POST.get("next", "")}
    return render(request, "agenda/form.html", context, status=422 if form.errors else 200)


@require_POST
def delete(request: HttpRequest, module: str, entry_id: int) -> HttpResponse:
    """Delete it."""
    row = found(request, module, entry_id)
    actions.delete(row, by=user_of(request), now=clock.now())
    toast(request, _("“%(subject)s” was deleted.") % {"subject": row})
    return redirect(PLACES[module].many)


@require_POST
def done(request: HttpRequest, module: str, entry_id: int) -> HttpResponse:
    """One click: it is done, and can be taken back."""
    row = found(request, module, entry_id)
    before = getattr(row, "status", "")
    actions.finish(row, by=user_of(request), now=clock.now())
    undo = f"{reverse(f'{module}-reopen', args=[row.pk])}?status={before}"
    toast(request, _("“%(subject)s” is done.") % {"subject": row}, undo=undo)
    return _after(request, module, row)


@require_POST
def reopen(request: HttpRequest, module: str, entry_id: int) -> HttpResponse:
    """It is to be done after all."""
    row = found(request, module, entry_id)
    actions.reopen(row, by=user_of(request), now=clock.now(), status=request.GET.get("status", ""))
    toast(request, _("“%(subject)s” is to be done again.") % {"subject": row})
    return _after(request, module, row)


def _after(request: HttpRequest, module: str, row: Row) -> HttpResponse:
    """The line as it is now, or the page from which the form was sent."""
    if not request.headers.get("HX-Request"):
        came_from = urlsplit(request.headers.get("Referer", ""))
        same = came_from.netloc == request.get_host() and came_from.path
        return redirect(f"{came_from.path}?{came_from.query}" if same else PLACES[module].href)
    user = user_of(request)
    item = items_of(module, MODELS[module].objects.filter(pk=row.pk), user=user, now=clock.now())[0]
    shape = "agenda/row.html" if request.POST.get("shape") == "row" else "agenda/item.html"
    return render(request, "agenda/after.html", {"item": item, "shape": shape, "place": PLACES[module]})


def about_options(request: HttpRequest) -> HttpResponse:
    """Records that answer to what was typed, for the field of what something is about."""
    text = request.GET.get("about", "")[:200]
    hits = search.find(user_of(request), text, limit=SUGGESTED) if not CODE.search(text) else []
    options = [
        (coded(Named(module=one.module, id=one.id, name=one.name, icon=one.icon)), one.detail)
        for one in hits
        if link_of(one.module) != "record" or one.module not in MODELS
    ]
    return render(request, "agenda/about_options.html", {"options": options})
