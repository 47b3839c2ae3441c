"""Acts on many records at once: each touches only those for which the colleague has the right, and tells how many."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from relance.people.models import Account, Person
from relance.team import policy
from relance.team.models import Module, User

BATCH = 1_000
Record = TypeVar("Record", bound=Model)


def editable(rows: QuerySet[Record], module: str, *, by: User) -> QuerySet[Record]:
    """Those that this colleague may change."""
    return rows.filter(policy.scope(by, module, "edit"))


def deletable(rows: QuerySet[Record], module: str, *, by: User) -> QuerySet[Record]:
    """Those that this colleague may delete."""
    return rows.filter(policy.scope(by, module, "delete"))


@transaction.atomic
def hand_over_people(rows: QuerySet[Person], module: str, owner: User, *, by: User, now: datetime) -> int:
    """Give people another owner."""
    chosen = editable(rows, module, by=by).order_by().values("pk")
    return Person.objects.filter(pk__in=chosen).update(owner=owner, updated_at=now)


@transaction.atomic
def hand_over_accounts(rows: QuerySet[Account], owner: User, *, by: User, now: datetime) -> int:
    """Give companies another owner."""
    chosen = editable(rows, Module.ACCOUNT, by=by).order_by().values("pk")
    return Account.objects.filter(pk__in=chosen).update(owner=owner, updated_at=now)


@transaction.atomic
def delete_many(rows: QuerySet[Record], module: str, *, by: User) -> int:
    """Delete records. Mail that was sent stays, without the person; wishes stay in the ledger."""
    ids = list(deletable(rows, module, by=by).values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        rows.model._default_manager.filter(pk__in=ids[start : start + BATCH]).delete()
    return len(ids)
