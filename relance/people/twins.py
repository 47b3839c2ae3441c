"""Records that may be the same person or company (REC-08): the same address, or the same name at the same company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from relance.people.models import Account, Address, People, Person
from relance.team.models import Module, User

MOST = 50
LARGEST = 10


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Some records and what they have in common."""

    shared: str
    by_address: bool
    records: Sequence[Person | Account]


def twins(module: str, *, user: User) -> list[Twins]:
    """Groups of a module that this colleague may see: those of the same address first, fifty of each sort at most."""
    return _accounts(user) if module == Module.ACCOUNT else _people(module, user)


def _people(kind: str, user: User) -> list[Twins]:
    visible = Person.objects.visible_to(user).filter(kind=kind)
    shared = (
        Address.objects.filter(person__in=visible)
        .values_list("normal")
        .annotate(held=Count("person"))
        .filter(held__gt=1)
        .order_by("normal")[:MOST]
    )
    same = [_of_address(visible, normal) for normal, _held in shared]
    named = (
        visible.exclude(name="")
        .values_list("name_folded", "company")
        .annotate(held=Count("id"))
        .filter(held__gt=1)
        .order_by("name_folded", "company")[:MOST]
    )
    return _told_once([*same, *(_of_name(visible, folded, company) for folded, company, _held in named)])


def _told_once(groups: list[Twins]) -> list[Twins]:
    """Who shares an address and a name as well, or two addresses, is one group: the first."""
    told: dict[frozenset[int], Twins] = {}
    for group in groups:
        told.setdefault(frozenset(record.pk for record in group.records), group)
    return list(told.values())


def _of_address(visible: People, normal: str) -> Twins:
    rows = visible.filter(addresses__normal=normal).select_related("owner", "account").order_by("pk")[:LARGEST]
    return Twins(shared=normal, by_address=True, records=list(rows))


def _of_name(visible: People, folded: str, company: str) -> Twins:
    rows = visible.filter(name_folded=folded, company=company).select_related("owner", "account").order_by("pk")
    records = list(rows[:LARGEST])
    return Twins(shared=str(records[0]), by_address=False, records=records)


def _accounts(user: User) -> list[Twins]:
    visible: QuerySet[Account] = Account.objects.visible_to(user)
    named = (
        visible.values_list("name_folded").annotate(held=Count("id")).filter(held__gt=1).order_by("name_folded")[:MOST]
    )
    groups = [
        list(visible.filter(name_folded=folded).select_related("owner").order_by("pk")[:LARGEST])
        for folded, _held in named
    ]
    return [Twins(shared=str(rows[0]), by_address=False, records=rows) for rows in groups]
