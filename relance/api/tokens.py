"""Keys of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Moment, Wanted
from relance.lib import clock
from relance.team import actions
from relance.team.models import ApiToken

router = Router(tags=["Tokens"])


class TokenOut(Schema):
    """A key, without its secret."""

    id: int
    name: str
    prefix: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(TokenOut):
    """A new key; its text is shown this once only."""

    token: str


class Tokens(Listed):
    """A page of keys."""

    items: list[TokenOut]


class TokenIn(Wanted):
    """The key wanted."""

    name: str = Field(min_length=1, max_length=120)
    scope: Literal["read", "write"] = "write"
    expires_at: Moment | None = None


@router.get("", response=Tokens, summary="My keys")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """My keys."""
    return paged(request, response, ApiToken.objects.filter(user=request.user), page, TokenOut.from_orm)


@router.post("", response={201: NewToken}, summary="Make a key")
def add(request: Caller, new: TokenIn) -> Status[NewToken]:
    """Make a key for myself."""
    token, text = actions.make_token(request.user, name=new.name, scope=new.scope, expires_at=new.expires_at)
    return Status(201, NewToken(token=text, **TokenOut.from_orm(token).dict()))


@router.delete("/{int:token_id}", response={204: None}, summary="Close a key")
def revoke(request: Caller, token_id: int) -> Status[None]:
    """Close a key for good."""
    actions.revoke_token(get_object_or_404(request.user.api_tokens, pk=token_id), by=request.user, now=clock.now())
    return Status(204, None)
