"""Lists of any module: an address is read into `Asked`, and answered by keyset pages that stay fast at a million rows.

How a page is found (QUALITY section 2, L1 to L3): without criteria the order's index is walked. With criteria the
planner's own estimate decides: few matches are gathered and sorted, many are met while walking. A search without a
chosen order shows those whose name starts with the text first (BEST); this is also what keeps it fast, since walking
by name meets names that start with "zoe" last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, Q, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.translation import gettext as _

from relance.records import cursors, registry
from relance.records.cursors import Cursor
from relance.records.matching import matching, starting, words
from relance.records.registry import Asking, Column, Listed, NotUnderstood, Rows
from relance.team.models import User

PAGE = 50
MOST_COUNTED = 10_000
QUICKLY_COUNTED = 2_000
FEW = 3_000
WALK = 25_000
BEST = "best"
Row = dict[str, Any]  # Any: the values of whichever module


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks of a list. `problems` are sentences on what was left aside."""

    module: str
    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str
    after: str = ""
    before: str = ""
    problems: tuple[str, ...] = ()

    def params(self) -> dict[str, str]:
        """The search and the filters, as they stand in an address."""
        return {**({"q": self.text} if self.text else {}), **self.filters}

    def query(self) -> str:
        """The same, written."""
        return urlencode(self.params())


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows of a list, and the cursors of the pages beside it."""

    rows: list[Row]
    before: str = ""
    after: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many rows a list has. About, beyond 10,000; `later` when counting exactly would hold the page up."""

    number: int
    about: bool = False
    later: bool = False


def read(module: str, params: Mapping[str, str]) -> Asked:
    """Read an address; what the module did not declare is left aside (X19). Raises UnknownModule."""
    listed = registry.module(module)
    text = " ".join(params.get("q", "").split())[:200]
    wanted = params.get("sort", "")
    default = BEST if words(text) else listed.sort
    sort = wanted if wanted.removeprefix("-") in listed.by_column else default
    filters = {key: params[key].strip() for key in listed.by_filter if params.get(key, "").strip()}
    problems = () if sort == wanted or not wanted else (_("This list cannot be sorted that way."),)
    return Asked(
        module=module, text=text, filters=filters, sort=sort, problems=problems,
        after=params.get("after", ""), before=params.get("before", ""),
    )  # fmt: skip


def narrowed(asked: Asked, *, user: User, now: datetime) -> tuple[Rows, tuple[str, ...]]:
    """The visible rows which meet the filters, without the search; and what was not understood, in sentences."""
    listed = registry.module(asked.module)
    rows, problems = listed.visible(user), []
    for key, value in asked.filters.items():
        try:
            rows = rows.filter(listed.by_filter[key].condition(value, Asking(user=user, now=now)))
        except NotUnderstood:
            label = listed.by_filter[key].label
            told = _("“%(value)s” says nothing for %(filter)s, so it was left aside.")
            problems.append(told % {"value": value, "filter": label})
    return rows, tuple(problems)


def matched(asked: Asked, *, user: User, now: datetime) -> Rows:
    """All rows of a list, in no order."""
    rows, _problems = narrowed(asked, user=user, now=now)
    return rows.filter(matching(registry.module(asked.module), asked.text))


def page(asked: Asked, *, user: User, now: datetime, size: int = PAGE) -> Page:
    """One page. A cursor that is none of ours gives the first one, and says so."""
    listed = registry.module(asked.module)
    order = _order(listed, asked.sort)
    given = asked.before or asked.after
    cursor = cursors.read(given, sort=asked.sort, kind=order.column.kind) if given else None
    rows, problems = narrowed(asked, user=user, now=now)
    backwards = bool(asked.before) and cursor is not None
    found = _Search(listed, asked, order, rows).rows(cursor, backwards=backwards, limit=size + 1)
    more, found = len(found) > size, found[:size]
    lost = (_("That page is not there any more. This is the first one."),) if given and cursor is None else ()
    if backwards:
        found.reverse()
    return Page(
        rows=[row for _segment, row in found],
        before=_edge(asked, order, found[0]) if found and (more if backwards else cursor) else "",
        after=_edge(asked, order, found[-1]) if found and (more or backwards) else "",
        problems=(*asked.problems, *problems, *lost),
    )


def first(asked: Asked, *, user: User, limit: int) -> list[Row]:
    """The first rows that a search finds; filters play no part."""
    listed = registry.module(asked.module)
    looked = _Search(listed, asked, _order(listed, asked.sort), listed.visible(user))
    return [row for _segment, row in looked.rows(None, backwards=False, limit=limit)]


