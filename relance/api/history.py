"""The history of any record (REC-07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import BadCursor
from relance.records import history, registry
from relance.records.history import Entry, Group, Place, Subject
from relance.records.registry import UnknownModule

router = Router(tags=["History"])
KINDS = "mail, received, engagement, machine, task, call, note, case, move, change, consent, wish, form or added."


class EntryOut(Schema):
    """One thing that happened; `id` is that of a row of its kind."""

    at: datetime
    kind: str = Field(description=KINDS)
    id: str
    said: str = Field(description="Its subject, text or name.")


class HistoryOut(Schema):
    """A page of a history."""

    items: list[EntryOut]
    next: str | None = Field(None, description="The `cursor` of the next page; null on the last one.")


class Asked(Schema):
    """Which part of a history."""

    show: Literal["", "mail", "engagement", "to_do", "note", "deal", "change"] = ""
    cursor: str = Field("", max_length=200)
    limit: int = Field(20, ge=1, le=100)


@router.get("/{module}/{int:record_id}", response=HistoryOut, summary="The history of a record")
def index(request: Caller, response: HttpResponse, module: str, record_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """Newest first, only what the caller may see; machines only with `show=engagement`."""
    try:
        listed = registry.module(module)
    except UnknownModule:
        raise Http404 from None
    record = get_object_or_404(listed.visible(request.user), pk=record_id)
    after = Place.read(asked.cursor)
    if asked.cursor and after is None:
        raise BadCursor(_("This cursor is not one that the list gave. Start without one."))
    subject = Subject(module=module, id=record.pk, user=request.user)
    group = Group(asked.show) if asked.show else None
    page = history.page(subject, group=group, after=after, size=asked.limit)
    return {"items": [_told(entry) for entry in page.entries], "next": page.older or None}


def _told(entry: Entry) -> EntryOut:
    return EntryOut(at=entry.at, kind=entry.kind, id=str(entry.id), said=_said(entry))


def _said(entry: Entry) -> str:
    """In a word, by what its source gives: see the `read` of each source."""
    match entry.kind:
        case "mail" | "mail_elsewhere":
            return str(entry.fact.subject)
        case "received" | "linked":
            return str(entry.fact.subject)
        case "task" | "call" | "note" | "case":
            return str(entry.fact.row.subject)
        case "move":
            return f"{entry.fact.deal.name}: {entry.fact.target.name}"
        case "engagement" | "machine":
            return str(entry.fact.kind)
        case "change":
            return str(entry.fact.act)
        case "consent":
            return str(entry.fact.state)
        case "wish":
            return str(entry.fact.scope)
        case "form":
            return str(entry.fact.form.name)
        case _:
            return ""
