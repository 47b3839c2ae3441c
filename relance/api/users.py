"""Colleagues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.api.tags import require_unchanged, tagged
from relance.team import actions
from relance.team.models import User
from relance.team.policy import require

router = Router(tags=["Users"])


class UserOut(Schema):
    """A colleague."""

    id: int
    email: str
    name: str
    role: str
    team: str | None
    is_active: bool
    language: str


class Users(Listed):
    """A page of colleagues."""

    items: list[UserOut]


class UserIn(Wanted):
    """A new colleague."""

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=120)
    role: str = Field("salesperson", max_length=40, description="The key of a role.")
    password: str | None = Field(None, max_length=4096, description="Without one, nobody can sign in until it is set.")
    language: Literal["", "en", "fr"] = Field("", description="Empty: the organisation’s.")


class UserPatch(Wanted):
    """What is to be changed of a colleague; what is left out stays. `team`: a name, made if new, or null for none."""

    name: str | None = Field(None, min_length=1, max_length=120)
    role: str | None = Field(None, max_length=40)
    team: str | None = Field(None, max_length=120)
    is_active: bool | None = Field(None, description="False closes the account; all that belongs to it stays.")


def show(user: User) -> UserOut:
    """A colleague as the API tells."""
    return UserOut(
        id=user.pk, email=user.email, name=user.name, role=user.role.key, team=user.team.name if user.team else None,
        is_active=user.is_active, language=user.language,
    )  # fmt: skip


@router.get("", response=Users, summary="All colleagues")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """All colleagues."""
    return paged(request, response, User.objects.select_related("role", "team"), page, show)


@router.post("", response={201: UserOut}, summary="Add a colleague")
def add(request: Caller, new: UserIn) -> Status[UserOut]:
    """Add a colleague. Administrators only."""
    require(request.user.is_administrator)
    validate_email(new.email.strip())
    if new.password is not None:
        validate_password(new.password)
    return Status(201, show(actions.add_user(**new.model_dump())))


@router.get("/{int:user_id}", response=UserOut, summary="One colleague")
def read(request: Caller, response: HttpResponse, user_id: int) -> UserOut:
    """One colleague."""
    return tagged(response, show(_found(user_id)))


@router.patch("/{int:user_id}", response=UserOut, summary="Change a colleague")
def change(request: Caller, response: HttpResponse, user_id: int, wanted: UserPatch) -> UserOut:
    """Change a colleague's name, role or team, or close the account. Administrators only."""
    require(request.user.is_administrator)
    user = _found(user_id)
    require_unchanged(request, show(user))
    said = wanted.model_dump(exclude_unset=True)
    held = actions.UserChange(
        name=user.name, role=user.role.key, team=user.team.name if user.team else "", is_active=user.is_active
    )
    told = {key: value for key, value in said.items() if value is not None or key == "team"}
    change = replace(held, **{**told, **({"team": told["team"] or ""} if "team" in told else {})})
    return tagged(response, show(actions.edit_user(user, change, by=request.user)))


def _found(user_id: int) -> User:
    return get_object_or_404(User.objects.select_related("role", "team"), pk=user_id)
