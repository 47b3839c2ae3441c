"""The searches of the API: the lists' own filters, and what has changed since a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from ninja import Schema

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import lists
from relance.records.finding import FEW
from relance.records.guessing import estimate
from relance.team.models import User

ASIDE = frozenset({"cursor", "limit", "count", "updated_since"})


class BadFilter(Refused):
    """A filter with a value that says nothing: nobody is found by mistake."""


def found_by(module: str, search: Schema, *, user: User) -> QuerySet[Any]:  # the rows of whichever module
    """The visible rows of a module that a search finds. Raises BadFilter."""
    since: datetime | None = getattr(search, "updated_since", None)
    rows = _matched(module, params_of(search), user=user)
    return rows if since is None else rows.filter(updated_at__gte=since)


def newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """In the order of the API's lists. Few matches are gathered first: walking back through a million keys is slow."""
    return rows.order_by((F("pk") + 0).desc() if estimate(rows) <= FEW else "-pk")


def params_of(search: Schema) -> dict[str, str]:
    """The filters that were named, as they stand in a list's address."""
    told = search.model_dump(exclude=set(ASIDE), by_alias=True)
    return {name: str(value) for name, value in told.items() if value}


def _matched(module: str, params: Mapping[str, str], *, user: User) -> QuerySet[Any]:
    now = clock.now()
    asked = lists.read(module, params)
    _rows, problems = lists.narrowed(asked, user=user, now=now)
    if problems:
        raise BadFilter(" ".join(problems))
    return lists.matched(asked, user=user, now=now)
