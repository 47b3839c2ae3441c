"""Where a mass mail of each module finds whom it writes to: people, primary contacts of deals, records with an address.

A source is SQL over `p`, the person written to, and `a`, the address. Either may be missing: without an address the row
is left out; a record of a custom module may carry one that no person holds (MASS-01, MASS-09).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from relance.people.models import Person
from relance.records import custom
from relance.team.models import Module, User

Sql = tuple[str, list[Any]]  # with its parameters, of whatever type


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of a module with the person of each; `key` is the module's own id, by which rows are chosen and paged.

    `copies` is the table that ties a copy to its row, and `about` what templates call such rows, where they are not
    people themselves.
    """

    rows: str
    key: str
    name: str = "p.name"
    owner: str = "p.owner_id"
    consent: str = "coalesce(p.tracking_consent, 'unknown')"
    address: str = "LEFT JOIN people_address a ON a.person_id = p.id AND a.position = 0"
    copies: str = ""
    about: str = ""


PEOPLE = Source(rows="people_person p", key="p.id")
DEALS = Source(
    rows="deals_deal d LEFT JOIN people_person p ON p.id = d.contact_id AND p.id IN ({visible})",
    key="d.id",
    name="coalesce(p.name, d.name)",
    owner="d.owner_id",
    copies="campaigns_dealcopy (recipient_id, deal_id)",
    about="Deal",
)
# What is known of the address by whoever holds it goes for the record too: the stricter word wins, seen or not.
RECORDS = Source(
    rows="""records_record q
  LEFT JOIN LATERAL (
    SELECT min(held.person_id) AS person_id, max(held.state_why) AS state_why,
      CASE WHEN bool_or(held.state = 'bounced') THEN 'bounced' WHEN bool_or(held.state = 'invalid') THEN 'invalid'
           ELSE 'valid' END AS state,
      CASE WHEN bool_or(holder.tracking_consent = 'denied') THEN 'denied'
           WHEN bool_or(holder.tracking_consent = 'granted') THEN 'granted' ELSE 'unknown' END AS consent
    FROM people_address held LEFT JOIN people_person holder ON holder.id = held.person_id
    WHERE held.normal = q.normal AND q.normal <> ''
  ) known ON true
  LEFT JOIN people_person p ON p.id = known.person_id AND p.id IN ({visible})""",
    key="q.id",
    name="coalesce(nullif(q.name, ''), q.email)",
    owner="q.owner_id",
    consent="known.consent",
    address="""CROSS JOIN LATERAL (
    SELECT nullif(q.email, '') AS email, nullif(q.normal, '') AS normal, known.state, known.state_why) a""",
    copies="campaigns_recordcopy (recipient_id, record_id)",
    about="Record",
)
SOURCES: Mapping[str, Source] = {Module.LEAD: PEOPLE, Module.CONTACT: PEOPLE, Module.DEAL: DEALS}


def modules() -> tuple[str, ...]:
    """The modules to whose records a mass mail can go."""
    return (*map(str, SOURCES), *(made.key for made in custom.modules() if made.has_email))


def source_of(module: str) -> Source:
    """How a module's records are written to."""
    return SOURCES.get(module, RECORDS)


def filled(sql: str, module: str, chosen: QuerySet[Any, Any], *, by: User) -> Sql:
    """The statement over the chosen rows of a module, with its parameters. Nobody is met whom `by` may not see (X8)."""
    source = source_of(module)
    rows = source.rows
    seen: list[Any] = []
    if "{visible}" in rows:
        visible, seen = compiled(Person.objects.visible_to(by).order_by().values_list("pk"))
        rows = rows.replace("{visible}", visible)
    selection, parameters = compiled(chosen.order_by().values_list("pk"))
    parts = {"rows": rows, "key": source.key, "name": source.name, "owner": source.owner}
    for name, part in {**parts, "consent": source.consent, "address": source.address}.items():
        sql = sql.replace(f"{{{name}}}", part)
    return sql.replace("{selection}", selection), [*seen, *parameters]


def compiled(rows: QuerySet[Any, Any]) -> Sql:
    """A query as text; nothing for one that can find nothing."""
    try:
        sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "NULL", []
    return sql, list(parameters)
