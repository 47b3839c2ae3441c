"""Those behind a number of a mail, or behind lines of a log: a target list of them, a new mail to them.

MASS-08, CAMP-06.

They are what the mail was written for: people, deals, records, members of a list; never one taken for another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from relance.campaigns import lists, stats
from relance.campaigns.drafts import MassMailDraft, draft_mass_mail
from relance.campaigns.lists import Filled
from relance.campaigns.models import DealCopy, MassMail, RecordCopy, TargetList
from relance.campaigns.sources import LIST, compiled, source_of
from relance.mail.models import Recipient
from relance.people.models import Account, Person
from relance.records import custom
from relance.team.models import User

MOST = 10_000
"""Rows that a mail keeps one by one; more than that become a target list."""
# Members who are no people: companies, colleagues, records, bare addresses.
MEMBERS = """
INSERT INTO campaigns_listmember (target_list_id, account_id, colleague_id, record_id, email, normal, added_at)
SELECT %s, m.account_id, m.colleague_id, m.record_id, m.email, m.normal, %s
FROM campaigns_membercopy c JOIN campaigns_listmember m ON m.id = c.member_id
WHERE c.recipient_id IN ({copies}) AND m.person_id IS NULL
  AND (m.account_id IS NULL OR m.account_id IN ({accounts})) AND (m.record_id IS NULL OR m.record_id IN ({records}))
ORDER BY m.id ON CONFLICT DO NOTHING
"""
RECORDS = """
INSERT INTO campaigns_listmember (target_list_id, record_id, email, normal, added_at)
SELECT %s, c.record_id, '', '', %s FROM campaigns_recordcopy c
WHERE c.recipient_id IN ({copies}) AND c.record_id IN ({records}) ORDER BY c.record_id ON CONFLICT DO NOTHING
"""


def called(mass_mail: MassMail, bucket: str) -> str:
    """What a list of those behind this number, or a mail to them, is called where nobody says."""
    return f"{mass_mail.name}, {stats.BUCKETS[bucket].name}"[:160]


@transaction.atomic
def listed(copies: QuerySet[Recipient], *, name: str, by: User, now: datetime) -> tuple[TargetList, Filled]:
    """A new target list of those behind these copies whom the colleague may see. Raises Forbidden, BadList."""
    made = lists.make(name, by=by, now=now)
    others = _add(MEMBERS, made, copies, by=by, now=now) + _add(RECORDS, made, copies, by=by, now=now)
    people = lists.fill_people(made, _people(copies.filter(record_copy=None), by), now=now)
    return made, Filled(added=people.added + others, already=people.already)


def _people(copies: QuerySet[Recipient], by: User) -> QuerySet[Person]:
    return Person.objects.visible_to(by).filter(pk__in=copies.exclude(person=None).order_by().values("person_id"))


def _add(sql: str, made: TargetList, copies: QuerySet[Recipient], *, by: User, now: datetime) -> int:
    """Put rows on the list that are no people; how many. What is told for each name stands in the order of the text."""
    keys = {
        "copies": copies.order_by().values_list("pk"),
        "accounts": Account.objects.visible_to(by).order_by().values_list("pk"),
        "records": custom.visible_records(by).order_by().values_list("pk"),
    }
    told: list[Any] = [made.pk, now]  # the parameters of queries, of whatever type
    for name, rows in keys.items():
        if f"{{{name}}}" in sql:
            text, parameters = compiled(rows)
            sql, told = sql.replace(f"{{{name}}}", text), [*told, *parameters]
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return int(cursor.rowcount)


@transaction.atomic
def write_again(mass_mail: MassMail, copies: QuerySet[Recipient], *, name: str, by: User, now: datetime) -> MassMail:
    """A draft to those behind these copies of a mail: its deals, records or people, as rows of their own module.

    Members of lists, people who are leads and contacts by now, and more than `MOST` become a target list first.
    Raises Forbidden.
    """
    module, ids = _rows(mass_mail, copies, by)
    values: dict[str, object] = {"module": module, "audience": MassMail.Audience.ROWS, "criteria": {"ids": ids}}
    if copies.exists() and not 0 < len(ids) <= MOST:
        made, _filled = listed(copies, name=name, by=by, now=now)
        lists_of = {"lists": [made.pk]}
        values = {"module": LIST, "audience": MassMail.Audience.LISTS, "criteria": lists_of}
    return draft_mass_mail(MassMailDraft(values={**values, "name": name[:160]}), by=by, now=now)


def _rows(mass_mail: MassMail, copies: QuerySet[Recipient], by: User) -> tuple[str, list[int]]:
    """The module of the rows that these copies were written for, and their keys; none where they are of several."""
    copies = copies.order_by()
    match source_of(mass_mail.module).about:
        case "Deal":
            deals = DealCopy.objects.filter(recipient__in=copies).order_by("deal_id")
            return mass_mail.module, list(deals.values_list("deal_id", flat=True).distinct()[: MOST + 1])
        case "Record":
            records = RecordCopy.objects.filter(recipient__in=copies).order_by("record_id")
            return mass_mail.module, list(records.values_list("record_id", flat=True).distinct()[: MOST + 1])
        case "Member":
            return LIST, []
    people = _people(copies, by)
    kinds = list(people.order_by("kind").values_list("kind", flat=True).distinct())
    if len(kinds) != 1:
        return mass_mail.module, []
    return kinds[0], list(people.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
