"""Imports as the API tells and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed, Page
from relance.api.reading import Wanted
from relance.records.imports.words import row_sentence
from relance.records.models import Import, ImportRow


class ImportOut(Schema):
    """A file on its way in."""

    id: int
    name: str
    module: str
    state: str = Field(description="mapping, checking, checked, running, done, failed, cancelled, undone")
    duplicates: str
    mapping: list[str] = Field(description="The field of each column; empty: the column is left out.")
    columns: list[str] = Field(description="The headings of the file.")
    encoding: str
    delimiter: str
    total: int
    treated: int
    created: int
    updated: int
    skipped: int
    rejected: int
    forecast: dict[str, Any]
    error: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Imports(Listed):
    """A page of imports."""

    items: list[ImportOut]


class Upload(Schema):
    """Into which module."""

    module: Literal["lead", "contact"] = "lead"


class MappingIn(Wanted):
    """What each column is, and what to do with addresses that are known already."""

    mapping: list[str] | None = Field(
        None, description="A field name for each column, or an empty text. None: as guessed."
    )
    duplicates: Literal["skip", "update", "create"] = "skip"
    owner: str | None = Field(None, description="The e-mail address of the colleague who gets the new records.")


class Reading(Wanted):
    """How to read the file instead of what was guessed."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None


class PreviewRowOut(Schema):
    """One row as it would go in."""

    number: int
    fate: str
    values: list[str]
    sentences: list[str]


class ImportPreviewOut(Schema):
    """The first rows as they would go in."""

    labels: list[str]
    rows: list[PreviewRowOut]


class ImportRowOut(Schema):
    """A row that did not go in as it was, and why."""

    number: int
    outcome: str
    reason: str
    sentence: str
    cells: list[Any]


class ImportRows(Listed):
    """A page of such rows."""

    items: list[ImportRowOut]


class Which(Page):
    """Which rows."""

    outcome: Literal["rejected", "skipped", "noted"] = "rejected"


def show(row: Import) -> ImportOut:
    """An import as the API tells."""
    plain = (
        "id", "name", "module", "state", "duplicates", "mapping", "total", "treated", "created", "updated", "skipped",
        "rejected", "forecast", "error", "created_at", "started_at", "finished_at",
    )  # fmt: skip
    return ImportOut(
        columns=list(row.shape.get("header", [])), encoding=row.shape.get("encoding") or "",
        delimiter=row.shape.get("delimiter") or "", **{name: getattr(row, name) for name in plain},
    )  # fmt: skip


def show_row(row: ImportRow, labels: Mapping[str, object]) -> ImportRowOut:
    """A row with its reason in a sentence."""
    return ImportRowOut(
        number=row.number, outcome=row.outcome, reason=row.reason, sentence=row_sentence(row.reason, row.data, labels),
        cells=row.cells,
    )  # fmt: skip
