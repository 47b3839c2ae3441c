"""What a list may be sorted by: the columns that a module declares, and custom fields where that is fast.

A custom field sorts fast where the module is small, or once an index is made of it (`records.indexes`). What is not
fast is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Func

from relance.records import custom_keys, indexes, registry
from relance.records.custom_keys import NUMERIC
from relance.records.fields import Field, Kind
from relance.records.registry import Column, Listed

UNORDERED = frozenset({Kind.CHOICES, Kind.LONG_TEXT, Kind.LINK, Kind.USER})


@dataclass(frozen=True, kw_only=True)
class CustomColumn(Column):
    """A column of a custom field."""

    custom: Field

    def value(self) -> Func:
        """The expression that its index holds."""
        return custom_keys.sortable(self.custom)


def column_of(listed: Listed, key: str) -> Column | None:
    """The column of this name, if one may sort by it."""
    if known := listed.by_column.get(key):
        return known
    field = next((field for field in registry.fields(listed.key) if field.key == key), None)
    return _custom(listed, field) if field is not None and field.custom else None


def _custom(listed: Listed, field: Field, there: indexes.Known | None = None) -> Column | None:
    if field.kind in UNORDERED or not indexes.is_fast(listed, field, there):
        return None
    made = CustomColumn(key=field.key, label=field.label, field="custom", custom=field)
    return replace(made, kind="number") if field.kind in NUMERIC else made


def columns_of(listed: Listed) -> dict[str, Column]:
    """All that one may sort by, by the key of the field or column."""
    there = indexes.known(listed)
    own = {
        field.key: column
        for field in registry.fields(listed.key)
        if field.custom and (column := _custom(listed, field, there))
    }
    return {**own, **listed.by_column}
