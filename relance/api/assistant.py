"""The Assistant: what needs the caller's attention, acted on, put off or dismissed; and alerts (ENG-03, ENG-06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from relance.agenda import alerts, assistant
from relance.agenda.assistant import Card
from relance.agenda.models import Alert
from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Moment, Wanted
from relance.lib import clock
from relance.mail import contents

router = Router(tags=["Assistant"])
told = Router(tags=["Assistant"])


class CardOut(Schema):
    """One thing to see to, with its reason and what one acts on."""

    key: str
    kind: str = Field(description="reminder, replied, opened, bounced, mailbox, domain, task, call, quiet")
    at: datetime
    title: str
    why: str
    about: str
    phone: str = Field(description="By which the person may be called.")
    person_id: int | None
    deal_id: int | None
    message_id: int | None = Field(description="The mail to read.")
    follows_id: int | None = Field(description="`follows_id` of a draft that goes on in the thread.")
    reminder_id: int | None
    task_id: int | None
    call_id: int | None
    mailbox_id: int | None


class Cards(Schema):
    """All that stands now, the most pressing first."""

    items: list[CardOut]


class AsideIn(Wanted):
    """Until when; without it, for good."""

    until: Moment | None = None


class AlertOut(Schema):
    """What a recipient did for the first time."""

    id: int
    kind: str = Field(description="opened, replied, bounced")
    at: datetime
    message_id: int
    recipient_id: int
    person_id: int | None
    who: str
    subject: str


class Alerts(Listed):
    """A page of alerts."""

    items: list[AlertOut]


@router.get("", response=Cards, summary="What needs my attention")
def index(request: Caller) -> dict[str, Any]:
    """A card stands as long as what it tells of is so, unless it was put aside."""
    return {"items": [_show(card) for card in assistant.cards(request.user, now=clock.now())]}


@router.post("/{card_key}/aside", response={204: None}, summary="Put a card off, or dismiss it")
def put_aside(request: Caller, card_key: str, wanted: AsideIn) -> Status[None]:
    """A reminder asks again then if its condition still holds; without a time it is done."""
    try:
        assistant.put_aside(card_key, by=request.user, now=clock.now(), until=wanted.until)
    except assistant.NoSuchCard as gone:
        raise Http404 from gone
    return Status(204, None)


@router.delete("/{card_key}/aside", response={204: None}, summary="Show a card again")
def bring_back(request: Caller, card_key: str) -> Status[None]:
    """As if it had not been put aside."""
    assistant.bring_back(card_key, by=request.user)
    return Status(204, None)


@told.get("", response=Alerts, summary="My alerts")
def alerts_index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """First openings, replies and bounces of one's mails: once each, never for a machine; newest first."""
    return paged(request, response, alerts.standing(request.user).order_by("-pk"), page, _alert)


def _show(card: Card) -> CardOut:
    ids = {
        f"{name}_id": row.pk if (row := getattr(card, name)) else None
        for name in ("person", "deal", "reminder", "task", "call", "mailbox")
    }
    copy = card.recipient
    return CardOut(
        key=card.key, kind=card.kind.value, at=card.at, title=card.title, why=card.why, about=card.about,
        phone=card.phone, message_id=copy.message_id if copy else None, follows_id=copy.pk if copy else None, **ids,
    )  # fmt: skip


def _alert(row: Alert) -> AlertOut:
    copy = row.recipient
    return AlertOut(
        id=row.pk, kind=row.kind, at=row.at, message_id=copy.message_id, recipient_id=copy.pk,
        person_id=copy.person_id, who=copy.name or copy.email, subject=contents.subject_of(copy),
    )  # fmt: skip
