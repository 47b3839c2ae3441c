"""The workspace: its one Organisation row, and the clock that a demo or test workspace can move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.team.models import Organisation

THE_ONE = "SELECT * FROM team_organisation ORDER BY id LIMIT 1"  # written out: nearly every action asks for it
MOVABLE = (Organisation.Workspace.DEMO, Organisation.Workspace.TEST)


class ClockIsReal(Refused):
    """Only the clock of a demo or test workspace can be moved."""


def organisation() -> Organisation:
    """The organisation of this installation; made with its defaults at first use."""
    found = next(iter(Organisation.objects.raw(THE_ONE)), None)
    return found or Organisation.objects.get_or_create(pk=1)[0]


@dataclass(frozen=True)
class Nameplate:
    """What every page shows of the organisation."""

    name: str
    workspace: str


def nameplate() -> Nameplate:
    """The name on the door, by a statement written out since every page asks for it (L1)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, workspace FROM team_organisation ORDER BY id LIMIT 1")
        row: tuple[str, str] | None = cursor.fetchone()
    return Nameplate(*row) if row else Nameplate(organisation().name, organisation().workspace)


def clock_offset() -> timedelta:
    """How far this workspace runs ahead of the real time; zero in production, or while the database is away."""
    rows = Organisation.objects.filter(workspace__in=MOVABLE).values_list("clock_offset", flat=True)
    try:
        return rows.first() or timedelta(0)
    except DatabaseError:
        if not transaction.get_autocommit():
            raise
        return timedelta(0)


def advance_clock(by: timedelta) -> timedelta:
    """Move the clock forward and give the new offset. Raises ClockIsReal, ValueError for a step back."""
    if by < timedelta(0):
        raise ValueError("the clock only moves forward")
    return _set_clock(add=by)


def reset_clock() -> timedelta:
    """Return to the real time (what has been sent stays sent). Raises ClockIsReal."""
    return _set_clock(add=None)


@transaction.atomic
def _set_clock(add: timedelta | None) -> timedelta:
    row = Organisation.objects.select_for_update().filter(workspace__in=MOVABLE).first()
    if row is None:
        raise ClockIsReal(_("Only the clock of a demo or test workspace can be moved."))
    row.clock_offset = timedelta(0) if add is None else row.clock_offset + add
    row.save(update_fields=["clock_offset"])
    clock.forget()
    offset: timedelta = row.clock_offset
    return offset
