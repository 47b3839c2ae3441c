"""The columns that a list, a view or a file shows: any field, also of linked records and custom ones (REC-05).

A linked record that the reader may not see shows nothing (X8). A column that is not there any more, or not for this
reader, is left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from relance.records import criteria, links, registry, values
from relance.records.criteria import BadCriteria
from relance.records.criteria_words import label_of
from relance.records.fields import Field, Kind, Value
from relance.records.registry import Asking, Rows

MOST = 20
Held = Mapping[int, Value]


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
    """The cells of these rows; the rows are those that the reader was allowed already. One look at each table."""
    listed = registry.module(module)
    rows = listed.model._default_manager.filter(pk__in=ids)
    held = _along(rows, [(*one.chain, one.field) for one in shown], asking)
    columns = [_cells(one, values_of, asking) for one, values_of in zip(shown, held, strict=True)]
    return {
        pk: tuple(column.get(pk, Cell(column=one)) for one, column in zip(shown, columns, strict=True)) for pk in ids
    }


def _cells(shown: Shown, held: Held, asking: Asking) -> dict[int, Cell]:
    names = _names(shown.field, held.values(), asking)
    return {pk: Cell(column=shown, value=value, name=_name(names, value)) for pk, value in held.items()}


def _along(rows: Rows, ways: Sequence[tuple[Field, ...]], asking: Asking) -> list[Held]:
    """What stands at the end of each way, by row; ways that begin with the same link are walked together."""
    held = _held(rows, {way[0].key: way[0] for way in ways})
    found = [held[way[0].key] for way in ways]
    for link in {way[0].key: way[0] for way in ways if len(way) > 1}.values():
        places = [place for place, way in enumerate(ways) if len(way) > 1 and way[0].key == link.key]
        leads = {pk: to for pk, to in held[link.key].items() if isinstance(to, int)}
        beyond = registry.linked(link, asking.user).filter(pk__in=set(leads.values()))
        for place, there in zip(places, _along(beyond, [ways[place][1:] for place in places], asking), strict=True):
            found[place] = {pk: there[to] for pk, to in leads.items() if to in there}
    return found


def _held(rows: Rows, fields: Mapping[str, Field]) -> dict[str, Held]:
    """The values of these fields, by key and row."""
    plain = [field for field in fields.values() if not field.custom and not field.many]
    paths = dict.fromkeys(("custom" if field.custom else field.path) for field in fields.values() if not field.many)
    told = {row[0]: dict(zip(paths, row[1:], strict=True)) for row in rows.values_list("pk", *paths)}
    found: dict[str, Held] = {field.key: {pk: _plain(held[field.path]) for pk, held in told.items()} for field in plain}
    for key, field in fields.items():
        if field.custom:
            found[key] = {pk: values.kept(field, held["custom"].get(key)) for pk, held in told.items()}
        elif field.many:
            found[key] = {row.pk: _several(row, field) for row in rows.prefetch_related(field.path)}
    return found


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
