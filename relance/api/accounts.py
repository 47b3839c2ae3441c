"""Companies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api import valued
from relance.api.filters import Narrowed, found_by, newest
from relance.api.key import Caller
from relance.api.paging import Listed, paged
from relance.api.reading import Moment, Wanted
from relance.api.tags import require_unchanged, tagged
from relance.api.valued import Told, custom_of, told
from relance.lib import clock
from relance.people import actions
from relance.people.models import Account
from relance.team.models import Module, User

router = Router(tags=["Accounts"])
PLAIN = (
    "id", "name", "website", "phone", "industry", "street", "postcode", "city", "country", "note", "created_at",
    "updated_at",
)  # fmt: skip


class AccountOut(Schema):
    """A company."""

    id: int
    name: str
    website: str
    phone: str
    industry: str
    street: str
    postcode: str
    city: str
    country: str
    note: str
    custom: Told = Field(description="The fields that an administrator added, by their keys; see `/modules`.")
    emails: list[str]
    owner: str | None
    created_at: datetime
    updated_at: datetime


class Accounts(Listed):
    """A page of companies."""

    items: list[AccountOut]


class AccountChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    emails: list[str] | None = Field(None, max_length=20)
    website: str | None = Field(None, max_length=300)
    phone: str | None = Field(None, max_length=40)
    industry: str | None = Field(None, max_length=120)
    street: str | None = Field(None, max_length=200)
    postcode: str | None = Field(None, max_length=20)
    city: str | None = Field(None, max_length=120)
    country: str | None = Field(None, max_length=80)
    note: str | None = None
    custom: Told | None = Field(None, description="Values by the keys of added fields; null empties one.")
    owner: str | None = Field(None, description="The e-mail address of the colleague who looks after it.")


class AccountIn(AccountChange):
    """A new company."""

    name: str = Field(min_length=1, max_length=200)


class Search(Narrowed):
    """Which companies: a search and the filters of the list."""

    q: str = Field("", max_length=200, description="Part of a name, city or address.")
    owner: str = Field("", description="The id of a colleague, `me` or `none`.")
    city: str = ""
    country: str = ""
    industry: str = ""
    created: str = Field("", description="30d, or a day: 2027-01-31.")
    updated_since: Moment | None = None


def show(account: Account) -> AccountOut:
    """A company as the API tells."""
    return AccountOut(
        emails=[address.email for address in account.addresses.all()],
        owner=account.owner.email if account.owner else None,
        custom=told(account, custom_of(Module.ACCOUNT)),
        **{name: getattr(account, name) for name in PLAIN},
    )


def draft(wanted: AccountChange, by: User) -> actions.AccountDraft:
    """The request as a draft. Raises Http404 for a colleague who is not there, BadValue, NoSuchField."""
    values = wanted.model_dump(exclude_unset=True)
    custom = valued.read(custom_of(Module.ACCOUNT), values.pop("custom", None) or {}, by=by)
    emails, owner = values.pop("emails", None), values.pop("owner", None)
    if values.get("name", "") is None:
        del values["name"]
    return actions.AccountDraft(
        values={name: value or "" for name, value in values.items()},
        custom=custom,
        emails=tuple(emails) if emails is not None else None,
        owner=get_object_or_404(User, email__iexact=owner, is_active=True) if owner else None,
    )


def found(request: Caller, account_id: int, *, hold: bool = False) -> Account:
    """An account that the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = Account.objects.visible_to(request.user).select_related("owner__team")
    if hold:
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows.prefetch_related("addresses"), pk=account_id)


@router.get("", response=Accounts, summary="Search companies")
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """Newest first. With `updated_since`, those changed since that moment only."""
    rows = newest(found_by(Module.ACCOUNT, search, user=request.user, given=request.GET))
    return paged(request, response, rows.select_related("owner").prefetch_related("addresses"), search, show)


@router.post("", response={201: AccountOut}, summary="Add a company")
def add(request: Caller, new: AccountIn) -> Status[AccountOut]:
    """The caller looks after it, unless `owner` names somebody else."""
    return Status(201, show(actions.add_account(draft(new, request.user), by=request.user, now=clock.now())))


@router.get("/{int:account_id}", response=AccountOut, summary="One company")
def read(request: Caller, response: HttpResponse, account_id: int) -> AccountOut:
    """Its people are found under `/contacts?account=ID`."""
    return tagged(response, show(found(request, account_id)))


@router.patch("/{int:account_id}", response=AccountOut, summary="Change a company")
def change(request: Caller, response: HttpResponse, account_id: int, wanted: AccountChange) -> AccountOut:
    """What is left out stays as it is."""
    with transaction.atomic():
        account = found(request, account_id, hold=True)
        require_unchanged(request, show(account))
        actions.edit_account(account, draft(wanted, request.user), by=request.user, now=clock.now())
    return tagged(response, show(found(request, account_id)))


@router.delete("/{int:account_id}", response={204: None}, summary="Delete a company")
def delete(request: Caller, account_id: int) -> Status[None]:
    """Its people stay."""
    actions.delete_account(found(request, account_id), by=request.user, now=clock.now())
    return Status(204, None)
