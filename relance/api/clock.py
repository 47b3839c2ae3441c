"""The clock of a demo or test workspace (ADM-06)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ninja import Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.lib import clock
from relance.team.policy import require
from relance.team.workspace import advance_clock, organisation, reset_clock

router = Router(tags=["Clock"])


class ClockOut(Schema):
    """What time it is here, and how far that is from the real time."""

    now: datetime
    offset_seconds: float
    movable: bool


class Advance(Wanted):
    """How far to move the clock forward."""

    seconds: float = Field(gt=0, le=366 * 86_400)


def show() -> ClockOut:
    """The clock as it stands."""
    return ClockOut(
        now=clock.now(), offset_seconds=clock.offset().total_seconds(),
        movable=organisation().workspace != "production",
    )  # fmt: skip


@router.get("", response=ClockOut, summary="The clock")
def read(request: Caller) -> ClockOut:
    """The clock as it stands."""
    return show()


@router.post("/advance", response=ClockOut, summary="Move the clock")
def advance(request: Caller, by: Advance) -> ClockOut:
    """Move the clock forward. Administrators of demo and test workspaces only."""
    require(request.user.is_administrator)
    advance_clock(timedelta(seconds=by.seconds))
    return show()


@router.post("/reset", response=ClockOut, summary="Return to the real time")
def reset(request: Caller) -> ClockOut:
    """Return to the real time."""
    require(request.user.is_administrator)
    reset_clock()
    return show()
