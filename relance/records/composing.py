"""A query that is composed once and asked again and again, with another place to begin at (L1).

Django composes the plain list of a module in the time in which PostgreSQL answers it twice. So what it composes is
kept among the definitions, with marks where the values of a cursor go in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from relance.lib import prepared
from relance.records.cursors import Cursor, Kind

Row = dict[str, Any]  # Any: the values of whichever module
MARKS: Mapping[Kind, str | float | datetime] = {
    "text": "\ue000 here",
    "moment": datetime(1901, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
    "number": -8.625e-107,
}
MARK_OF_ID = -(2**61) - 21


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A statement with its values, of which some are marks, and the names of what it gives."""

    told: str
    values: tuple[Any, ...]  # Any: whatever a column holds
    names: tuple[str, ...]

    def rows(self, cursor: Cursor | None) -> list[Row]:
        """What stands behind the cursor."""
        return self._asked(self.values if cursor is None else tuple(_put(value, cursor) for value in self.values))

    def of(self, ids: Iterable[int]) -> list[Row]:
        """The rows of these ids, in any order; of a query that was composed with `among`."""
        sought = prepared.array(ids)
        return self._asked(tuple(sought if value == MARK_OF_ID else value for value in self.values))

    def _asked(self, values: tuple[Any, ...]) -> list[Row]:  # Any: as above
        with prepared.cursor() as asked:
            asked.execute(self.told, values)
            return [dict(zip(self.names, row, strict=True)) for row in asked.fetchall()]


def _put(value: Any, cursor: Cursor) -> Any:  # Any: as above
    if value == MARK_OF_ID:
        return cursor.id
    return cursor.value if value in MARKS.values() else value


def mark(kind: Kind) -> Cursor:
    """The cursor that stands for all of its kind."""
    return Cursor(sort="", segment=0, value=MARKS[kind], id=MARK_OF_ID)


def among() -> Q:
    """The condition that a row's id is one of those which `of` is given."""
    ids = "(%(expressions)s::bigint[]))"
    return Q(Func(F("id"), Value(MARK_OF_ID), template=ids, arg_joiner=" = ANY(", output_field=BooleanField()))


def number(rows: QuerySet[Any, Row]) -> int:
    """How many rows a query has; of one shape, whatever the words are, planned once by each connection (L3)."""
    try:
        told, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    with prepared.cursor() as asked:
        asked.execute(f"SELECT count(*) FROM ({told}) AS found", values)
        return int(asked.fetchone()[0])


def composed(rows: QuerySet[Any, Row]) -> Composed | None:  # Any: a row of this module
    """The query as it is asked; None for one that finds nobody, or whose values Django reads in its own way."""
    compiler = rows.query.get_compiler(connection.alias)
    try:
        told, values = compiler.as_sql()
    except EmptyResultSet:
        return None
    if compiler.get_converters([chosen[0] for chosen in compiler.select]):
        return None
    names = (*rows.query.values_select, *rows.query.annotation_select)
    return Composed(told=told, values=tuple(values), names=names)
