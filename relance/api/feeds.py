"""The private address of one's calendar (API-05)."""

from __future__ import annotations

from django.conf import settings
from ninja import Router, Schema, Status
from pydantic import Field

from relance.agenda import feed
from relance.agenda.models import CalendarFeed
from relance.api.key import Caller
from relance.lib import clock

router = Router(tags=["Calendar"])


class FeedOut(Schema):
    """Where other programs read one's calls and tasks."""

    address: str | None = Field(description="Who knows it needs no sign-in; null where there is none.")


@router.get("", response=FeedOut, summary="The address of one's calendar")
def read(request: Caller) -> FeedOut:
    """An iCalendar file (RFC 5545) of the caller's own calls and tasks."""
    return _told(CalendarFeed.objects.filter(user=request.user).first())


@router.post("", response={201: FeedOut}, summary="Make or renew the address")
def renew(request: Caller) -> Status[FeedOut]:
    """An older address leads nowhere from now on."""
    return Status(201, _told(feed.renew(request.user, now=clock.now())))


@router.delete("", response={204: None}, summary="Withdraw the address")
def withdraw(request: Caller) -> Status[None]:
    """No address leads to this calendar any more."""
    feed.withdraw(request.user)
    return Status(204, None)


def _told(known: CalendarFeed | None) -> FeedOut:
    return FeedOut(address=f"{settings.RELANCE_URL}/feeds/{feed.token_of(known)}.ics" if known else None)
