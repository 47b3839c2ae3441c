"""The searches of the API: the lists' own filters, and what has changed since a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from relance.api.paging import Page
from relance.lib import clock
from relance.lib.criteria_text import LONGEST
from relance.lib.refusal import Refused
from relance.records import lists, views
from relance.records.finding import FEW
from relance.records.guessing import estimate
from relance.team.models import User

ASIDE = frozenset({"cursor", "limit", "count", "updated_since"})


class BadFilter(Refused):
    """A filter with a value that says nothing: nobody is found by mistake."""


class Narrowed(Page):
    """Any list of records: criteria of any depth, or those of a view, beside what the list names."""

    where: str = Field(
        "", max_length=LONGEST, description="Criteria: `all(city:is:Lyon,any(account.city:empty,@opened:yes:1:30))`."
    )
    view: str = Field("", pattern=r"^\d{0,18}$", description="The id of a view whose search and criteria apply.")


def found_by(
    module: str, search: Schema, *, user: User, given: Iterable[str] = ()
) -> QuerySet[Any]:  # the rows of whichever module
    """The visible rows of a module that a search finds; `given` are the names in the address. Raises BadFilter."""
    _require_known(search, given)
    since: datetime | None = getattr(search, "updated_since", None)
    rows = _matched(module, _opened(module, params_of(search), user=user), user=user)
    return rows if since is None else rows.filter(updated_at__gte=since)


def _require_known(search: Schema, given: Iterable[str]) -> None:
    fields = type(search).model_fields
    known = {field.alias or name for name, field in fields.items()}
    for name in given:
        if name not in known:
            raise BadFilter(_("“%(name)s” is nothing that this list can be narrowed by.") % {"name": name[:80]})


def _opened(module: str, params: Mapping[str, str], *, user: User) -> Mapping[str, str]:
    """What the view in question keeps, if there is one; its order and columns are those of pages."""
    if not params.get("view"):
        return params
    view = views.find(module, params["view"], user=user)
    if view is None:
        raise BadFilter(_("There is no such view here. Ask for those of this module."))
    return views.opened(view, params)


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
