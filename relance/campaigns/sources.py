"""Where a mass mail of each module finds whom it writes to: the people themselves, or the primary contacts of deals.

A source is SQL over `p`, the person written to, who may be missing: then the row has no address (MASS-01, MASS-09).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from relance.people.models import Person
from relance.team.models import Module, User

Sql = tuple[str, list[Any]]  # with its parameters, of whatever type


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of a module with the person of each; `key` is the module's own id, by which rows are chosen and paged."""

    rows: str
    key: str
    name: str = "p.name"
    owner: str = "p.owner_id"


PEOPLE = Source(rows="people_person p", key="p.id")
DEALS = Source(
    rows="deals_deal d LEFT JOIN people_person p ON p.id = d.contact_id AND p.id IN ({visible})",
    key="d.id",
    name="coalesce(p.name, d.name)",
    owner="d.owner_id",
)
SOURCES: Mapping[str, Source] = {Module.LEAD: PEOPLE, Module.CONTACT: PEOPLE, Module.DEAL: DEALS}
MODULES = tuple(map(str, SOURCES))


def filled(sql: str, module: str, chosen: QuerySet[Any, Any], *, by: User) -> Sql:
    """The statement over the chosen rows of a module, with its parameters. Nobody is met whom `by` may not see (X8)."""
    source = SOURCES[module]
    rows = source.rows
    seen: list[Any] = []
    if "{visible}" in rows:
        visible, seen = compiled(Person.objects.visible_to(by).order_by().values_list("pk"))
        rows = rows.replace("{visible}", visible)
    selection, parameters = compiled(chosen.order_by().values_list("pk"))
    for name, part in (("rows", rows), ("key", source.key), ("name", source.name), ("owner", source.owner)):
        sql = sql.replace(f"{{{name}}}", part)
    return sql.replace("{selection}", selection), [*seen, *parameters]


def compiled(rows: QuerySet[Any, Any]) -> Sql:
    """A query as text; nothing for one that can find nothing."""
    try:
        sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "NULL", []
    return sql, list(parameters)
