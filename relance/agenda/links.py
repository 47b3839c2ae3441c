"""The records that a task, call, case or note is about: found by those who may see them, and named for them alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from relance.agenda.models import Case
from relance.deals.models import Deal
from relance.lib.refusal import Refused
from relance.people.models import Account, Person
from relance.records import custom, registry
from relance.records.fields import Value
from relance.records.models import Record
from relance.team.models import User

Linked = Person | Account | Deal | Record | Case
Row = Mapping[str, object]


class NotThere(Refused):
    """A record that is not there, or not for this colleague."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A record by its name: what something is about, with the module whose page shows it."""

    module: str
    id: int
    name: str
    icon: str


def _people(user: User) -> QuerySet[Person]:
    return Person.objects.visible_to(user)


def _accounts(user: User) -> QuerySet[Account]:
    return Account.objects.visible_to(user)


def _deals(user: User) -> QuerySet[Deal]:
    return Deal.objects.visible_to(user)


def _cases(user: User) -> QuerySet[Case]:
    return Case.objects.visible_to(user)


LINKS: Mapping[str, Callable[[User], QuerySet[Linked]]] = {
    "person": _people, "account": _accounts, "deal": _deals, "record": custom.visible_records, "case": _cases,
}  # fmt: skip
OF_MODULE = {"lead": "person", "contact": "person", "account": "account", "deal": "deal", "case": "case"}


def link_of(module: str) -> str:
    """The column that holds a record of this module."""
    return OF_MODULE.get(module, "record")


def linked(link: str, value: Value, user: User) -> Linked | None:
    """The record of this id that a colleague may see; None for nothing. Raises NotThere."""
    if value is None or value == "":
        return None
    row = LINKS[link](user).filter(pk=value).first() if isinstance(value, int) else None
    if row is None:
        raise NotThere(_("The record that this is about is not there, or you may not see it."))
    return row


def abouts(rows: Collection[Row], user: User) -> dict[int, list[Named]]:
    """What each of these rows (with `id` and the ids of its links) is about, as far as a colleague may see it.

    One query for each kind of record that occurs.
    """
    known: dict[tuple[str, object], Named] = {}
    for link, visible in LINKS.items():
        ids = {row[f"{link}_id"] for row in rows if row.get(f"{link}_id")}
        for record in visible(user).filter(pk__in=ids) if ids else ():
            known[link, record.pk] = named(record)
    told: dict[int, list[Named]] = {}
    for row in rows:
        found = [known.get((link, row.get(f"{link}_id"))) for link in LINKS]
        told[int(str(row["id"]))] = [name for name in found if name is not None]
    return told


def named(record: Linked) -> Named:
    """A record by its name."""
    match record:
        case Person():
            module = record.kind
        case Record():
            module = record.module
        case Account():
            module = "account"
        case Deal():
            module = "deal"
        case Case():
            module = "case"
    return Named(module=module, id=record.pk, name=str(record), icon=registry.module(module).icon)
