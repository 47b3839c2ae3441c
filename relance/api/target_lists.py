"""Target lists: make, fill, empty; who is on them (CAMP-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails_told import MOST_ROWS, Key
from relance.api.paging import Listed, Page, PageQuery, paged, start_of
from relance.api.reading import Wanted
from relance.campaigns import lists
from relance.campaigns.models import ListMember, TargetList
from relance.lib import clock
from relance.records.registry import UnknownModule
from relance.records.selection import Kind, Selection

router = Router(tags=["Target lists"])


class TargetListOut(Schema):
    """A target list and how many are on it, by what they are."""

    id: int
    name: str
    note: str
    owner_id: int
    people: int
    accounts: int
    colleagues: int
    records: int
    addresses: int
    opted_out: int = Field(description="How many have left the list; they are written to no more by it.")
    created_at: datetime
    updated_at: datetime


class TargetLists(Listed):
    """A page of target lists."""

    items: list[TargetListOut]


class TargetListIn(Wanted):
    """A list by its name."""

    name: str = Field(min_length=1, max_length=160)
    note: str = Field("", max_length=2000)


class FillIn(Wanted):
    """Whom to add: rows of a module by `ids`, or by the `params` of its list; `colleagues`; `addresses`; a `list`."""

    module: str = Field("", max_length=20)
    ids: list[Key] = Field([], max_length=MOST_ROWS)
    params: dict[str, str] | None = Field(None, max_length=30)
    colleagues: list[Key] = Field([], max_length=MOST_ROWS)
    addresses: list[str] = Field([], max_length=lists.MOST_ADDRESSES)
    from_list: Key | None = None


class FilledOut(Schema):
    """What came of it."""

    added: int
    already: int
    unread: list[str]


class MembersIn(Wanted):
    """Members by their own ids."""

    ids: list[Key] = Field(max_length=MOST_ROWS)


class ChangedOut(Schema):
    """How many were changed."""

    changed: int


class MemberOut(Schema):
    """A member: a person, an account, a colleague, a record, or an address alone."""

    id: int
    name: str
    person_id: int | None
    account_id: int | None
    colleague_id: int | None
    record_id: int | None
    email: str = Field(description="Of an address alone.")
    opted_out_at: datetime | None
    added_at: datetime


class Members(Listed):
    """A page of members, the oldest first."""

    items: list[MemberOut]


def found(request: Caller, list_id: int) -> TargetList:
    """A list that the caller may see. Raises Http404."""
    return get_object_or_404(TargetList.objects.visible_to(request.user), pk=list_id)


def show(row: TargetList) -> TargetListOut:
    """A list as the API tells."""
    size = lists.size(row)
    own = ("id", "name", "note", "owner_id", "created_at", "updated_at")
    counts = ("people", "accounts", "colleagues", "records", "addresses", "opted_out")
    told = {name: getattr(row, name) for name in own} | {name: getattr(size, name) for name in counts}
    return TargetListOut(**told)


def show_filled(filled: lists.Filled) -> FilledOut:
    """What came of filling a list."""
    return FilledOut(added=filled.added, already=filled.already, unread=list(filled.unread))


def _show_member(row: ListMember) -> MemberOut:
    names = [name for name in MemberOut.model_fields if name != "name"]
    return MemberOut(name=str(row), **{name: getattr(row, name) for name in names})


@router.get("", response=TargetLists, summary="All target lists")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    return paged(request, response, TargetList.objects.visible_to(request.user).order_by("-pk"), page, show)


@router.post("", response={201: TargetListOut}, summary="Make a target list")
def add(request: Caller, new: TargetListIn) -> Status[TargetListOut]:
    """Empty at first."""
    return Status(201, show(lists.make(new.name, note=new.note, by=request.user, now=clock.now())))


@router.get("/{int:list_id}", response=TargetListOut, summary="One target list")
def read(request: Caller, list_id: int) -> TargetListOut:
    """With the number of its members."""
    return show(found(request, list_id))


@router.put("/{int:list_id}", response=TargetListOut, summary="Rename a target list")
def change(request: Caller, list_id: int, wanted: TargetListIn) -> TargetListOut:
    """Its members stay."""
    row = lists.rename(found(request, list_id), wanted.name, note=wanted.note, by=request.user, now=clock.now())
    return show(row)


@router.delete("/{int:list_id}", response={204: None}, summary="Delete a target list")
def delete(request: Caller, list_id: int) -> Status[None]:
    """Unless a mass mail that has not left uses it."""
    lists.delete(found(request, list_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:list_id}/members", response=Members, summary="Its members")
def members(request: Caller, list_id: int, which: Query[Page]) -> Members:
    """Those whom the caller may see."""
    row, user, after = found(request, list_id), request.user, start_of(which)
    rows = lists.members(row, user=user, after=after, limit=which.limit + 1)
    following = str(rows[which.limit - 1].pk) if len(rows) > which.limit else None
    total = lists.size(row).total if which.count else None
    return Members(items=[_show_member(one) for one in rows[: which.limit]], next=following, total=total)


@router.post("/{int:list_id}/members", response=FilledOut, summary="Fill a target list")
def fill(request: Caller, list_id: int, wanted: FillIn) -> FilledOut:
    """Whoever is on it already stays on it once."""
    row, user, now = found(request, list_id), request.user, clock.now()
    if wanted.from_list is not None:
        return show_filled(lists.copy_from(row, found(request, wanted.from_list), by=user, now=now))
    if wanted.addresses:
        return show_filled(lists.add_addresses(row, "\n".join(wanted.addresses), by=user, now=now))
    if wanted.colleagues:
        return show_filled(lists.add_colleagues(row, wanted.colleagues, by=user, now=now))
    if wanted.params is not None:
        chosen = Selection(module=wanted.module, kind=Kind.FILTER, params=wanted.params)
    else:
        chosen = Selection(module=wanted.module, kind=Kind.ROWS, ids=tuple(wanted.ids))
    try:
        return show_filled(lists.fill(row, chosen, by=user, now=now))
    except UnknownModule:
        raise lists.BadList(_("There is no module %(key)s.") % {"key": wanted.module[:20]}) from None


@router.post("/{int:list_id}/remove", response=ChangedOut, summary="Take members off")
def remove(request: Caller, list_id: int, wanted: MembersIn) -> ChangedOut:
    """Their records stay."""
    return ChangedOut(changed=lists.remove(found(request, list_id), wanted.ids, by=request.user, now=clock.now()))


@router.post("/{int:list_id}/opt-out", response=ChangedOut, summary="Note that members left the list")
def opt_out(request: Caller, list_id: int, wanted: MembersIn) -> ChangedOut:
    """They get the mails of this list no more; other mail still reaches them."""
    return ChangedOut(changed=lists.opt_out(found(request, list_id), wanted.ids, by=request.user, now=clock.now()))


@router.post("/{int:list_id}/opt-in", response=ChangedOut, summary="Note that members want the list again")
def opt_in(request: Caller, list_id: int, wanted: MembersIn) -> ChangedOut:
    """By their own wish."""
    return ChangedOut(changed=lists.opt_in(found(request, list_id), wanted.ids, by=request.user, now=clock.now()))
