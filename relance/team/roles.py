"""Roles as administrators define them (REC-03): the reach on each module, and the rights that stand alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.lib.refusal import Refused
from relance.team.models import Grant, Level, Role, User
from relance.team.policy import require

ADMINISTERS = "administers"
ALONE = ("may_send_mass_mail", "may_define_sequences", "may_delete_mail", "may_import", "may_export")
"""The rights that no module carries."""


class BadRole(Refused):
    """A role that cannot be as it was asked for; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far one may read, edit and delete on one module."""

    read: Level = Level.NONE
    edit: Level = Level.NONE
    delete: Level = Level.NONE

    def is_possible(self) -> bool:
        """Nobody changes or deletes what he may not see."""
        return self.edit <= self.read and self.delete <= self.read


@dataclass(frozen=True, kw_only=True)
class RoleDraft:
    """What is to be known of a role. Modules that are not named keep their reach."""

    name: str
    reach: Mapping[str, Reach] = field(default_factory=dict)
    rights: Mapping[str, bool] = field(default_factory=dict)


def roles() -> QuerySet[Role]:
    """All roles with the number of those who hold them (`held`), the built-in ones first."""
    return Role.objects.annotate(held=Count("users")).prefetch_related("grants").order_by("id")


def reach_of(role: Role) -> dict[str, Reach]:
    """The reach of a role by module."""
    return {
        grant.module: Reach(read=Level(grant.read), edit=Level(grant.edit), delete=Level(grant.delete_level))
        for grant in role.grants.all()
    }


@transaction.atomic
def add_role(draft: RoleDraft, *, by: User) -> Role:
    """A new role. Raises Forbidden, BadRole."""
    require(by.is_administrator)
    _check(draft)
    role = Role(key=_key(draft.name))
    return _write(role, draft)


@transaction.atomic
def edit_role(role: Role, draft: RoleDraft, *, by: User) -> Role:
    """Change a role, and with it what its holders may do from now on. Raises Forbidden, BadRole."""
    require(by.is_administrator)
    if role.administers:
        raise BadRole(_("Administrators may do everything; this role stays as it is. Make another role to limit it."))
    _check(draft, besides=role)
    return _write(role, draft)


@transaction.atomic
def delete_role(role: Role, *, by: User) -> None:
    """Delete a role that nobody holds. Raises Forbidden, BadRole."""
    require(by.is_administrator)
    if role.key in Role.Key.values:
        raise BadRole(_("The four roles that come with Relance stay. You may change what they allow."))
    held = role.users.count()
    if held:
        told = ngettext(
            "%(count)s colleague holds this role. Give another one first.",
            "%(count)s colleagues hold this role. Give them another one first.",
            held,
        )
        raise BadRole(told % {"count": held})
    role.delete()


def _check(draft: RoleDraft, *, besides: Role | None = None) -> None:
    name = draft.name.strip()
    if not name:
        raise BadRole(_("Give the role a name."))
    others = Role.objects.exclude(pk=besides.pk) if besides else Role.objects.all()
    if any(str(role).casefold() == name.casefold() for role in others):
        raise BadRole(_("There is a role of this name already. Choose another name."))
    if not all(reach.is_possible() for reach in draft.reach.values()):
        raise BadRole(_("Nobody can change or delete what he may not see: give at least as much reach to reading."))


def _write(role: Role, draft: RoleDraft) -> Role:
    role.name = _own_name(role, draft.name.strip())
    for right, allowed in draft.rights.items():
        if right in ALONE:
            setattr(role, right, allowed)
    role.save()
    for module, reach in draft.reach.items():
        values = {"read": reach.read, "edit": reach.edit, "delete_level": reach.delete}
        Grant.objects.update_or_create(role=role, module=module, defaults=values)
    return role


def _own_name(role: Role, name: str) -> str:
    """A built-in role that keeps its name keeps it in each reader's language."""
    return "" if role.key in Role.Key.values and name == str(Role.Key(role.key).label) else name[:120]


def _key(name: str) -> str:
    stem = slugify(name)[:32].replace("-", "_") or "role"
    taken = set(Role.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, 1000))) if key not in taken)
