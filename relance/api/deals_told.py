"""What the API is told of deals, and what it tells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed
from relance.api.reading import Wanted
from relance.deals.models import Deal, StageMove
from relance.lib.refusal import Refused
from relance.records import registry
from relance.records import values as typed
from relance.records.fields import Value, Values
from relance.team.models import Module, User

PLAIN = (
    "id", "name", "currency", "close_date", "state", "note", "lost_because", "won_at", "lost_at", "moved_at",
    "modified_at", "created_at", "updated_at", "custom",
)  # fmt: skip
LINKS = ("account", "contact", "pipeline", "stage")
AMOUNT = "Zero stands for an amount that is not known yet."


class UnknownField(Refused):
    """A custom field that deals do not have."""


class DealOut(Schema):
    """A deal."""

    id: int
    name: str
    pipeline: int
    stage: int
    state: str
    amount: float
    currency: str
    close_date: date | None
    account: int | None
    contact: int | None = Field(description="The primary one.")
    contacts: list[int]
    owner: str | None
    note: str
    lost_because: str
    custom: dict[str, Any]  # the values of custom fields, each of its own type
    won_at: datetime | None
    lost_at: datetime | None
    moved_at: datetime = Field(description="Since when it stands in its stage.")
    modified_at: datetime = Field(description="The last change of its own fields.")
    created_at: datetime
    updated_at: datetime


class DealChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    amount: Decimal | None = Field(None, ge=0, lt=10**12, decimal_places=2, description=AMOUNT)
    currency: str | None = Field(None, min_length=3, max_length=3, description="ISO 4217, such as EUR.")
    close_date: date | None = None
    account: int | None = Field(None, ge=1, lt=2**63)
    contact: int | None = Field(None, ge=1, lt=2**63, description="The primary one; it becomes one of `contacts`.")
    contacts: list[int] | None = Field(None, max_length=100)
    pipeline: int | None = Field(None, ge=1, lt=2**63)
    stage: int | None = Field(None, ge=1, lt=2**63)
    owner: str | None = Field(None, description="The e-mail address of the colleague who looks after it.")
    note: str | None = Field(None, max_length=20_000)
    lost_because: str | None = Field(None, max_length=300)
    custom: dict[str, Any] | None = Field(None, description="Values of custom fields by their keys.")


class DealIn(DealChange):
    """A new deal."""

    name: str = Field(min_length=1, max_length=200)


class MoveIn(Wanted):
    """Where a deal goes."""

    stage: int = Field(ge=1, lt=2**63)
    above: int | None = Field(None, ge=1, lt=2**63, description="The deal below which it stands; null for the top.")
    seen: int | None = Field(None, ge=1, lt=2**63, description="The stage in which the caller saw it.")
    because: str = Field("", max_length=300, description="Why it was lost.")


class MoveOut(Schema):
    """One step of a deal's way."""

    id: int
    source: int | None
    target: int
    state: str = Field(description="What the deal was from then on: open, won or lost.")
    at: datetime
    by: str | None
    amount: float
    currency: str


class Moves(Listed):
    """A page of steps."""

    items: list[MoveOut]


def show(deal: Deal) -> DealOut:
    """A deal as the API tells."""
    links: dict[str, int | None] = {name: getattr(deal, f"{name}_id") for name in LINKS}
    return DealOut(
        amount=float(deal.amount),
        contacts=[link.person_id for link in deal.links.all()],
        owner=deal.owner.email if deal.owner else None,
        **links,  # type: ignore[arg-type]  # pipeline and stage are never null
        **{name: getattr(deal, name) for name in PLAIN},
    )


def show_move(move: StageMove) -> MoveOut:
    """A step as the API tells."""
    return MoveOut(
        id=move.pk,
        source=move.source_id,
        target=move.target_id,
        state=move.state,
        at=move.at,
        by=move.by.email if move.by else None,
        amount=float(move.amount),
        currency=move.currency,
    )


def values(wanted: DealChange) -> Values:
    """The request as typed values. Raises Http404 for a colleague who is not there, UnknownField, BadValue."""
    told = wanted.model_dump(exclude_unset=True)
    custom, owner = told.pop("custom", None) or {}, told.pop("owner", None)
    if told.get("name", "") is None:
        del told["name"]
    if "contacts" in told:
        told["contacts"] = tuple(map(str, told["contacts"] or ())) or None
    if "owner" in wanted.model_fields_set:
        told["owner"] = get_object_or_404(User, email__iexact=owner, is_active=True).pk if owner else None
    return {**told, **{key: _custom(key, value) for key, value in custom.items()}}


def _custom(key: str, value: object) -> Value:
    known = next((field for field in registry.fields(Module.DEAL) if field.custom and field.key == key), None)
    if known is None:
        raise UnknownField(_("Deals have no custom field %(key)s.") % {"key": key[:80]})
    return typed.read_json(known, value)
