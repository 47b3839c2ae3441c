"""Roles: the reach on each module, and the rights that stand alone (REC-03)."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.api.tags import require_unchanged, tagged
from relance.records.granted import granted
from relance.team import roles
from relance.team.models import Level, Role
from relance.team.policy import require
from relance.team.roles import ALONE, BadRole, Reach, RoleDraft, reach_of

router = Router(tags=["Roles"])
LevelName = Literal["none", "own", "team", "all"]


class ReachOut(Schema):
    """How far one may read, change and delete."""

    read: LevelName
    edit: LevelName
    delete: LevelName


class RoleOut(Schema):
    """A role. `modules`: the reach by module; `users`: how many hold it."""

    id: int
    key: str
    name: str
    administers: bool
    modules: dict[str, ReachOut]
    rights: dict[str, bool]
    users: int


class Roles(Listed):
    """A page of roles."""

    items: list[RoleOut]


class ReachIn(Wanted):
    """How far one may read, change and delete; changing and deleting reach no further than reading."""

    read: LevelName = "none"
    edit: LevelName = "none"
    delete: LevelName = "none"


class RoleIn(Wanted):
    """A role. Modules and rights that are left out stay as they are; a new role has none of them."""

    name: str = Field(min_length=1, max_length=120)
    modules: dict[str, ReachIn] = Field(default_factory=dict)
    rights: dict[str, bool] = Field(default_factory=dict, description=f"Of these: {', '.join(ALONE)}.")


class RolePatch(RoleIn):
    """What is to be changed of a role."""

    name: str | None = Field(None, min_length=1, max_length=120)  # type: ignore[assignment]


def show(role: Role) -> RoleOut:
    """A role as the API tells."""
    reach = {
        module: ReachOut(read=_word(held.read), edit=_word(held.edit), delete=_word(held.delete))
        for module, held in reach_of(role).items()
    }
    return RoleOut(
        id=role.pk, key=role.key, name=str(role), administers=role.administers, modules=reach,
        rights={right: getattr(role, right) for right in ALONE}, users=vars(role).get("held", 0),
    )  # fmt: skip


def _word(level: Level) -> LevelName:
    names: dict[Level, LevelName] = {Level.NONE: "none", Level.OWN: "own", Level.TEAM: "team", Level.ALL: "all"}
    return names[level]


def _draft(wanted: RoleIn, name: str) -> RoleDraft:
    if unknown := {*(wanted.modules.keys() - granted().keys()), *(wanted.rights.keys() - set(ALONE))}:
        raise BadRole(_("There is no module or right called “%(name)s”.") % {"name": min(unknown)})
    reach = {
        module: Reach(**{act: Level[word.upper()] for act, word in held.model_dump().items()})
        for module, held in wanted.modules.items()
    }
    return RoleDraft(name=name, reach=reach, rights=wanted.rights)


def _found(role_id: int) -> Role:
    return get_object_or_404(roles.roles(), pk=role_id)


@router.get("", response=Roles, summary="All roles")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """All roles with what they allow. Administrators only."""
    require(request.user.is_administrator)
    return paged(request, response, roles.roles(), page, show)


@router.get("/{int:role_id}", response=RoleOut, summary="One role")
def read(request: Caller, response: HttpResponse, role_id: int) -> RoleOut:
    """What a role allows. Administrators only."""
    require(request.user.is_administrator)
    return tagged(response, show(_found(role_id)))


@router.post("", response={201: RoleOut}, summary="Make a role")
def add(request: Caller, new: RoleIn) -> Status[RoleOut]:
    """A role of one's own. Administrators only."""
    role = roles.add_role(_draft(new, new.name), by=request.user)
    return Status(201, show(_found(role.pk)))


@router.patch("/{int:role_id}", response=RoleOut, summary="Change a role")
def change(request: Caller, response: HttpResponse, role_id: int, wanted: RolePatch) -> RoleOut:
    """It holds from the next request of whoever has the role. Administrators only."""
    require(request.user.is_administrator)
    role = _found(role_id)
    require_unchanged(request, show(role))
    roles.edit_role(role, _draft(wanted, wanted.name or str(role)), by=request.user)
    return tagged(response, show(_found(role_id)))


@router.delete("/{int:role_id}", response={204: None}, summary="Delete a role")
def delete(request: Caller, role_id: int) -> Status[None]:
    """A role of one's own that nobody holds. Administrators only."""
    require(request.user.is_administrator)
    roles.delete_role(_found(role_id), by=request.user)
    return Status(204, None)
