"""Any module's list, page, preview and forms, from what it declares (REC-01, REC-05); it needs no page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.writing import drafts
from relance.records import lists, registry, sorting
from relance.records.fields import Field, Kind
from relance.records.models import Record
from relance.records.registry import Listed, UnknownModule, Verbs
from relance.records.values import BadValue
from relance.team import policy
from relance.team.models import User
from relance.web import record_cells, record_lists
from relance.web.agenda_panel import agenda_of
from relance.web.forms.controls import FieldsForm
from relance.web.forms.records import form_of
from relance.web.history import panel
from relance.web.places import Place, place_of
from relance.web.signed_in import user_of
from relance.web.toast import toast

SUGGESTED = 12
LONGEST_COLUMN = frozenset({Kind.LONG_TEXT})


@dataclass(frozen=True, kw_only=True)
class Room:
    """The module that a request is about, for this colleague."""

    module: str
    listed: Listed
    place: Place
    user: User

    @property
    def verbs(self) -> Verbs:
        """How its records are written. Raises Http404 where nobody writes them here."""
        if self.listed.verbs is None:
            raise Http404
        return self.listed.verbs

    def may(self, act: policy.Act, record: Model) -> bool:
        """Whether she may do this to a record."""
        return policy.allows(self.user, self.module, act, record)


def room(request: HttpRequest, module: str) -> Room:
    """The module of an address. Raises Http404."""
    try:
        return Room(module=module, listed=registry.module(module), place=place_of(module), user=user_of(request))
    except UnknownModule:
        raise Http404 from None


def found(here: Room, record_id: int) -> Model:
    """The record, if she may see it; 404 otherwise (X8)."""
    return cast(Model, get_object_or_404(here.listed.visible(here.user), pk=record_id))


def index(request: HttpRequest, module: str) -> HttpResponse:
    """The list."""
    here = room(request, module)
    shown = record_lists.read(request, module, user=here.user, now=clock.now())
    columns, sortable = columns_of(here), sorting.columns_of(here.listed)
    cells = record_cells.lines(shown.page.rows, columns, user=here.user)
    context = {
        **record_lists.context(shown, user=here.user, criteria="criteria" in request.GET),
        "columns": [(field, key if (key := sort_key(field)) in sortable else "") for field in columns],
        "lines": list(zip(shown.page.rows, cells, strict=True)),
    }
    return render(request, "records/list.html", context)


def columns_of(here: Room) -> list[Field]:
    """What a list shows at first: its name, then the fields marked for it."""
    fields = registry.fields(here.module)
    shown = [field for field in fields if field.listed and field.kind not in LONGEST_COLUMN]
    return sorted(shown, key=lambda field: (field.key != "name", field.key in ("owner", "created_at")))


def sort_key(field: Field) -> str:
    """The name under which a list is sorted by a field, if it can be."""
    return {"created_at": "created", "updated_at": "updated"}.get(field.key, field.key)


def page(request: HttpRequest, module: str, record_id: int) -> HttpResponse:
    """One record; `?drawer=1` gives the preview beside the list."""
    here = room(request, module)
    record = found(here, record_id)
    fields = [field for field in registry.fields(module) if field.key not in ("name", "email")]
    base, brief = here.place.record(record.pk), "drawer" in request.GET
    context = {
        "place": here.place,
        "record": record,
        "base": base,
        "agenda": agenda_of(record, user=here.user, next=base) if isinstance(record, Record) and not brief else None,
        "history": panel(module, record.pk, user=here.user, query=request.GET, page_href=base, brief=brief),
        "cells": record_cells.of_record(record, fields, user=here.user),
        "email": getattr(record, "email", ""),
        "may_write": drafts.may_write(here.user),
        "may_edit": here.may("edit", record),
        "may_delete": here.may("delete", record),
    }
    return render(request, "records/drawer.html" if brief else "records/page.html", context)


def new(request: HttpRequest, module: str) -> HttpResponse:
    """Add a record."""
    here = room(request, module)
    if policy.level(here.user, module, "edit") == policy.NONE:
        raise PermissionDenied(_("Your role does not let you add records here. An administrator can change it."))
    form = form_of(module, request.POST or None, user=here.user)
    if request.method == "POST" and form.is_valid() and (record := _written(here, form, None)):
        toast(request, _("%(name)s was added.") % {"name": record})
        return redirect(here.place.record(record.pk))
    return _form(request, here, form)


def edit(request: HttpRequest, module: str, record_id: int) -> HttpResponse:
    """Change what a record holds."""
    here = room(request, module)
    record = found(here, record_id)
    if not here.may("edit", record):
        raise PermissionDenied(_("Your role does not let you change this record. Its owner or an administrator can."))
    form = form_of(module, request.POST or None, user=here.user, record=record)
    if request.method == "POST" and form.is_valid() and (saved := _written(here, form, record)):
        toast(request, _("%(name)s was saved.") % {"name": saved})
        return redirect(here.place.record(saved.pk))
    return _form(request, here, form, record=record)


def _written(here: Room, form: FieldsForm, record: Model | None) -> Model | None:
    """The record as it was saved; None, and a sentence in the form, for what the verb does not take."""
    try:
        if record is None:
            return here.verbs.add(form.told, by=here.user, now=clock.now())
        return here.verbs.edit(record, form.told, by=here.user, now=clock.now())
    except BadValue as bad:
        form.refuse(bad)
    except Refused as refused:
        form.add_error(None, str(refused))
    return None


def _form(request: HttpRequest, here: Room, form: FieldsForm, *, record: Model | None = None) -> HttpResponse:
    base = here.place.record(record.pk) if record else ""
    context = {"place": here.place, "form": form, "record": record, "base": base, "controls": form.bound()}
    return render(request, "records/form.html", context, status=422 if form.errors else 200)


@require_POST
def delete(request: HttpRequest, module: str, record_id: int) -> HttpResponse:
    """Delete a record; the audit keeps what it held."""
    here = room(request, module)
    record = found(here, record_id)
    if not here.may("delete", record):
        raise PermissionDenied(_("Your role does not let you delete this record. Its owner or an administrator can."))
    name = str(record)
    here.verbs.delete(record, by=here.user, now=clock.now())
    toast(request, _("%(name)s was deleted.") % {"name": name})
    return redirect(here.place.href)


def options(request: HttpRequest, module: str) -> HttpResponse:
    """Names of records that hold what was typed, for a field that links to this module."""
    here = room(request, module)
    text = request.GET.get(request.GET.get("for", ""), "")[:200]
    asked = lists.Asked(module=module, text=text, sort=lists.BEST)
    rows = lists.first(asked, user=here.user, limit=SUGGESTED) if text.strip() else []
    told = [(row[here.listed.name], _detail(here.listed, row)) for row in rows]
    return render(request, "records/options.html", {"options": told})


def _detail(listed: Listed, row: lists.Row) -> str:
    return ", ".join(str(row[field]) for field in listed.detail if row.get(field))
