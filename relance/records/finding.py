"""How the rows of a list are found, so that it stays fast at a million of them (QUALITY section 2, L1 to L3).

Without criteria the order's index is walked. With criteria the planner's own estimate decides: few matches are
gathered and sorted, many are met while walking. A search without a chosen order shows those whose name starts with
the text first (BEST); this is also what keeps it fast, since walking by name meets names that start with "zoe" last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
    Window,
)  # fmt: skip
from django.db.models import Field as OutputField
from django.db.models.lookups import GreaterThan, LessThan

from relance.lib.criteria import EVERYTHING, Group
from relance.records import composing, definitions, rarity
from relance.records.criteria import Candidates
from relance.records.cursors import Cursor
from relance.records.guessing import estimate, estimate_of, statement
from relance.records.matching import gathering, has_grams, matching, starting, words
from relance.records.registry import Column, Listed, Rows
from relance.records.sorting import column_of

FEW = 3_000
TELLING_WORDS = 3
WALK, GLANCE = 25_000, 2_000  # rows that are looked at in order before the matches are gathered
NEAR = 400  # and before those, where criteria reach other tables: row by row, whatever the planner thinks of them
RARE_ROWS, TELLING_ROWS = 3, 6  # fewer among the nearest say that not one row in a hundred matches, or about one
SCARCE, MANY = 1_500, 10_000  # fewer candidates are sooner gathered than met; more take as long to be named as a walk
FAR, CHANCE = 80_000, 1.3  # entries of an index that are walked for candidates, where so many pages are expected there
# A subquery is asked for each row until the page is full: without a bound PostgreSQL may read all of the other table.
ONCE, ROW_BY_ROW = " LIMIT 1)", " LIMIT 1 OFFSET 0)"
BEST = "best"
NEAR_COLUMN = re.compile(r'near\."(\w+)"')
# A key written so that no index serves it.
UNSERVED: Mapping[str, tuple[str, OutputField[Any, Any]]] = {  # Any: whatever the column holds
    "text": ("'' || %(expressions)s", TextField()),
    "moment": ("%(expressions)s + interval '0'", DateTimeField()),
    "number": ("%(expressions)s + 0", FloatField()),
}
BARE = ("id", "sort_key")  # what an index of an order holds
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


@dataclass(frozen=True, kw_only=True)
class Narrow:
    """The rows that somebody sees (`scope`), what they must meet, and whether the planner only guesses how many do.

    `gather` is the same condition, put so that all matches are found soon and not the next ones in order. `name` gives
    those who alone can meet it, where they are few enough to be found first; None where they are not.
    No query is begun before one is needed: the plain list of a module needs none (L1).
    """

    see: Callable[[], Rows]
    criteria: Q = field(default_factory=Q)
    gather: Callable[[], Q] | None = None
    name: Callable[[], Candidates | None] = lambda: None
    guessed: bool = False
    scope: int | None = None

    @cached_property
    def visible(self) -> Rows:
        """All that somebody sees."""
        return self.see()

    @property
    def rows(self) -> Rows:
        """The visible rows that meet it."""
        return self.visible.filter(self.criteria)

    @cached_property
    def expected(self) -> int:
        """How many rows the planner expects to meet it."""
        return estimate(self.rows)

    @cached_property
    def all_met(self) -> Rows:
        """The same rows, for whoever wants them all."""
        return self.visible.filter(self.gather()) if self.gather else self.rows


def expected(listed: Listed, asked: Asked, narrow: Narrow) -> int:
    """How many rows a list has, about: by the sample of its texts where it is a search alone, else by the planner.

    For a list that nothing narrows, the question to the planner is composed once and for all.
    """
    looked_for = words(asked.text)
    is_alone = narrow.scope is not None and not narrow.guessed and not asked.is_narrowed
    share = rarity.known(listed).share(looked_for) if is_alone and any(map(has_grams, looked_for)) else None
    if not is_alone or (looked_for and share is None):
        return estimate(narrow.rows.filter(matching(listed, asked.text))) if asked.text else narrow.expected
    told = definitions.once(("guess", narrow.scope, listed.key), lambda: statement(narrow.rows))
    everything = estimate_of(told, lambda: narrow.rows)
    return everything if share is None else round(everything * share)


@dataclass(frozen=True)
class Order:
    """By what a list is sorted; `best` puts names that start with the search first."""

    column: Column
    down: bool
    best: bool


def order_of(listed: Listed, sort: str) -> Order:
    """The order that an address names, which `sorting.column_of` knows."""
    key = listed.sort if sort == BEST else sort
    column = column_of(listed, key.removeprefix("-"))
    return Order(column or listed.by_column[listed.sort.removeprefix("-")], key.startswith("-"), sort == BEST)


def _is_any(among: Rows) -> Func:
    """Whether a record is one of these: as an array that is sorted and looked up along an index in one go."""
    joined = {"template": "%(expressions)s)", "arg_joiner": " = ANY ("}
    return Func(F("pk"), ArraySubquery(among), output_field=BooleanField(), **joined)


@dataclass(frozen=True)
class _Segment:
    """A part of a list: its condition as a walk tests it, and as the index of trigrams finds it.

    `whole` says that it is a stretch of the order's own index, which is simply read on.
    """

    walked: Q
    gathered: Q
    whole: bool = False

    @property
    def stretch(self) -> Q:
        """What bounds the walk itself."""
        return self.walked if self.whole else Q()

    @property
    def tested(self) -> Q:
        """What is tested on each row of the walk."""
        return Q() if self.whole else self.walked


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
    narrow: Narrow

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
        if (made := self._composed(cursor, down, limit)) is not None:
            return made.rows(cursor), None
        beside = self._beside(cursor, down)
        rows = self.narrow.rows.filter(segment.walked)
        guessed = self.narrow.guessed
        number = 0 if self._is_telling() or (segment.whole and not guessed) else self._expected(rows)
        few = number <= FEW and not (segment.whole and not guessed)
        if not guessed and (segment.whole or not (few or (self.asked.text and not self.asked.is_narrowed))):
            return list(self._after(cursor, rows, down, limit)), None
        if guessed or not few:
            met = self._met(segment, beside, down, limit, number)
            if len(met) >= limit:
                return self._by_id(met), None
        return self._gather(self.narrow.all_met.filter(segment.gathered, beside, self._few()), down, limit)

    def _few(self) -> Q:
        """Only few candidates, if they were named: they are looked up as one sorted list, along any index."""
        candidates = self._candidates if self.narrow.guessed else None
        if candidates is None or candidates.number > MANY:
            return Q()
        return reduce(or_, (Q(_is_any(among)) for among in candidates.among))

    @cached_property
    def _candidates(self) -> Candidates | None:
        return self.narrow.name()

    def _met(self, segment: _Segment, beside: Q, down: bool, limit: int, number: int) -> list[int]:
        """Ids that are met while walking, `number` being expected in all; not a full page: they are to be gathered."""
        if not self.narrow.guessed:
            return self._walk(segment, beside, down, limit, WALK)
        met = self._walk(segment, beside, down, limit, NEAR)
        if len(met) >= limit:
            return met
        is_rare = len(met) < TELLING_ROWS and self._asks_elsewhere(segment)
        candidates = self._candidates if is_rare else None
        are_many = candidates is None or candidates.number > MANY
        if not is_rare or (len(met) >= RARE_ROWS and are_many):
            return self._walk(segment, beside, down, limit, GLANCE if number <= FEW else WALK)
        if candidates is None or candidates.number <= SCARCE:
            return []
        if number * FAR < limit * estimate(self.narrow.visible) * CHANCE:
            return []
        return self._walk_among(candidates, segment, beside, down, limit)

    def _asks_elsewhere(self, segment: _Segment) -> bool:
        """Whether each row of a walk is looked up in other tables: then few matches are sooner gathered from there."""
        return "SELECT " in self._where(self.narrow.criteria & segment.walked)[0]

    def _expected(self, rows: Rows) -> int:
        if self.asked.is_narrowed or self.narrow.guessed:
            return estimate(rows) if self.asked.text else self.narrow.expected
        return expected(self.listed, self.asked, self.narrow)

    def _is_telling(self) -> bool:
        """Whether so many words were given that few rows can hold them all: then the planner need not be asked."""
        return not self.narrow.guessed and len(words(self.asked.text)) >= TELLING_WORDS

    def _composed(self, cursor: Cursor | None, down: bool, limit: int) -> composing.Composed | None:
        """The next rows of the order's own index: for a list that nothing narrows, composed once and for all."""
        if self.narrow.scope is None or self.narrow.guessed or self.asked.params():
            return None
        key = ("list", self.narrow.scope, self.listed.key, self.order.column.key, down, cursor is None, limit)
        marked = composing.mark(self.order.column.kind) if cursor else None
        return definitions.once(key, lambda: composing.composed(self._after(marked, self.narrow.rows, down, limit)))

    def _after(self, cursor: Cursor | None, rows: Rows, down: bool, limit: int) -> QuerySet[Any, Row]:
        return self._whole(self._ordered(rows.filter(self._beside(cursor, down)), down)[:limit])

    def _beside(self, cursor: Cursor | None, down: bool) -> Q:
        if cursor is None:
            return Q()
        here = Func(self.order.column.value(), F("id"), function="ROW", output_field=BooleanField())
        there = Func(Value(cursor.value), Value(cursor.id), function="ROW", output_field=BooleanField())
        return Q(LessThan(here, there) if down else GreaterThan(here, there))

    def _ordered(self, rows: Rows, down: bool) -> Rows:
        key = self.order.column.value()
        return rows.order_by(key.desc(), "-id") if down else rows.order_by(key.asc(), "id")

    def _gather(self, rows: Rows, down: bool, limit: int) -> tuple[list[Row], int]:
        """The first of the matches and the number of all, in one look; only what is shown is then read whole.

        The order is written so that no index serves it: the matches are found first and sorted then.
        """
        template, field = UNSERVED[self.order.column.kind]
        key = Func(self.order.column.value(), template=template, output_field=field)
        ordered = rows.order_by(key.desc(), "-id") if down else rows.order_by(key.asc(), "id")
        told = ordered.annotate(found=Window(Count("*"))).values("id", "found")[:limit]
        # A search has one shape whatever its words are: it is planned once, which takes as long as finding a rare one.
        kept = None if self.asked.is_narrowed else composing.composed(told)
        met = kept.rows(None) if kept else list(told)
        return self._by_id([row["id"] for row in met]), met[0]["found"] if met else 0

    def _walk(self, segment: _Segment, beside: Q, down: bool, limit: int, reach: int) -> list[int]:
        """Ids of matches among the next `reach` rows in order.

        By name and without criteria, the index carries the text and no table is read.
        """
        where, values = self._where(self.narrow.criteria & segment.tested)
        where = where.replace(ONCE, ROW_BY_ROW)
        near = self._near(beside & segment.stretch, down).values_list(*self._tested(where))[:reach]
        return self._first(near, where, values, down, limit)

    def _walk_among(self, candidates: Candidates, segment: _Segment, beside: Q, down: bool, limit: int) -> list[int]:
        """The same among the next FAR rows, of which only candidates are tested.

        These are read once and each row is looked up in them; so the index of the order is all that is walked.
        """
        named, names = self._where(reduce(or_, (Q(pk__in=among) for among in candidates.among)))
        meets = (
            self.listed.model._default_manager.filter(self.narrow.criteria & segment.tested)
            .order_by()
            .values_list("id")
        )
        test, values = meets.query.sql_with_params()
        where = f"({named}) IS TRUE AND EXISTS(SELECT FROM ({test}) AS met WHERE met.id = near.id{ROW_BY_ROW}"
        near = self._near(beside & segment.stretch, down).values_list(*BARE)[:FAR]
        return self._first(near, where, (*names, *values), down, limit)

    def _near(self, beside: Q, down: bool) -> Rows:
        return self._ordered(self.narrow.visible.filter(beside).annotate(sort_key=self.order.column.value()), down)

    def _first(self, near: Rows, where: str, values: tuple[Any, ...], down: bool, limit: int) -> list[int]:
        """Ids of the first of these rows that meet a condition."""
        told, near_values = near.query.sql_with_params()
        way = "DESC" if down else "ASC"
        with connection.cursor() as cursor:
            walk = (
                f"SELECT near.id FROM ({told}) AS near WHERE {where} "
                f"ORDER BY near.sort_key {way}, near.id {way} LIMIT {limit:d}"
            )
            cursor.execute(walk, (*near_values, *values))
            return [row[0] for row in cursor.fetchall()]

    def _tested(self, where: str) -> tuple[str, ...]:
        """The columns that a walk needs: of the text alone, or those that the criteria compare."""
        if self.asked.is_narrowed:
            used = set(NEAR_COLUMN.findall(where))
            columns = self.listed.model._meta.concrete_fields
            return ("id", *(one.attname for one in columns if one.column in used and one.attname != "id"), "sort_key")
        return ("id", self.listed.search, *([self.listed.starts] if self.order.best else []), "sort_key")

    def _where(self, condition: Q) -> tuple[str, tuple[Any, ...]]:  # Any: the values of whichever columns
        """A condition as it is tested on the rows of a walk. Criteria reach other tables only by subqueries."""
        asked = self.listed.model._default_manager.filter(condition).order_by().values_list("id")
        told, values = asked.query.sql_with_params()
        _head, _where, where = told.partition(" WHERE ")
        return where.replace(f'"{self.listed.model._meta.db_table}".', "near.") or "TRUE", values

    def _by_id(self, ids: list[int]) -> list[Row]:
        if not ids:
            return []
        everyone, key = self.listed.model._default_manager, ("rows", self.listed.key, self.order.column.key)
        made = definitions.once(key, lambda: composing.composed(self._whole(everyone.filter(composing.among()))))
        met = made.of(ids) if made is not None else self._whole(everyone.filter(pk__in=ids))
        rows = {row["id"]: row for row in met}
        return [rows[pk] for pk in ids if pk in rows]

    def _whole(self, rows: Rows) -> QuerySet[Any, Row]:  # Any: a row of this module
        fields = dict.fromkeys(("id", *self.listed.fields))
        told: QuerySet[Any, Row] = rows.annotate(sort_key=self.order.column.value()).values(*fields, "sort_key")
        return told
