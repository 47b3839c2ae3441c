"""Who may do what (REC-03): one question, `level(user, module, act)`, and one scope for every list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.team.models import Grant, Level, Module, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping

Act = Literal["read", "edit", "delete"]


class Forbidden(Refused):
    """The colleague's role does not allow this. The sentence says what is missing and who can change it."""


# Reach by role: module -> (read, edit, delete)
ALL, TEAM, OWN, NONE = Level.ALL, Level.TEAM, Level.OWN, Level.NONE
BUILT_IN: Mapping[str, tuple[Level, Level, Level]] = {
    Role.Key.ADMINISTRATOR: (ALL, ALL, ALL),
    Role.Key.MANAGER: (ALL, ALL, TEAM),
    Role.Key.SALESPERSON: (ALL, TEAM, OWN),
    Role.Key.READ_ONLY: (ALL, NONE, NONE),
}
RIGHTS: Mapping[str, tuple[str, ...]] = {
    Role.Key.ADMINISTRATOR: (
        "administers", "may_delete_mail", "may_define_sequences", "may_send_mass_mail", "may_export", "may_import",
    ),
    Role.Key.MANAGER: ("may_delete_mail", "may_define_sequences", "may_send_mass_mail", "may_export", "may_import"),
    Role.Key.SALESPERSON: ("may_send_mass_mail", "may_import"),
    Role.Key.READ_ONLY: (),
}  # fmt: skip


def ensure_roles() -> dict[str, Role]:
    """The four built-in roles, made where they are missing; those that exist are left as they are."""
    found = _built_in()
    missing = [key for key in Role.Key.values if key not in found]
    if not missing:
        return found
    made = (Role(key=key, **dict.fromkeys(RIGHTS[key], True)) for key in missing)
    Role.objects.bulk_create(made, ignore_conflicts=True)  # somebody may make them at this very moment
    found = _built_in()
    Grant.objects.bulk_create(
        (
            Grant(role=found[key], module=module, read=read, edit=edit, delete_level=delete)
            for key in missing
            for read, edit, delete in (BUILT_IN[key],)
            for module in Module.values
        ),
        ignore_conflicts=True,
    )
    return found


def _built_in() -> dict[str, Role]:
    return {role.key: role for role in Role.objects.filter(key__in=Role.Key.values)}


def level(user: User, module: str, act: Act) -> Level:
    """How far this colleague's right to read, edit or delete reaches on a module."""
    if not user.is_active:
        return Level.NONE
    if user.role.administers:
        return Level.ALL
    grants = _grants(user)
    grant = grants.get(module)
    if grant is None:
        return Level.NONE
    return Level({"read": grant.read, "edit": grant.edit, "delete": grant.delete_level}[act])


def scope(user: User, module: str, act: Act = "read", *, owner: str = "owner") -> Q:
    """The condition that keeps the rows which this colleague may read, edit or delete."""
    reach = level(user, module, act)
    if reach == Level.ALL:
        return Q()
    if reach == Level.TEAM and user.team_id is not None:
        return Q(**{f"{owner}__team_id": user.team_id}) | Q(**{f"{owner}_id": user.pk})
    if reach in (Level.OWN, Level.TEAM):
        return Q(**{f"{owner}_id": user.pk})
    return Q(pk__in=[])


def scope_sql(module: str, *, owner: str, viewers: str) -> str:
    """`scope` for reading, as SQL for where the one who asks is known to the database only: every one of `viewers`, a
    list of expressions for ids of colleagues, may read a row whose owner's id is `owner`."""
    return SEES.format(
        module=module, owner=owner, viewers=viewers, all=Level.ALL.value, team=Level.TEAM.value, own=Level.OWN.value
    )


SEES = """NOT EXISTS (
    SELECT FROM team_user viewer JOIN team_role role ON role.id = viewer.role_id
    LEFT JOIN team_grant reach ON reach.role_id = role.id AND reach.module = '{module}'
    LEFT JOIN team_user holder ON holder.id = {owner}
    WHERE viewer.id IN ({viewers}) AND NOT coalesce(viewer.is_active AND (
        role.administers OR reach.read = {all} OR (reach.read IN ({own}, {team}) AND holder.id = viewer.id)
        OR (reach.read = {team} AND holder.team_id = viewer.team_id)), false)
)"""


def allows(user: User, module: str, act: Act, row: Model, *, owner: str = "owner") -> bool:
    """Whether this colleague may do this to this row."""
    reach = level(user, module, act)
    if reach == Level.ALL:
        return True
    holder: User | None = getattr(row, owner, None)
    if holder is None or reach == Level.NONE:
        return False
    return holder.pk == user.pk or (reach == Level.TEAM and user.team_id is not None and holder.team_id == user.team_id)


def require(allowed: bool, sentence: str = "") -> None:
    """Raise Forbidden with a sentence unless it is allowed."""
    if not allowed:
        raise Forbidden(sentence or _("Your role does not allow this. An administrator can change it."))


def grants_of(user: User) -> Mapping[str, Grant]:
    """What her role grants, by module, read now; nothing for administrators, who need no grant."""
    return {} if user.role.administers else {grant.module: grant for grant in user.role.grants.all()}


def lend(user: User, grants: Mapping[str, Grant]) -> None:
    """Tell what her role grants to whoever asks about her, for as long as this request takes."""
    user._grants = grants  # type: ignore[attr-defined]


def _grants(user: User) -> Mapping[str, Grant]:
    cached: Mapping[str, Grant] | None = getattr(user, "_grants", None)
    if cached is None:
        lend(user, cached := grants_of(user))
    return cached
