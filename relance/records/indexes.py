"""Indexes of custom fields, made when a saved view asks or sorts by one, dropped when none does any more (L1, L2).

PostgreSQL itself says which there are; the views say which are wanted. `settle` brings the two together: it may run
twice, or be killed, and ends in the same place.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from procrastinate.contrib.django import app

from relance.lib import criteria as trees
from relance.lib import prepared
from relance.lib.criteria import Condition, Unreadable
from relance.records import custom_keys, definitions, registry
from relance.records.fields import Field, Kind
from relance.records.models import View
from relance.records.registry import Listed, UnknownModule

logger = logging.getLogger(__name__)
SMALL = 20_000  # rows that are sorted in a moment without any index
MOST = 24  # on one table: each makes writing slower
UNINDEXED = frozenset({Kind.CHOICES, Kind.LONG_TEXT})
KNOWN = """
SELECT (SELECT reltuples FROM pg_class WHERE oid = %s::regclass),
  ARRAY(SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = %s::regclass AND c.relname LIKE 'custom\\_%%' AND i.indisvalid),
  ARRAY(SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = %s::regclass AND c.relname LIKE 'custom\\_%%' AND NOT i.indisvalid)
"""


@dataclass(frozen=True)
class Known:
    """What PostgreSQL says of a table: about how many rows, its indexes of custom fields, and those half made."""

    rows: float
    ready: frozenset[str]
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A custom field that views ask or sort by, and whether its index is ready."""

    module: Listed
    field: Field
    ready: bool


def known(listed: Listed) -> Known:
    """One query a request."""
    table = f'"{listed.model._meta.db_table}"'
    return definitions.meanwhile(("indexes", table), lambda: _asked(table))


def _asked(table: str) -> Known:
    with prepared.cursor() as cursor:
        cursor.execute(KNOWN, [table] * 3)
        rows, ready, broken = cursor.fetchone()
    return Known(rows, frozenset(ready), frozenset(broken))


def name_of(listed: Listed, field: Field) -> str:
    """The name of a field's index; another type is another index."""
    told = f"{listed.key}.{field.key}.{field.kind in custom_keys.NUMERIC}"
    return f"custom_{listed.key[:20]}_{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def is_fast(listed: Listed, field: Field, there: Known | None = None) -> bool:
    """Whether a list can be sorted by a custom field without anybody waiting."""
    there = there or known(listed)
    return there.rows < SMALL or name_of(listed, field) in there.ready


def is_small(listed: Listed) -> bool:
    """Whether all its rows can be looked through without anybody waiting."""
    return known(listed).rows < SMALL


def is_ready(listed: Listed, field: Field) -> bool:
    """Whether the planner knows this field, so that its guesses can be trusted."""
    return name_of(listed, field) in known(listed).ready


def standing() -> list[Standing]:
    """Every index that views want."""
    wanted = _wanted()
    return [
        Standing(module=listed, field=field, ready=is_ready(listed, field))
        for listed in registry.modules()
        for field in _fields(listed.key)
        if field.key in wanted.get(listed.key, ())
    ]


def _wanted() -> dict[str, set[str]]:
    """The keys of fields that views ask or sort by, of each module."""
    found: dict[str, set[str]] = {}
    for module, told, sort in View.objects.order_by("pk").values_list("module", "criteria", "sort"):
        for path in (*_paths(told), sort.removeprefix("-")):
            owner, key = _owner(module, path)
            if owner and key:
                found.setdefault(owner, set()).add(key)
    return found


def _paths(told: object) -> Iterator[str]:
    try:
        yield from (leaf.path for leaf in trees.leaves(trees.read(told)) if isinstance(leaf, Condition))
    except Unreadable:
        return


def _owner(module: str, path: str) -> tuple[str, str]:
    """The module to which the field at the end of a path belongs, and its key there."""
    step, _dot, rest = path.partition(".")
    if not rest:
        return module, step
    try:
        link = next((field for field in registry.fields(module) if field.key == step), None)
    except UnknownModule:
        return "", ""
    return _owner(link.target, rest) if link is not None and link.target else ("", "")


def _fields(module: str) -> list[Field]:
    return [field for field in registry.fields(module) if field.custom and field.kind not in UNINDEXED]


def want() -> None:
    """Ask for `settle`, in the caller's transaction."""
    app.configure_task("relance.indexes.settle", queue="imports").defer()


@app.task(name="relance.indexes.settle", queue="imports")
def settle_soon() -> None:
    """Safe to ring twice."""
    settle()


def settle() -> None:
    """Make the indexes that views want, and drop the others."""
    wanted = _wanted()
    by_table: dict[str, list[tuple[Listed, Field]]] = {}
    for listed in registry.modules():
        fields = [field for field in _fields(listed.key) if field.key in wanted.get(listed.key, ())]
        by_table.setdefault(listed.model._meta.db_table, []).extend((listed, field) for field in fields)
    for table, pairs in by_table.items():
        _settle_table(table, pairs[:MOST])


def _settle_table(table: str, pairs: list[tuple[Listed, Field]]) -> None:
    sample = next(listed for listed in registry.modules() if listed.model._meta.db_table == table)
    there = known(sample)
    names = {name_of(listed, field): (listed, field) for listed, field in pairs}
    for name in sorted((there.ready - names.keys()) | there.broken):
        _run(f'DROP INDEX {_together()} IF EXISTS "{name}"')
    missing = [name for name in names if name not in there.ready]
    for name in missing:
        _make(name, *names[name])
    if missing:
        _run(f'ANALYZE "{table}"')


def _make(name: str, listed: Listed, field: Field) -> None:
    columns = ", ".join((*(f'"{column}"' for column in listed.within), custom_keys.sql(field), '"id"'))
    logger.info("Making an index of %s.%s", listed.key, field.key)
    _run(f'CREATE INDEX {_together()} IF NOT EXISTS "{name}" ON "{listed.model._meta.db_table}" ({columns})')


def _together() -> str:
    """Beside everybody's work, which no transaction allows."""
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def _run(statement: str) -> None:
    definitions.forget()
    with connection.cursor() as cursor:
        cursor.execute(statement)
