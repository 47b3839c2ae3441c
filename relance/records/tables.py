"""The records of any module as lines of a table, for files that an import reads again (REC-08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.records import held, links, registry, values
from relance.records.fields import Field, Kind, Value
from relance.records.registry import Rows
from relance.team import policy
from relance.team.models import User

TOGETHER = 1_000
Names = Mapping[str, Mapping[int, str]]


def require_export(by: User) -> None:
    """Raise Forbidden unless the role of this colleague exports."""
    policy.require(by.may_export, _("Your role does not export. An administrator can change it."))


def fields_of(module: str) -> list[Field]:
    """The columns of a module: what people fill in, then what Relance notes."""
    return sorted(registry.fields(module), key=lambda field: not field.editable)


def header(fields: Iterable[Field]) -> list[str]:
    """The names of the columns, in the reader's language."""
    return [str(field.label) for field in fields]


def lines(module: str, rows: Rows, *, by: User) -> Iterator[list[str]]:
    """One line a record, in the order of their keys; `rows` are seen by this colleague. Raises Forbidden at once."""
    require_export(by)
    return _lines(rows.order_by("pk"), fields_of(module), by)


def _lines(rows: Rows, fields: Sequence[Field], by: User) -> Iterator[list[str]]:
    found = rows.iterator(chunk_size=TOGETHER)
    while batch := list(islice(found, TOGETHER)):
        yield from of_records([held.of(record, fields) for record in batch], fields, by=by)


def of_records(told: Sequence[Mapping[str, Value]], fields: Sequence[Field], *, by: User) -> Iterator[list[str]]:
    """Values as texts; what they link to by its name, as far as this colleague sees it, colleagues by their address."""
    names = {
        field.key: _names(field, {int(str(one)) for line in told for one in _each(line[field.key])}, by)
        for field in fields
        if field.kind in (Kind.LINK, Kind.USER)
    }
    for line in told:
        yield [text(field, line[field.key], names) for field in fields]


def _each(value: Value) -> tuple[int | str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, int) else ()


def _names(field: Field, ids: set[int], by: User) -> Mapping[int, str]:
    if field.kind == Kind.USER:
        return dict(User.objects.filter(pk__in=ids).values_list("pk", "email"))
    return links.names(field, ids, by=by)


def text(field: Field, value: Value, names: Names) -> str:
    """One cell: numbers with the mark of the reader's language, choices by their labels, the rest as it is read."""
    if field.kind in (Kind.LINK, Kind.USER):
        known = names.get(field.key, {})
        return ", ".join(known[int(one)] for one in _each(value) if int(one) in known)
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        return values.label(field, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal) and (get_language() or "").startswith("fr"):
        return values.text(field, value).replace(".", ",")
    return values.text(field, value).replace("\n", ", " if field.many else "\n")
