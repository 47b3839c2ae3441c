"""Acts on many records at once, each a job with its progress, undone as one (REC-05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import bulk, registry, values
from relance.records.fields import Values
from relance.records.models import Bulk
from relance.records.registry import UnknownField, UnknownModule
from relance.records.selection import Selection

router = Router(tags=["Acts on many"])


class NotKnown(Refused):
    """No module, or no field of it, has this name."""


class BulkIn(Wanted):
    """`ids`, or `filter` as in the address of a list, or neither for everybody that one sees.

    `values` for an edit, by the keys of fields; `add` and `remove` for tags.
    """

    module: str = Field(max_length=20)
    act: Literal["edit", "tag", "delete"]
    ids: list[int] | None = Field(None, max_length=10_000)
    filter: dict[str, str] | None = None
    values: dict[str, Any] = Field(default_factory=dict)  # Any: read by the type of each field
    add: list[str] = Field(default_factory=list, max_length=20)
    remove: list[str] = Field(default_factory=list, max_length=20)


class BulkOut(Schema):
    """One act. `left`: rows that were refused; `why`: the reasons with their number."""

    id: int
    module: str
    act: str
    state: str = Field(description="waiting, running, done, stopped, undoing, undone")
    total: int
    changed: int
    left: int
    why: dict[str, int]
    created_at: datetime
    finished_at: datetime | None


class Acts(Listed):
    """A page of acts."""

    items: list[BulkOut]


def show(row: Bulk) -> BulkOut:
    """An act as the API tells."""
    return BulkOut(
        id=row.pk, module=row.module, act=row.act, state=row.state, total=row.total, changed=row.changed,
        left=row.left, why=row.why, created_at=row.created_at, finished_at=row.finished_at,
    )  # fmt: skip


def _selection(wanted: BulkIn) -> Selection:
    kind = "rows" if wanted.ids is not None else "filter" if wanted.filter else "all"
    return Selection.of(wanted.module, kind, {"ids": wanted.ids or [], "params": wanted.filter or {}})


def _values(wanted: BulkIn) -> Values:
    if wanted.act == "tag":
        return {"add": bulk.tags(wanted.add), "remove": bulk.tags(wanted.remove)}
    return {
        key: values.read_json(registry.field(wanted.module, key), told)
        for key, told in (wanted.values if wanted.act == "edit" else {}).items()
    }


def _found(request: Caller, bulk_id: int) -> Bulk:
    return get_object_or_404(Bulk.objects.filter(by=request.user), pk=bulk_id)


@router.get("", response=Acts, operation_id="list_bulk_acts", summary="One's own acts")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    return paged(request, response, Bulk.objects.filter(by=request.user).order_by("-id"), page, show)


@router.post("", response={202: BulkOut}, operation_id="begin_bulk_act", summary="Change many records")
def begin(request: Caller, wanted: BulkIn) -> Status[BulkOut]:
    """The act goes on in the background; each record is changed under one's own rights. Ask `GET` how far it is."""
    try:
        row = bulk.start(_selection(wanted), Bulk.Act(wanted.act), _values(wanted), by=request.user, now=clock.now())
    except (UnknownModule, UnknownField) as unknown:
        told = _("There is no module or field called “%(name)s”.") % {"name": str(unknown)[:60]}
        raise NotKnown(told) from unknown
    return Status(202, show(row))


@router.get("/{int:bulk_id}", response=BulkOut, operation_id="read_bulk_act", summary="One act")
def read(request: Caller, bulk_id: int) -> BulkOut:
    """How far it is."""
    return show(_found(request, bulk_id))


@router.post("/{int:bulk_id}/stop", response=BulkOut, operation_id="stop_bulk_act", summary="Stop an act")
def stop(request: Caller, bulk_id: int) -> BulkOut:
    """The rest stays as it is."""
    bulk.stop(_found(request, bulk_id), by=request.user, now=clock.now())
    return show(_found(request, bulk_id))


@router.post("/{int:bulk_id}/undo", response=BulkOut, operation_id="undo_bulk_act", summary="Undo an act")
def undo(request: Caller, bulk_id: int) -> BulkOut:
    """Give every record back what it had, unless somebody has changed that since. What was deleted stays so."""
    bulk.undo(_found(request, bulk_id), by=request.user)
    return show(_found(request, bulk_id))
