"""Companies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Page, paged
from relance.lib import clock
from relance.lib.fold import fold
from relance.people import actions
from relance.people.models import Account

router = Router(tags=["Accounts"])


class AccountOut(Schema):
    """A company."""

    id: int
    name: str
    website: str
    phone: str
    industry: str
    city: str
    country: str
    note: str
    emails: list[str]
    owner: str | None
    created_at: datetime
    updated_at: datetime


class Accounts(Schema):
    """A page of companies."""

    items: list[AccountOut]
    next: str | None


class AccountChange(Schema):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    emails: list[str] | None = None
    website: str | None = Field(None, max_length=300)
    phone: str | None = Field(None, max_length=40)
    industry: str | None = Field(None, max_length=120)
    city: str | None = Field(None, max_length=120)
    country: str | None = Field(None, max_length=80)
    note: str | None = None


class AccountIn(AccountChange):
    """A new company."""

    name: str = Field(min_length=1, max_length=200)


class Search(Page):
    """Which companies."""

    q: str = Field("", description="Part of a name, city or address.")


def show(account: Account) -> AccountOut:
    """A company as the API tells."""
    return AccountOut(
        emails=[address.email for address in account.addresses.all()],
        owner=account.owner.email if account.owner else None,
        **{
            name: getattr(account, name)
            for name in (
                "id", "name", "website", "phone", "industry", "city", "country", "note", "created_at", "updated_at",
            )
        },
    )  # fmt: skip


def draft(wanted: AccountChange) -> actions.AccountDraft:
    """The request as a draft."""
    values = wanted.model_dump(exclude_unset=True)
    emails = values.pop("emails", None)
    return actions.AccountDraft(
        values={name: value or "" for name, value in values.items()},
        emails=tuple(emails) if emails is not None else None,
    )


def found(request: Caller, account_id: int) -> Account:
    """An account that the caller may see. Raises Http404."""
    rows = Account.objects.visible_to(request.user).select_related("owner__team").prefetch_related("addresses")
    return get_object_or_404(rows, pk=account_id)


@router.get("", response=Accounts)
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """Search companies."""
    rows = Account.objects.visible_to(request.user).select_related("owner").prefetch_related("addresses")
    for word in fold(search.q).split():
        rows = rows.filter(search__contains=word)
    return paged(request, response, rows, search, show)


@router.post("", response={201: AccountOut})
def add(request: Caller, new: AccountIn) -> Status[AccountOut]:
    """Add a company."""
    return Status(201, show(actions.add_account(draft(new), by=request.user, now=clock.now())))


@router.get("/{account_id}", response=AccountOut)
def read(request: Caller, account_id: int) -> AccountOut:
    """One company."""
    return show(found(request, account_id))


@router.patch("/{account_id}", response=AccountOut)
def change(request: Caller, account_id: int, wanted: AccountChange) -> AccountOut:
    """Change a company."""
    actions.edit_account(found(request, account_id), draft(wanted), by=request.user, now=clock.now())
    return show(found(request, account_id))


@router.delete("/{account_id}", response={204: None})
def delete(request: Caller, account_id: int) -> Status[None]:
    """Delete a company; its people stay."""
    actions.delete_account(found(request, account_id), by=request.user)
    return Status(204, None)
