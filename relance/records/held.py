"""What a record holds, field by field, whichever module it is of: from its row in a list, or from the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from relance.records import values
from relance.records.fields import Field, Kind, Value

Row = Mapping[str, Any]  # Any: the values of whichever module


def of(record: Model, fields: Iterable[Field]) -> dict[str, Value]:
    """The values of a record by the keys of its fields; None for what is empty."""
    known = tuple(fields)
    row = row_of(record, known)
    return {field.key: in_row(field, row) for field in known}


def row_of(record: Model, fields: Iterable[Field]) -> Row:
    """A record as a list would have read it."""
    row: dict[str, Any] = {"id": record.pk, "custom": getattr(record, "custom", {})}  # Any: as Row
    for field in fields:
        if not field.custom:
            row[column_of(field)] = _column(record, field)
    return row


def _column(record: Model, field: Field) -> object:
    value: Any = getattr(record, column_of(field), None)  # Any: a column, or the rows that belong to it
    if not hasattr(value, "all"):
        return value
    return tuple(str(one.pk if field.kind in (Kind.LINK, Kind.USER) else one) for one in value.all())


def column_of(field: Field) -> str:
    """Where a built-in field stands in the row of a list: links by their id."""
    return f"{field.path}_id" if field.kind in (Kind.LINK, Kind.USER) and not field.many else field.path


def in_row(field: Field, row: Row) -> Value:
    """The value of a field in the row of a list."""
    if field.custom:
        return values.kept(field, row["custom"].get(field.key))
    value: Value = row.get(column_of(field))
    return None if value in ("", ()) else value
