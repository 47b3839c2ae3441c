"""Chosen people: what a selection made in a list of leads or contacts stands for."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from relance.people.models import People, Person
from relance.records import selection as selections
from relance.records.registry import UnknownModule
from relance.records.selection import Selection
from relance.team.models import User


def resolve(selection: Selection, *, user: User, now: datetime) -> People:
    """The people chosen whom this colleague may see, in no order. Raises UnknownModule for anything but people."""
    if selection.module not in Person.Kind.values:
        raise UnknownModule(selection.module)
    return cast(People, selections.rows(selection, user=user, now=now))


def describe(selection: Selection, *, user: User, now: datetime) -> tuple[str, ...]:
    """The criteria in words: “acme”, City: Lyon."""
    told = selections.words(selection, user=user, now=now)
    return tuple(f"{label}: {value}" if label else value for label, value in told)
