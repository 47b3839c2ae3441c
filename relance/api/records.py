"""The records of any module, those that administrators made among them: one resource, described by `/modules`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.filters import Narrowed, found_by, newest
from relance.api.key import Caller
from relance.api.paging import Listed as Listing
from relance.api.paging import paged
from relance.api.problems import refused
from relance.api.reading import Moment, Wanted
from relance.api.tags import require_unchanged, tagged
from relance.api.valued import Told, read, told
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import registry
from relance.records.registry import Listed, UnknownModule, Verbs
from relance.team import policy

router = Router(tags=["Records of any module"])
MOST_AT_ONCE = 200


class RecordOut(Schema):
    """A record. `values` by the keys of the module's fields: see `/modules`."""

    id: int
    module: str
    name: str
    values: Told


class Records(Listing):
    """A page of records."""

    items: list[RecordOut]


class RecordIn(Wanted):
    """Values by the keys of fields; what is left out stays as it is, null empties."""

    values: Told


class ManyRecords(Wanted):
    """Several new records."""

    items: list[RecordIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class OneOfManyRecords(Schema):
    """What became of one of them: the record, or why not."""

    index: int
    status: int = Field(description="201, or the status that this record alone would have been answered with.")
    record: RecordOut | None = None
    code: str = ""
    detail: str = ""


class ManyRecordsOut(Schema):
    """What became of each, in the order in which they were sent."""

    added: int
    results: list[OneOfManyRecords]


class Search(Narrowed):
    """Which records: a search, and criteria as in the address of a list."""

    q: str = Field("", max_length=200, description="Part of a name or of a text.")
    owner: str = Field("", description="The id of a colleague, `me` or `none`.")
    where: str = Field("", max_length=8_000, description="Criteria, as the address of a list carries them.")
    import_: str = Field("", alias="import", description="The id of the import that brought them in.")
    updated_since: Moment | None = None


def known(module: str) -> Listed:
    """The module of an address. Raises Http404."""
    try:
        return registry.module(module)
    except UnknownModule:
        raise Http404 from None


def verbs(module: str) -> Verbs:
    """How its records are written. Raises Http404."""
    if (found := known(module).verbs) is None:
        raise Http404
    return found


def found(request: Caller, module: str, record_id: int, *, hold: bool = False) -> Model:
    """A record that the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = known(module).visible(request.user)
    row: Model = get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=record_id)
    return row


def show(module: str, row: Model) -> RecordOut:
    """A record as the API tells."""
    return RecordOut(id=row.pk, module=module, name=str(row), values=told(row, registry.fields(module)))


def add_one(request: Caller, module: str, new: RecordIn) -> RecordOut:
    """A new record. Raises Refused, Http404."""
    writing = verbs(module)
    values = read(registry.fields(module), new.values, by=request.user)
    return show(module, writing.add(values, by=request.user, now=clock.now()))


def try_one(request: Caller, module: str, index: int, new: RecordIn) -> OneOfManyRecords:
    """One of many; its refusal concerns itself alone."""
    try:
        with transaction.atomic():
            return OneOfManyRecords(index=index, status=201, record=add_one(request, module, new))
    except Refused as error:
        return OneOfManyRecords(
            index=index, status=refused(request, error).status_code, code=error.code, detail=str(error)
        )


@router.get("/{module}", response=Records, operation_id="list_records", summary="Search and filter")
def index(request: Caller, response: HttpResponse, module: str, search: Query[Search]) -> dict[str, Any]:
    """Newest first. With `updated_since`, those changed since that moment only."""
    known(module)
    rows = newest(found_by(module, search, user=request.user, given=request.GET))
    return paged(request, response, rows, search, lambda row: show(module, row))


@router.post("/{module}", response={201: RecordOut}, operation_id="add_record", summary="Add a record")
def add(request: Caller, module: str, new: RecordIn) -> Status[RecordOut]:
    """The caller looks after it, unless the values name another owner."""
    return Status(201, add_one(request, module, new))


@router.post("/{module}/batch", response=ManyRecordsOut, operation_id="add_many_records", summary="Add many records")
def add_many(request: Caller, module: str, many: ManyRecords) -> ManyRecordsOut:
    """Up to 200, each with its own result: one that is refused keeps none of the others out."""
    known(module)
    policy.require(policy.level(request.user, module, "edit") > policy.NONE)
    results = [try_one(request, module, index, new) for index, new in enumerate(many.items)]
    return ManyRecordsOut(added=sum(one.record is not None for one in results), results=results)


@router.get("/{module}/{int:record_id}", response=RecordOut, operation_id="read_record", summary="One record")
def read_one(request: Caller, response: HttpResponse, module: str, record_id: int) -> RecordOut:
    """With all its values."""
    return tagged(response, show(module, found(request, module, record_id)))


@router.patch("/{module}/{int:record_id}", response=RecordOut, operation_id="change_record", summary="Change a record")
def change(request: Caller, response: HttpResponse, module: str, record_id: int, wanted: RecordIn) -> RecordOut:
    """What is left out stays as it is."""
    with transaction.atomic():
        row = found(request, module, record_id, hold=True)
        require_unchanged(request, show(module, row))
        values = read(registry.fields(module), wanted.values, by=request.user)
        verbs(module).edit(row, values, by=request.user, now=clock.now())
    return tagged(response, show(module, found(request, module, record_id)))


@router.delete(
    "/{module}/{int:record_id}", response={204: None}, operation_id="delete_record", summary="Delete a record"
)
def delete(request: Caller, module: str, record_id: int) -> Status[None]:
    """The audit keeps what it held."""
    verbs(module).delete(found(request, module, record_id), by=request.user, now=clock.now())
    return Status(204, None)
