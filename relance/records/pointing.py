"""Records of modules of one's own that point to a record: the orders and invoices of a client (API-04)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import F

from relance.records import custom, custom_keys, registry
from relance.records.fields import Field, Kind
from relance.records.models import Record
from relance.records.registry import Listed
from relance.team import policy
from relance.team.models import User

MOST = 10


@dataclass(frozen=True, kw_only=True)
class Pointing:
    """The newest records of one module that point to a record by one link; `more` if there are others."""

    module: Listed
    link: Field
    is_only_link: bool
    records: Sequence[Record]
    more: bool


def links_to(target: str, user: User) -> Iterator[tuple[Listed, list[Field], list[Field]]]:
    """Modules that a colleague may read and whose custom fields link to this one: all their fields, and those links."""
    made = custom.own_fields()
    for there in registry.modules():
        fields = [*made.get(there.key, ()), custom.TAGS]
        links = [field for field in fields if field.kind == Kind.LINK and field.target == target]
        if links and policy.level(user, there.key, "read") != policy.NONE:
            yield there, fields, links


def pointing_to(target: str, pk: int, *, user: User) -> list[Pointing]:
    """What points to this record, as far as one may see it: a query for each link."""
    return [
        _pointing(there, link, pk, user, is_only_link=len(links) == 1)
        for there, _fields, links in links_to(target, user)
        for link in links
        if issubclass(there.model, Record)
    ]


def _pointing(there: Listed, link: Field, pk: int, user: User, *, is_only_link: bool) -> Pointing:
    rows = there.visible(user).annotate(points_to=custom_keys.link(link.key, F("custom"))).filter(points_to=pk)
    found = list(rows.order_by("-created_at", "-pk")[: MOST + 1])
    return Pointing(
        module=there, link=link, is_only_link=is_only_link, records=found[:MOST], more=len(found) > MOST
    )  # fmt: skip
