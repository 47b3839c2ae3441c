"""What every request asks first, in one look at the database: its session, who asks, the name on the door (L1).

Whose a session is stands inside it, so a process knows it from the second page on; what it knows only saves a look,
since nobody is taken for signed in before Django has read the session itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from relance.lib import prepared
from relance.records import definitions
from relance.team.models import Role, User
from relance.team.workspace import Nameplate

MOST_KNOWN = 10_000
LOOK = f"""
SELECT session.session_data, session.expire_date, door.name, door.workspace, {definitions.EDITION.strip()},
    hashtextextended(team_user.ctid::text || team_user.xmin::text, 4),
    hashtextextended(team_role.ctid::text || team_role.xmin::text, 5),
    (SELECT bit_xor(hashtextextended(ctid::text || xmin::text, 6)) FROM team_grant WHERE role_id = team_user.role_id),
    {{columns}}
FROM django_session AS session
LEFT JOIN team_user ON team_user.id = %s
LEFT JOIN team_role ON team_role.id = team_user.role_id
LEFT JOIN team_organisation AS door ON TRUE
WHERE session.session_key = %s AND session.expire_date > %s
"""
SESSION, DOOR, EDITION = slice(0, 2), slice(2, 4), slice(4, 10)
FIRST = EDITION.stop


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What came of the look. `nameplate` is None before the organisation was made."""

    session: tuple[str, datetime]
    nameplate: Nameplate | None
    user_id: int
    user: tuple[object, ...]
    edition: Hashable


@dataclass
class _Awaited:
    """The arrival of the request that is being answered, once its session was read."""

    arrival: Arrival | None = None


_awaited: ContextVar[_Awaited | None] = ContextVar("relance_arrival", default=None)
_whose: dict[str, int] = {}


@contextmanager
def awaited() -> Iterator[None]:
    """A request is being answered in here."""
    token = _awaited.set(_Awaited())
    try:
        yield
    finally:
        _awaited.reset(token)


def look(session_key: str, *, now: datetime) -> Arrival | None:
    """Read a session and what goes with it; None where the key opens nothing."""
    user_id = _whose.get(session_key, 0)
    with prepared.cursor() as cursor:
        cursor.execute(_statement(), [user_id, user_id, session_key, now])
        row: tuple[object, ...] | None = cursor.fetchone()
    if row is None:
        _whose.pop(session_key, None)
        return None
    (data, expiry), (name, workspace) = row[SESSION], row[DOOR]
    assert isinstance(data, str)
    assert isinstance(expiry, datetime)
    plate = Nameplate(str(name), str(workspace)) if workspace is not None else None
    edition = (connection.settings_dict["NAME"], user_id, *row[EDITION]) if user_id else None
    arrival = Arrival(session=(data, expiry), nameplate=plate, user_id=user_id, user=row[FIRST:], edition=edition)
    if (waiting := _awaited.get()) is not None:
        waiting.arrival = arrival
    return arrival


def belongs(session_key: str, user_id: int) -> None:
    """Keep in mind whose a session is, for its next look."""
    if len(_whose) >= MOST_KNOWN:
        _whose.clear()
    _whose[session_key] = user_id


def present() -> Arrival | None:
    """What came with the request that is being answered."""
    waiting = _awaited.get()
    return waiting.arrival if waiting is not None else None


def reader() -> str:
    """Who reads this page and all that every page shows her: her name and rights, the door, modules of one's own.

    Empty where nobody is signed in, or where it is not known what she may see without looking.
    """
    arrival = present()
    if arrival is None or arrival.edition is None:
        return ""
    return f"{arrival.edition} {arrival.nameplate}"


def colleague(user_id: int) -> User | None:
    """The colleague who came with the request, with her role, if she is this one; to be asked once."""
    arrival = present()
    if arrival is None or arrival.user_id != user_id or arrival.user[0] is None:
        return None
    return _of_row(arrival.user)


def read(user_id: int) -> User | None:
    """The same, looked up by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_alone(), [user_id])
        row: tuple[object, ...] | None = cursor.fetchone()
    return _of_row(row) if row is not None else None


def _of_row(row: tuple[object, ...]) -> User:
    hers = len(_names(User))
    user = User.from_db(connection.alias, _names(User), row[:hers])
    user.role = Role.from_db(connection.alias, _names(Role), row[hers:])
    return user


@cache
def _statement() -> str:
    return LOOK.format(columns=_columns())


@cache
def _alone() -> str:
    return (
        f"SELECT {_columns()} FROM team_user JOIN team_role ON team_role.id = team_user.role_id WHERE team_user.id = %s"
    )


def _columns() -> str:
    of = ((User, "team_user"), (Role, "team_role"))
    return ", ".join(f'{table}."{field.column}"' for model, table in of for field in model._meta.concrete_fields)


@cache
def _names(model: type[User | Role]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
