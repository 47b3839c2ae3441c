"""What is held and asks before it leaves: after a long absence, or out of a backup (D16)."""

from __future__ import annotations

from datetime import datetime

from ninja import Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.lib import clock
from relance.mail import holds

router = Router(tags=["Hold"])


class HoldOut(Schema):
    """Whether mail is held. While data are `restored`, nothing leaves at all; `late` mail waits alone."""

    held: bool
    reason: str = Field(description="late, restored; empty when nothing is held")
    messages: int
    copies: int = Field(description="Of all these messages, the copies that have not left.")
    since: datetime | None = Field(description="When the first of them should have left.")


def show() -> HoldOut:
    """The hold as it stands."""
    hold = holds.standing()
    if hold is None:
        return HoldOut(held=False, reason="", messages=0, copies=0, since=None)
    return HoldOut(
        held=True, reason=hold.reason, messages=hold.messages, copies=hold.copies, since=hold.since
    )  # fmt: skip


@router.get("", response=HoldOut, summary="What is held")
def read(request: Caller) -> HoldOut:
    """What waits for an answer."""
    return show()


@router.post("/release", response=HoldOut, summary="Let it leave")
def release(request: Caller) -> HoldOut:
    """Let everything leave that is held. Administrators only."""
    holds.release(by=request.user, now=clock.now())
    return show()


@router.post("/stop", response=HoldOut, summary="Stop what is held")
def stop(request: Caller) -> HoldOut:
    """Never send what is held, and let new mail leave. Administrators only."""
    holds.stop(by=request.user, now=clock.now())
    return show()
