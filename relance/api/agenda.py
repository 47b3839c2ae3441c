"""Tasks, calls, cases and notes: four resources made alike.

Annotations are read at once here, and not as texts: they name the schemas that each resource is made with.
"""

from typing import Any, cast

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from relance.agenda import actions
from relance.agenda.actions import Entry
from relance.agenda.models import Call, Case, Note, Task
from relance.api import agenda_told as told
from relance.api.filters import found_by, newest
from relance.api.key import Caller
from relance.api.paging import Listed, paged
from relance.api.tags import require_unchanged, tagged
from relance.lib import clock


class Tasks(Listed):
    """A page of tasks."""

    items: list[told.TaskOut]


class Calls(Listed):
    """A page of calls."""

    items: list[told.CallOut]


class Cases(Listed):
    """A page of cases."""

    items: list[told.CaseOut]


class Notes(Listed):
    """A page of notes."""

    items: list[told.NoteOut]


def found(request: Caller, kind: type[Entry], entry_id: int, *, hold: bool = False) -> Entry:
    """One that the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = kind.objects.visible_to(request.user).select_related("owner__team")
    return cast(Entry, get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=entry_id))


def reading(router: Router, kind: type[Entry], page: type[Listed], search: type[told.Search]) -> None:
    """The list, and one of it."""
    name = actions.MODULES[kind].value
    one = told.OF_KIND[kind][0]

    @router.get("", response=page, operation_id=f"list_{name}s", summary=f"Search {name}s")
    def index(request: Caller, response: HttpResponse, asked: Query[search]) -> dict[str, Any]:  # type: ignore[valid-type]
        """Newest first. With `updated_since`, those changed since that moment only."""
        rows = newest(found_by(name, asked, user=request.user, given=request.GET))
        near = paged(request, response, rows.select_related("owner"), asked, lambda row: row)
        return {**near, "items": told.show_many(near["items"], request.user)}

    @router.get("/{int:entry_id}", response=one, operation_id=f"read_{name}", summary=f"One {name}")
    def read(request: Caller, response: HttpResponse, entry_id: int) -> told.AboutOut:
        """What it is about is told by ids; a record that the caller may not see is null."""
        return tagged(response, told.show_many([found(request, kind, entry_id)], request.user)[0])


def writing(router: Router, kind: type[Entry], new: type[told.AboutChange], change: type[told.AboutChange]) -> None:
    """Add, change, delete."""
    name = actions.MODULES[kind].value
    one = told.OF_KIND[kind][0]

    @router.post("", response={201: one}, operation_id=f"add_{name}", summary=f"Add a {name}")
    def add(request: Caller, wanted: new) -> Status[told.AboutOut]:  # type: ignore[valid-type]
        """It is the caller's, unless `owner` names somebody else."""
        row = actions.add(kind, told.values(wanted, name, request.user), by=request.user, now=clock.now())
        return Status(201, told.show_many([row], request.user)[0])

    @router.patch("/{int:entry_id}", response=one, operation_id=f"change_{name}", summary=f"Change a {name}")
    def edit(request: Caller, response: HttpResponse, entry_id: int, wanted: change) -> told.AboutOut:  # type: ignore[valid-type]
        """What is left out stays as it is."""
        with transaction.atomic():
            row = found(request, kind, entry_id, hold=True)
            require_unchanged(request, told.show_many([row], request.user)[0])
            row = actions.edit(row, told.values(wanted, name, request.user), by=request.user, now=clock.now())
        return tagged(response, told.show_many([row], request.user)[0])

    @router.delete("/{int:entry_id}", response={204: None}, operation_id=f"delete_{name}", summary=f"Delete a {name}")
    def delete(request: Caller, entry_id: int) -> Status[None]:
        """What it is about stays."""
        actions.delete(found(request, kind, entry_id), by=request.user, now=clock.now())
        return Status(204, None)


def finishing(router: Router, kind: type[Entry]) -> None:
    """It is done, or not after all."""
    name = actions.MODULES[kind].value
    one = told.OF_KIND[kind][0]

    @router.post("/{int:entry_id}/done", response=one, operation_id=f"finish_{name}", summary=f"Finish a {name}")
    def finish(request: Caller, entry_id: int) -> told.AboutOut:
        """Done twice, it was done the first time."""
        row = actions.finish(found(request, kind, entry_id), by=request.user, now=clock.now())
        return told.show_many([row], request.user)[0]

    @router.delete("/{int:entry_id}/done", response=one, operation_id=f"reopen_{name}", summary=f"Reopen a {name}")
    def reopen(request: Caller, entry_id: int) -> told.AboutOut:
        """It is still to be done."""
        row = actions.reopen(found(request, kind, entry_id), by=request.user, now=clock.now())
        return told.show_many([row], request.user)[0]


tasks, calls, cases, notes = (Router(tags=[tag]) for tag in ("Tasks", "Calls", "Cases", "Notes"))
reading(tasks, Task, Tasks, told.DueSearch)
writing(tasks, Task, told.TaskIn, told.TaskChange)
finishing(tasks, Task)
reading(calls, Call, Calls, told.DueSearch)
writing(calls, Call, told.CallIn, told.CallChange)
finishing(calls, Call)
reading(cases, Case, Cases, told.CaseSearch)
writing(cases, Case, told.CaseIn, told.CaseChange)
finishing(cases, Case)
reading(notes, Note, Notes, told.Search)
writing(notes, Note, told.NoteIn, told.NoteChange)
