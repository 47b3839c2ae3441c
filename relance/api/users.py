"""Colleagues."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
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
    role: Literal["administrator", "manager", "salesperson", "read_only"] = "salesperson"
    password: str | None = Field(None, max_length=4096, description="Without one, nobody can sign in until it is set.")
    language: Literal["en", "fr"] = "en"


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
