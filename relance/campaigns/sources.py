"""Where a mass mail of each module finds whom it writes to: people, primary contacts of deals, records with an
address, members of lists.

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

from relance.people.models import Account, Person
from relance.records import custom
from relance.team.models import Module, User

Sql = tuple[str, list[Any]]  # with its parameters, of whatever type


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of a module with the person of each; `key` is the module's own id, by which rows are chosen and paged.

    `copies` is the table that ties a copy to its row, `about` what templates call such rows where they are not people
    themselves, and `left` whether the row has left the list by which it would be written to.
    """

    rows: str
    key: str
    name: str = "p.name"
    owner: str = "p.owner_id"
    consent: str = "coalesce(p.tracking_consent, 'unknown')"
    address: str = "LEFT JOIN people_address a ON a.person_id = p.id AND a.position = 0"
    copies: str = ""
    about: str = ""
    left: str = "false"


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
# Members of target lists: people, companies, colleagues, records, bare addresses, each by its primary address.
MEMBERS = Source(
    rows="""campaigns_listmember m
  LEFT JOIN people_person p ON p.id = m.person_id AND p.id IN ({visible})
  LEFT JOIN people_address pa ON pa.person_id = p.id AND pa.position = 0
  LEFT JOIN people_account k ON k.id = m.account_id AND k.id IN ({accounts})
  LEFT JOIN people_address ka ON ka.account_id = k.id AND ka.position = 0
  LEFT JOIN team_user v ON v.id = m.colleague_id AND v.is_active
  LEFT JOIN records_record q ON q.id = m.record_id AND q.id IN ({records})""",
    key="m.id",
    name="coalesce(p.name, k.name, v.name, nullif(q.name, ''), m.email)",
    owner="coalesce(p.owner_id, k.owner_id, q.owner_id)",
    address="""CROSS JOIN LATERAL (
    SELECT coalesce(pa.email, ka.email, v.email, nullif(q.email, ''), nullif(m.email, '')) AS email,
      coalesce(pa.normal, ka.normal, lower(v.email), nullif(q.normal, ''), nullif(m.normal, '')) AS normal,
      coalesce(pa.state, ka.state, 'valid') AS state, coalesce(pa.state_why, ka.state_why, '') AS state_why) a""",
    copies="campaigns_membercopy (recipient_id, member_id)",
    about="Member",
    left="m.opted_out_at IS NOT NULL",
)
LIST = "list"
SOURCES: Mapping[str, Source] = {Module.LEAD: PEOPLE, Module.CONTACT: PEOPLE, Module.DEAL: DEALS, LIST: MEMBERS}


def modules() -> tuple[str, ...]:
    """The modules to whose records a mass mail can go."""
    return (*map(str, SOURCES), *(made.key for made in custom.modules() if made.has_email))


def fields_module(module: str) -> str:
    """The module whose fields criteria and triggers name; members of lists are mostly people, called contacts there."""
    return str(Module.CONTACT) if module == LIST else module


def source_of(module: str) -> Source:
    """How a module's records are written to."""
    return SOURCES.get(module, RECORDS)


def filled(sql: str, module: str, chosen: QuerySet[Any, Any], *, by: User) -> Sql:
    """The statement over the chosen rows of a module, with its parameters. Nobody is met whom `by` may not see (X8)."""
    source = source_of(module)
    rows = source.rows
    seen: list[Any] = []
    for name, visible in (  # in the order in which the sources name them
        ("visible", lambda: Person.objects.visible_to(by)),
        ("accounts", lambda: Account.objects.visible_to(by)),
        ("records", lambda: custom.visible_records(by)),
    ):
        if f"{{{name}}}" in rows:
            keys, known = compiled(visible().order_by().values_list("pk"))
            rows, seen = rows.replace(f"{{{name}}}", keys), [*seen, *known]
    selection, parameters = compiled(chosen.order_by().values_list("pk"))
    parts = {"rows": rows, "key": source.key, "name": source.name, "owner": source.owner}
    parts |= {"consent": source.consent, "address": source.address, "left": source.left}
    for name, part in parts.items():
        sql = sql.replace(f"{{{name}}}", part)
    return sql.replace("{selection}", selection), [*seen, *parameters]


def compiled(rows: QuerySet[Any, Any]) -> Sql:
    """A query as text; nothing for one that can find nothing."""
    try:
        sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "NULL", []
    return sql, list(parameters)
