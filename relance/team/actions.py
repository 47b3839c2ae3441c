"""Set up the organisation, add colleagues, and make and revoke keys of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db import connection, transaction
from django.utils.translation import gettext as _

from relance.lib import prepared
from relance.lib.refusal import Refused
from relance.team.models import ApiAnswer, ApiToken, Language, Organisation, Role, Team, User
from relance.team.policy import ensure_roles, require
from relance.team.workspace import organisation

KEPT_ANSWERS = timedelta(days=1)
OPENING: Mapping[str, type[ApiToken | User | Role]] = {"token": ApiToken, "holder": User, "role": Role}


class AlreadySetUp(Refused):
    """The first start was done before; sign in instead."""


class AddressTaken(Refused):
    """A colleague has this address already."""


@dataclass(frozen=True, kw_only=True)
class FirstStart:
    """The answers of the first page (ADM-01, UNSUB-06)."""

    organisation: str
    name: str
    email: str
    password: str
    language: str = Language.ENGLISH
    time_zone: str = "Europe/Paris"
    country: str = ""
    tracking: str = Organisation.Tracking.CONSENT


@transaction.atomic
def set_up(start: FirstStart, *, now: datetime) -> User:
    """Name the organisation and make its first administrator. Raises AlreadySetUp."""
    organisation()
    row = Organisation.objects.select_for_update().get(pk=1)
    if row.set_up_at is not None or User.objects.exists():
        raise AlreadySetUp(_("Relance is set up already. Sign in instead."))
    row.name, row.language, row.time_zone = start.organisation, start.language, start.time_zone
    row.country, row.tracking, row.set_up_at = start.country, start.tracking, now
    row.mail_name, row.mail_address = start.organisation, start.email
    row.save()
    return add_user(email=start.email, name=start.name, role=Role.Key.ADMINISTRATOR, password=start.password)


@transaction.atomic
def add_user(
    *, email: str, name: str, role: str, password: str | None = None, team: Team | None = None,
    language: str = "", time_zone: str = "",
) -> User:  # fmt: skip
    """A new colleague, with the organisation's language and time zone where none is named.

    Raises AddressTaken, UnknownRole.
    """
    roles, home = ensure_roles(), organisation()
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise AddressTaken(_("%(email)s belongs to a colleague already.") % {"email": email})
    return User.objects.create_user(
        email=email, password=password, name=name, role=roles.get(role) or _role(role), team=team,
        language=language or home.language, time_zone=time_zone or home.time_zone,
    )  # fmt: skip


def _role(key: str) -> Role:
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise UnknownRole(_("There is no role “%(key)s”. Choose one of those in the settings.") % {"key": key})
    return role


class UnknownRole(Refused):
    """No role has this key."""


class LastAdministrator(Refused):
    """Without this colleague nobody could administer Relance."""


@dataclass(frozen=True, kw_only=True)
class UserChange:
    """What is to be changed of a colleague; `team`: a name, made if it is new, or empty for none."""

    name: str
    role: str
    team: str = ""
    is_active: bool = True


@transaction.atomic
def edit_user(user: User, change: UserChange, *, by: User) -> User:
    """Change a colleague's name, role or team, or close the account.

    Raises Forbidden, LastAdministrator, UnknownRole.
    """
    require(by.is_administrator)
    role = _role(change.role)
    others = User.objects.select_for_update(of=("self",)).filter(role__administers=True, is_active=True)
    if not (role.administers and change.is_active) and not others.exclude(pk=user.pk).exists():
        raise LastAdministrator(_("Somebody has to administer Relance. Make another colleague administrator first."))
    user.name, user.role, user.is_active = change.name, role, change.is_active
    user.team = Team.objects.get_or_create(name=change.team)[0] if change.team else None
    user.save(update_fields=["name", "role", "is_active", "team"])
    return user


def make_token(
    user: User, *, name: str, scope: str = ApiToken.Scope.WRITE, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new key of the API and its text, which is shown this once only."""
    text, prefix, digest = ApiToken.generate()
    token = ApiToken.objects.create(
        user=user, name=name, prefix=prefix, digest=digest, scope=scope, expires_at=expires_at
    )
    return token, text


def revoke_token(token: ApiToken, *, by: User, now: datetime) -> None:
    """Close a key for good. Raises Forbidden unless it is one's own or one administers."""
    require(token.user_id == by.pk or by.is_administrator)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


def holder_of(text: str, *, now: datetime) -> ApiToken | None:
    """The key with this text if it opens anything now; its last use is noted to the minute."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "relance":
        return None
    token = _token(parts[1], ApiToken.digest_of(text))
    if token is None or not token.is_valid(now):
        return None
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _token(prefix: str, digest: str) -> ApiToken | None:
    """The key with its holder and her role, by a statement written out: every call of the API asks it."""
    with prepared.cursor() as cursor:
        cursor.execute(_opening(), [prefix, digest])
        row: tuple[object, ...] | None = cursor.fetchone()
    if row is None:
        return None
    holder, role = len(_names(ApiToken)), len(_names(ApiToken)) + len(_names(User))
    token = ApiToken.from_db(connection.alias, _names(ApiToken), row[:holder])
    token.user = User.from_db(connection.alias, _names(User), row[holder:role])
    token.user.role = Role.from_db(connection.alias, _names(Role), row[role:])
    return token


@cache
def _opening() -> str:
    columns = ", ".join(
        f'{table}."{field.column}"' for table, model in OPENING.items() for field in model._meta.concrete_fields
    )
    return (
        f"SELECT {columns} FROM team_apitoken AS token JOIN team_user AS holder ON holder.id = token.user_id "
        "JOIN team_role AS role ON role.id = holder.role_id WHERE token.prefix = %s AND token.digest = %s"
    )


@cache
def _names(model: type[ApiToken | User | Role]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def forget_answers(now: datetime) -> int:
    """Forget the API's answers that are older than a day; how many."""
    return ApiAnswer.objects.filter(created_at__lt=now - KEPT_ANSWERS).delete()[0]
