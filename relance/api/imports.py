"""Imports of people from CSV and XLSX files (REC-08): upload, map, check, run, read what was rejected, undo."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from relance.api.imports_told import (
    ImportOut,
    ImportPreviewOut,
    ImportRows,
    Imports,
    MappingIn,
    PreviewRowOut,
    Reading,
    Upload,
    Which,
    show,
    show_row,
)
from relance.api.key import Caller
from relance.api.paging import PageQuery, paged, start_of, told
from relance.lib import clock
from relance.records.imports import actions, checking
from relance.records.imports.reading import Choices
from relance.records.imports.rejects import as_csv
from relance.records.models import Import
from relance.team import policy
from relance.team.models import User

router = Router(tags=["Imports"])


def found(request: Caller, import_id: int) -> Import:
    """An import that the caller may see. Raises Http404."""
    return get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)


@router.get("", response=Imports, summary="My imports")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """My imports, newest first."""
    return paged(request, response, Import.objects.visible_to(request.user), page, show)


@router.post("", response={201: ImportOut}, summary="Upload a file")
def upload(request: Caller, into: Form[Upload], file: File[UploadedFile]) -> Status[ImportOut]:
    """Upload a file; its encoding and its columns are guessed."""
    sent = actions.Upload(name=file.name or "", chunks=file.chunks())
    return Status(201, show(actions.start(sent, module=into.module, by=request.user, now=clock.now())))


@router.get("/{int:import_id}", response=ImportOut, summary="One import")
def read(request: Caller, import_id: int) -> ImportOut:
    """One import, with its progress."""
    return show(found(request, import_id))


@router.post("/{int:import_id}/reading", response=ImportOut, summary="Read the file again")
def reread(request: Caller, import_id: int, how: Reading) -> ImportOut:
    """Read the file again with another encoding or delimiter."""
    choices = Choices(**how.model_dump())
    return show(actions.reread(found(request, import_id), choices, by=request.user))


@router.put("/{int:import_id}/mapping", response=ImportOut, summary="Map the columns")
def set_mapping(request: Caller, import_id: int, wanted: MappingIn) -> ImportOut:
    """Say what each column is, and what to do with known addresses."""
    row = found(request, import_id)
    owner = get_object_or_404(User, email__iexact=wanted.owner, is_active=True) if wanted.owner else None
    mapping = wanted.mapping if wanted.mapping is not None else row.mapping
    return show(actions.set_mapping(row, mapping, duplicates=wanted.duplicates, owner=owner, by=request.user))


@router.get("/{int:import_id}/preview", response=ImportPreviewOut, summary="Preview")
def preview(request: Caller, import_id: int) -> ImportPreviewOut:
    """The first rows as they would go in."""
    seen = checking.preview(found(request, import_id))
    return ImportPreviewOut(
        labels=list(seen.labels),
        rows=[
            PreviewRowOut(
                number=row.number, fate=row.fate, values=list(row.values), sentences=[str(s) for s in row.sentences]
            )
            for row in seen.rows
        ],
    )


@router.post("/{int:import_id}/check", response=ImportOut, summary="Check")
def check(request: Caller, import_id: int) -> ImportOut:
    """Count what would happen, without writing; a long file is checked in the background."""
    return show(actions.check(found(request, import_id), by=request.user))


@router.post("/{int:import_id}/run", response=ImportOut, summary="Run")
def run(request: Caller, import_id: int) -> ImportOut:
    """Begin. A file that was not checked is checked first."""
    row = found(request, import_id)
    policy.require(request.user.may_import)
    if row.state == Import.State.MAPPING:
        row = checking.check_now(row)
    return show(actions.run(row, by=request.user, now=clock.now()))


@router.post("/{int:import_id}/cancel", response=ImportOut, summary="Cancel")
def cancel(request: Caller, import_id: int) -> ImportOut:
    """Stop; what is in stays and can be undone."""
    return show(actions.cancel(found(request, import_id), by=request.user, now=clock.now()))


@router.post("/{int:import_id}/undo", response=ImportOut, summary="Undo")
def undo(request: Caller, import_id: int) -> ImportOut:
    """Delete what it created and nobody has used since."""
    row = found(request, import_id)
    actions.undo(row, by=request.user, now=clock.now())
    return show(row)


@router.get("/{int:import_id}/rows", response=ImportRows, summary="ImportRows that did not go in")
def rows(request: Caller, response: HttpResponse, import_id: int, which: Query[Which]) -> dict[str, Any]:
    """The rows that were rejected or skipped, or taken with a remark, each with its reason."""
    row = found(request, import_id)
    counted, labels = row.rows.filter(outcome=which.outcome), checking.labels_of(row)
    page = list(counted.filter(pk__gt=start_of(which)).order_by("pk")[: which.limit + 1])
    return told(request, response, page, which, lambda each: show_row(each, labels), counted=counted)


@router.get("/{int:import_id}/rejected.csv", summary="Rejected rows as CSV")
def rejected(request: Caller, import_id: int) -> HttpResponse | StreamingHttpResponse:
    """The rejected rows as a file that can be mended and imported again."""
    row = found(request, import_id)
    answer = StreamingHttpResponse(as_csv(row), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-{row.pk}.csv"'
    return answer
