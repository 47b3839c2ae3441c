"""The columns that a list, a view or a file shows: any field, also of linked records and custom ones (REC-05).

A linked record that the reader may not see shows nothing (X8). A column that is not there any more, or not for this
reader, is left out and named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from relance.records import criteria, links, registry, values
from relance.records.criteria import BadCriteria
from relance.records.criteria_words import label_of
from relance.records.fields import Field, Kind, Value
from relance.records.registry import Asking, Listed

MOST = 20


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One column: its path as views keep it, its heading, the links that lead to its field, and the field."""

    path: str
    label: str
    chain: tuple[Field, ...]
    field: Field


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What stands in one column of one row; `name` is what a link or a colleague is called."""

    column: Shown
    value: Value = None
    name: str = ""

    @property
    def text(self) -> str:
        """In words, as files tell it: names of links, labels of choices, plain figures and days."""
        if self.column.field.kind in (Kind.LINK, Kind.USER):
            return self.name
        label = values.label(self.column.field, self.value)
        return label or values.text(self.column.field, self.value)


def resolve(module: str, paths: Iterable[str], *, asking: Asking) -> tuple[tuple[Shown, ...], tuple[str, ...]]:
    """The columns of these paths, and a sentence on each that is left out."""
    found, problems = [], []
    for path in list(dict.fromkeys(paths))[:MOST]:
        try:
            chain, field = criteria.path_of(module, path, asking=asking, shown=True)
        except BadCriteria as bad:
            problems.append(_("A column is left out: %(why)s") % {"why": bad})
            continue
        found.append(Shown(path=path, label=label_of(chain, field), chain=chain, field=field))
    return tuple(found), tuple(problems)


def read(module: str, ids: Sequence[int], shown: Sequence[Shown], *, asking: Asking) -> dict[int, tuple[Cell, ...]]:
    """The cells of these rows; the rows are those that the reader was allowed already."""
    listed = registry.module(module)
    columns = [_column(listed, ids, one, asking) for one in shown]
    return {
        pk: tuple(column.get(pk, Cell(column=one)) for one, column in zip(shown, columns, strict=True)) for pk in ids
    }


def _column(listed: Listed, ids: Collection[int], shown: Shown, asking: Asking) -> dict[int, Cell]:
    held = _along(listed, ids, shown.chain, shown.field, asking)
    names = _names(shown.field, held.values(), asking)
    return {pk: Cell(column=shown, value=value, name=_name(names, value)) for pk, value in held.items()}


def _along(
    listed: Listed, ids: Collection[int], chain: tuple[Field, ...], field: Field, asking: Asking
) -> dict[int, Value]:
    if not chain:
        return _held(listed, ids, field)
    link, *rest = chain
    leads = {pk: to for pk, to in _held(listed, ids, link).items() if isinstance(to, int)}
    beyond = registry.module(link.target)
    seen = set(beyond.visible(asking.user).filter(pk__in=set(leads.values())).values_list("pk", flat=True))
    there = _along(beyond, seen, tuple(rest), field, asking)
    return {pk: there[to] for pk, to in leads.items() if to in there}


def _held(listed: Listed, ids: Collection[int], field: Field) -> dict[int, Value]:
    rows = listed.model._default_manager.filter(pk__in=ids)
    if field.custom:
        told = rows.values_list("pk", "custom")
        return {pk: values.kept(field, custom.get(field.key)) for pk, custom in told}
    if field.many:
        return {row.pk: _several(row, field) for row in rows.prefetch_related(field.path)}
    return {pk: _plain(value) for pk, value in rows.values_list("pk", field.path)}


def _several(row: Model, field: Field) -> Value:
    """Related rows by their names, or by their ids where they are records."""
    related = getattr(row, field.path).all()
    return tuple(str(one.pk) if field.kind in (Kind.LINK, Kind.USER) else str(one) for one in related) or None


def _plain(value: Any) -> Value:  # Any: whichever column
    return tuple(map(str, value)) if isinstance(value, list) else value


def _names(field: Field, held: Iterable[Value], asking: Asking) -> Mapping[int, str]:
    if field.kind not in (Kind.LINK, Kind.USER):
        return {}
    ids = {
        int(str(one)) for value in held for one in (value if isinstance(value, tuple) else (value,)) if one is not None
    }
    return links.names(field, ids, by=asking.user if field.kind == Kind.LINK else None)


def _name(names: Mapping[int, str], value: Value) -> str:
    ids = value if isinstance(value, tuple) else () if value is None else (value,)
    return ", ".join(names.get(int(str(one)), "") for one in ids) if names else ""
