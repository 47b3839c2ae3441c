"""Colleagues."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router, Schema, Status

from relance.api.key import Caller
from relance.api.paging import PageQuery, paged
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


class Users(Schema):
    """A page of colleagues."""

    items: list[UserOut]
    next: str | None


class UserIn(Schema):
    """A new colleague."""

    email: str
    name: str
    role: Literal["administrator", "manager", "salesperson", "read_only"] = "salesperson"
    password: str | None = None
    language: Literal["en", "fr"] = "en"


def show(user: User) -> UserOut:
    """A colleague as the API tells."""
    return UserOut(
        id=user.pk, email=user.email, name=user.name, role=user.role.key, team=user.team.name if user.team else None,
        is_active=user.is_active, language=user.language,
    )  # fmt: skip


@router.get("", response=Users)
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """All colleagues."""
    return paged(request, response, User.objects.select_related("role", "team"), page, show)


@router.post("", response={201: UserOut})
def add(request: Caller, new: UserIn) -> Status[UserOut]:
    """Add a colleague. Administrators only."""
    require(request.user.is_administrator)
    return Status(201, show(actions.add_user(**new.model_dump())))
