"""Columns of a file that become values by the type of a module's field, custom ones first of all (REC-08).

A cell is read, so that what does not fit is told at once, and kept as the text that is read again when it is written.
A link stands there as its number, an address or a name until `linking` has found its record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from relance.lib.fold import fold
from relance.lib.zones import zone
from relance.records import values
from relance.records.fields import Field, Value, Words
from relance.records.fields import Kind as FieldKind
from relance.records.imports.fields import ImportField, Kind
from relance.records.values import BadValue, Habits
from relance.team.models import User
from relance.team.workspace import organisation

LONGEST_LINK = 254
MOST_REMEMBERED = 5_000  # cells of a column: plans, days and amounts come again and again, names do not


def in_a_file() -> Habits:
    """A lone comma is the decimal one, as in the columns of spreadsheets; hours are those of the organisation."""
    return Habits(language="fr", zone=zone(organisation().time_zone))


def typed_fields(fields: Iterable[Field]) -> list[ImportField]:
    """What columns may become of these fields."""
    habits = in_a_file()
    return [_offered(field, habits) for field in fields if field.editable]


def _offered(field: Field, habits: Habits) -> ImportField:
    if field.kind == FieldKind.USER:
        return ImportField(
            key=field.key, label=field.label, kind=Kind.CHOICE, choices=colleagues(), required=field.required
        )
    if field.kind == FieldKind.LINK:
        return link_field(field)
    return ImportField(
        key=field.key, label=field.label, kind=Kind.TYPED, read=_reading(field, habits), required=field.required
    )


def link_field(field: Field, *, label: Words = "", names: tuple[str, ...] = ()) -> ImportField:
    """A column of records that stand in a module already."""
    return ImportField(
        key=field.key, label=label or field.label, kind=Kind.LINK, link=field, many=field.many, names=names,
        required=field.required, max_length=0 if field.many else LONGEST_LINK,
    )  # fmt: skip


def _reading(field: Field, habits: Habits) -> Callable[[str], str]:
    @lru_cache(MOST_REMEMBERED)
    def read(cell: str) -> str:
        try:
            return as_text(field, values.read(field, cell, habits), habits)
        except BadValue as bad:
            raise ValueError(cell) from bad

    return read


def as_text(field: Field, value: Value, habits: Habits) -> str:
    """A value as a preview shows it and as it is read again: choices by their labels."""
    if field.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        return values.label(field, value)
    return values.text(field, value, habits)


class Typed:
    """The fields of a module by which the values of rows are written."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.key: field for field in fields}
        self._habits = in_a_file()
        self._read = lru_cache(MOST_REMEMBERED)(self._value)

    def values(self, told: Mapping[str, str]) -> dict[str, Value]:
        """Those of a row that these fields take."""
        return {key: self._read(key, text) for key, text in told.items() if key in self._fields}

    def _value(self, key: str, text: str) -> Value:
        return values.read(self._fields[key], text, self._habits)


def colleagues() -> dict[str, str]:
    """Active colleagues by address and, where it is theirs alone, by name; folded."""
    found: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    for pk, email, name in User.objects.filter(is_active=True).values_list("pk", "email", "name"):
        found[fold(email)] = str(pk)
        names.setdefault(fold(name), []).append(str(pk))
    return {**{name: pks[0] for name, pks in names.items() if len(pks) == 1}, **found}