def count(asked: Asked, *, user: User, now: datetime, seen: Page | None = None, exact: bool = False) -> Count:
    """How many rows; the planner's estimate where there are many, so that no list waits for its count.

    `seen` is the page that was found: one that is alone needs no counting. `exact` counts up to 10,000.
    """
    if seen is not None and not seen.before and not seen.after:
        return Count(number=len(seen.rows))
    rows = matched(asked, user=user, now=now).order_by()
    guess = estimate(rows)
    if guess > MOST_COUNTED * 1.5:
        return Count(number=_rounded(guess), about=True)
    if guess > QUICKLY_COUNTED and asked.params() and not exact:
        return Count(number=_rounded(guess), about=True, later=True)
    number = rows.values("pk")[: MOST_COUNTED + 1].count()
    return Count(number=min(number, MOST_COUNTED), about=number > MOST_COUNTED)


def estimate(rows: Rows) -> int:
    """How many rows the planner expects."""
    told = rows.order_by().values("pk").explain(format="json")
    return int(json.loads(told)[0]["Plan"]["Plan Rows"]) if told else 0  # Django itself knows when nothing can match


def _rounded(number: int) -> int:
    """Two figures that mean something, zeros after them."""
    unit = int(10 ** max(len(str(number)) - 2, 0))
    return round(number / unit) * unit


@dataclass(frozen=True)
class _Order:
    column: Column
    down: bool
    best: bool


def _order(listed: Listed, sort: str) -> _Order:
    key = listed.sort if sort == BEST else sort
    return _Order(listed.by_column[key.removeprefix("-")], key.startswith("-"), sort == BEST)


def _edge(asked: Asked, order: _Order, found: tuple[int, Row]) -> str:
    segment, row = found
    return Cursor(sort=asked.sort, segment=segment, value=row[order.column.field], id=row["id"]).written()


@dataclass(frozen=True)
class _Search:
    """One walk through a list, from a cursor on."""

    listed: Listed
    asked: Asked
    order: _Order
    narrow: Rows

    def rows(self, cursor: Cursor | None, *, backwards: bool, limit: int) -> list[tuple[int, Row]]:
        """At most `limit` rows beside the cursor, with their segment, in the direction of the walk."""
        segments = self._segments()
        start = cursor.segment if cursor else 0
        numbers = range(min(start, len(segments) - 1), -1, -1) if backwards else range(start, len(segments))
        found: list[tuple[int, Row]] = []
        for number in numbers:
            here = cursor if cursor and number == cursor.segment else None
            room = limit - len(found)
            found += [(number, row) for row in self._segment(segments[number], here, backwards=backwards, limit=room)]
            if len(found) >= limit:
                break
        return found

    def _segments(self) -> tuple[Q, ...]:
        found = matching(self.listed, self.asked.text)
        if not self.order.best:
            return (found,)
        starts = starting(self.listed, self.asked.text)
        return (starts,) if found == starts else (starts, found & ~starts)

    def _segment(self, condition: Q, cursor: Cursor | None, *, backwards: bool, limit: int) -> list[Row]:
        down = self.order.down != backwards
        beside = self._beside(cursor, down)
        if self.order.best and condition == starting(self.listed, self.asked.text):
            return self._read(self._ordered(self.narrow.filter(condition, beside), down)[:limit])
        rows = self.narrow.filter(condition)
        if not self.asked.params():
            return self._read(self._ordered(rows.filter(beside), down)[:limit])
        if estimate(rows) <= FEW:
            return self._read(self._gathered(rows.filter(beside), down)[:limit])
        if self.asked.text and not self.asked.filters:
            met = self._walk(condition, beside, down, limit)
            if len(met) >= limit:
                return self._by_id(met)
            return self._read(self._gathered(rows.filter(beside), down)[:limit])
        return self._read(self._ordered(rows.filter(beside), down)[:limit])

    def _beside(self, cursor: Cursor | None, down: bool) -> Q:
        if cursor is None:
            return Q()
        here = Func(F(self.order.column.field), F("id"), function="ROW", output_field=BooleanField())
        there = Func(Value(cursor.value), Value(cursor.id), function="ROW", output_field=BooleanField())
        return Q(LessThan(here, there) if down else GreaterThan(here, there))

    def _ordered(self, rows: Rows, down: bool) -> Rows:
        keys = (self.order.column.field, "id")
        return rows.order_by(*(f"-{key}" for key in keys) if down else keys)

    def _gathered(self, rows: Rows, down: bool) -> Rows:
        """The same order, written so that no index serves it: the matches are found first and sorted then."""
        nothing = "'' || %(expressions)s" if self.order.column.kind == "text" else "%(expressions)s + interval '0'"
        field = TextField() if self.order.column.kind == "text" else DateTimeField()
        key = Func(F(self.order.column.field), template=nothing, output_field=field)
        return rows.order_by(key.desc(), "-id") if down else rows.order_by(key.asc(), "id")

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
        rows = {row["id"]: row for row in self._read(self.listed.model._default_manager.filter(pk__in=ids))}
        return [rows[pk] for pk in ids if pk in rows]

    def _read(self, rows: Rows) -> list[Row]:
        fields = dict.fromkeys(("id", self.order.column.field, *self.listed.fields))
        return list(rows.values(*fields))
