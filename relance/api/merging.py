"""Duplicates, and records made one (REC-08)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from django.http import Http404
from ninja import Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.lib import clock
from relance.people import merging
from relance.people.models import Account, Person
from relance.people.twins import twins

router = Router(tags=["Duplicates"])
merges = Router(tags=["Duplicates"])
Merged = Literal["lead", "contact", "account"]


class Twin(Schema):
    """One record of a group."""

    id: int
    name: str
    email: str


class TwinsOut(Schema):
    """Records that may be the same. `by`: what they have in common."""

    by: Literal["address", "name"]
    shared: str
    records: list[Twin]


class MergeIn(Wanted):
    """`kept` stays and gets everything that hangs on `others`. `values`: by field, the record whose value stays."""

    module: Merged
    kept: int
    others: list[int] = Field(min_length=1, max_length=merging.MOST - 1)
    values: dict[str, int] = Field(default_factory=dict)


@router.get("/{module}", response=list[TwinsOut], operation_id="list_duplicates", summary="Possible duplicates")
def index(request: Caller, module: Merged) -> list[TwinsOut]:
    """Up to fifty groups of the same address, then fifty of the same name at the same company."""
    return [
        TwinsOut(
            by="address" if group.by_address else "name", shared=group.shared,
            records=[Twin(id=row.pk, name=str(row), email=row.primary_email) for row in group.records],
        )
        for group in twins(module, user=request.user)
    ]  # fmt: skip


@merges.post("", response=Twin, operation_id="merge_records", summary="Merge records")
def merge(request: Caller, wanted: MergeIn) -> Twin:
    """No mail, history or wish is lost; the stricter consent stands. Needs the right to delete the others."""
    row = _accounts(request, wanted) if wanted.module == "account" else _people(request, wanted)
    return Twin(id=row.pk, name=str(row), email=row.primary_email)


def _people(request: Caller, wanted: MergeIn) -> Person:
    found = Person.objects.visible_to(request.user).in_bulk([wanted.kept, *wanted.others])
    _all_there(found.keys(), wanted)
    others = [found[pk] for pk in wanted.others if pk != wanted.kept]
    return merging.merge_people(found[wanted.kept], others, wanted.values, by=request.user, now=clock.now())


def _accounts(request: Caller, wanted: MergeIn) -> Account:
    found = Account.objects.visible_to(request.user).in_bulk([wanted.kept, *wanted.others])
    _all_there(found.keys(), wanted)
    others = [found[pk] for pk in wanted.others if pk != wanted.kept]
    return merging.merge_accounts(found[wanted.kept], others, wanted.values, by=request.user, now=clock.now())


def _all_there(found: Collection[int], wanted: MergeIn) -> None:
    if not {wanted.kept, *wanted.others} <= set(found):
        raise Http404
