"""How the rows of a list are found, so that it stays fast at a million of them (QUALITY section 2, L1 to L3).

Without criteria the order's index is walked. With criteria the planner's own estimate decides: few matches are
gathered and sorted, many are met while walking. A search without a chosen order shows those whose name starts with
the text first (BEST); this is also what keeps it fast, since walking by name meets names that start with "zoe" last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import BooleanField, Count, DateTimeField, F, Func, Q, TextField, Value, Window
from django.db.models.lookups import GreaterThan, LessThan

from relance.lib.criteria import EVERYTHING, Group
from relance.records.cursors import Cursor
from relance.records.guessing import estimate
from relance.records.matching import gathering, matching, starting
from relance.records.registry import Column, Listed, Rows

FEW = 3_000
WALK = 25_000
BEST = "best"
Row = dict[str, Any]  # Any: the values of whichever module


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks of a list. `problems` are sentences on what was left aside.

    `filters` are criteria in short, `where` is a tree of them as text, and `tree` is the same, read; `refusal` says why
    it cannot be read: then nobody is found.
    """

    module: str
    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    tree: Group = EVERYTHING
    refusal: str = ""
    sort: str
    after: str = ""
    before: str = ""
    problems: tuple[str, ...] = ()

    def params(self) -> dict[str, str]:
        """The search and the criteria, as they stand in an address."""
        told = {"q": self.text, **self.filters, "where": self.where}
        return {key: value for key, value in told.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether it holds any criteria, besides the search."""
        return bool(self.filters or self.where)

    def query(self) -> str:
        """The same, written."""
        return urlencode(self.params())


@dataclass(frozen=True)
class Order:
    column: Column
    down: bool
    best: bool


def order_of(listed: Listed, sort: str) -> Order:
    key = listed.sort if sort == BEST else sort
    return Order(listed.by_column[key.removeprefix("-")], key.startswith("-"), sort == BEST)


@dataclass(frozen=True)
class _Segment:
    """A part of a list: its condition as a walk tests it, and as the index of trigrams finds it.

    `whole` says that it is a stretch of the order's own index, which is simply read on.
    """

    walked: Q
    gathered: Q
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """Rows with their segment, in the direction of a walk; `total` where all matches were counted on the way."""

    rows: list[tuple[int, Row]]
    total: int | None


@dataclass(frozen=True)
class Search:
    """One walk through a list, from a cursor on."""

    listed: Listed
    asked: Asked
    order: Order
    narrow: Rows

    def rows(self, cursor: Cursor | None, *, backwards: bool, limit: int) -> Found:
        """At most `limit` rows beside the cursor."""
        segments = self._segments()
        start = cursor.segment if cursor else 0
        numbers = range(min(start, len(segments) - 1), -1, -1) if backwards else range(start, len(segments))
        found: list[tuple[int, Row]] = []
        counts: list[int | None] = []
        for number in numbers:
            here = cursor if cursor and number == cursor.segment else None
            room = limit - len(found)
            rows, count = self._segment(segments[number], here, backwards=backwards, limit=room)
            found += [(number, row) for row in rows]
            counts.append(len(rows) if len(rows) < room else count)
            if len(found) >= limit:
                break
        known = [count for count in counts if count is not None]
        whole = cursor is None and len(known) == len(segments)
        return Found(rows=found, total=sum(known) if whole else None)

    def _segments(self) -> tuple[_Segment, ...]:
        found, sought = matching(self.listed, self.asked.text), gathering(self.listed, self.asked.text)
        if not self.order.best:
            return (_Segment(found, sought, whole=not self.asked.params()),)
        starts = starting(self.listed, self.asked.text)
        first = _Segment(starts, starts, whole=True)
        return (first,) if found == starts else (first, _Segment(found & ~starts, sought & ~starts))

    def _segment(
        self, segment: _Segment, cursor: Cursor | None, *, backwards: bool, limit: int
    ) -> tuple[list[Row], int | None]:
        """The rows, and how many there are of them behind the cursor where that is known."""
        down = self.order.down != backwards
        beside = self._beside(cursor, down)
        rows = self.narrow.filter(segment.walked)
        in_order = self._ordered(rows.filter(beside), down)
        if segment.whole:
            return self._read(in_order[:limit]), None
        gathered = self.narrow.filter(segment.gathered, beside)
        if estimate(rows) <= FEW:
            return self._gather(gathered, down, limit)
        if self.asked.is_narrowed or not self.asked.text:
            return self._read(in_order[:limit]), None
        met = self._walk(segment.walked, beside, down, limit)
        return (self._by_id(met), None) if len(met) >= limit else self._gather(gathered, down, limit)

    def _beside(self, cursor: Cursor | None, down: bool) -> Q:
        if cursor is None:
            return Q()
        here = Func(F(self.order.column.field), F("id"), function="ROW", output_field=BooleanField())
        there = Func(Value(cursor.value), Value(cursor.id), function="ROW", output_field=BooleanField())
        return Q(LessThan(here, there) if down else GreaterThan(here, there))

    def _ordered(self, rows: Rows, down: bool) -> Rows:
        keys = (self.order.column.field, "id")
        return rows.order_by(*(f"-{key}" for key in keys) if down else keys)

    def _gather(self, rows: Rows, down: bool, limit: int) -> tuple[list[Row], int]:
        """The first of the matches and the number of all, in one look; only what is shown is then read whole.

        The order is written so that no index serves it: the matches are found first and sorted then.
        """
        nothing = "'' || %(expressions)s" if self.order.column.kind == "text" else "%(expressions)s + interval '0'"
        field = TextField() if self.order.column.kind == "text" else DateTimeField()
        key = Func(F(self.order.column.field), template=nothing, output_field=field)
        ordered = rows.order_by(key.desc(), "-id") if down else rows.order_by(key.asc(), "id")
        met = list(ordered.values_list("id", Window(Count("*")))[:limit])
        return self._by_id([row[0] for row in met]), met[0][1] if met else 0

    def _walk(self, condition: Q, beside: Q, down: bool, limit: int) -> list[int]:
        """Ids of matches among the next rows in order; by name, the index carries the text and no table is read."""
        fields = ("id", self.order.column.field, self.listed.search)
        near = self._ordered(self.narrow.filter(beside), down).values_list(*fields)[:WALK]
        inner, inner_values = near.query.sql_with_params()
        outer = self.listed.model._default_manager.filter(condition).order_by().values_list("id")
        told, values = outer.query.sql_with_params()
        where = told.split(" WHERE ", 1)[1].replace(f'"{self.listed.model._meta.db_table}".', "near.")
        with connection.cursor() as cursor:
            walk = f"SELECT near.id FROM ({inner}) AS near WHERE {where} LIMIT {limit:d}"
            cursor.execute(walk, (*inner_values, *values))
            return [row[0] for row in cursor.fetchall()]

    def _by_id(self, ids: list[int]) -> list[Row]:
        if not ids:
            return []
        rows = {row["id"]: row for row in self._read(self.listed.model._default_manager.filter(pk__in=ids))}
        return [rows[pk] for pk in ids if pk in rows]

    def _read(self, rows: Rows) -> list[Row]:
        fields = dict.fromkeys(("id", self.order.column.field, *self.listed.fields))
        return list(rows.values(*fields))
