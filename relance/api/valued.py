"""Values of any field as the API takes and tells them: numbers as numbers, days as ISO 8601, links as ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.records import held, links, registry, values
from relance.records.fields import Field, Kind, Value, Values
from relance.team.models import User

Told = dict[str, Any]  # Any: JSON, by the type of each field


class NoSuchField(Refused):
    """A key that names no field which one writes."""


def told(record: Model, fields: Iterable[Field]) -> Told:
    """What a record holds, by the keys of its fields; null for what is empty."""
    return {key: values.plain(value) for key, value in held.of(record, fields).items()}


def custom_of(module: str) -> list[Field]:
    """The fields that an administrator added to a module."""
    return [field for field in registry.fields(module) if field.custom]


def read(fields: Iterable[Field], wanted: Mapping[str, object], *, by: User) -> Values:
    """The values of a request, each by the type of its field. Raises NoSuchField, BadValue."""
    known = {field.key: field for field in fields if field.editable}
    if unknown := sorted(wanted.keys() - known.keys()):
        raise NoSuchField(_("“%(key)s” is not a field that can be written here.") % {"key": unknown[0][:80]})
    return {key: _value(known[key], value, by) for key, value in wanted.items()}


def _value(field: Field, value: object, by: User) -> Value:
    """A link and a colleague by their id, or by a name or an address that one alone bears."""
    if field.kind in (Kind.LINK, Kind.USER) and isinstance(value, str):
        return links.found(field, value, by=by)
    return values.read_json(field, value)
