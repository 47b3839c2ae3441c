"""Webhooks: other programs are told what happens (API-02). Administrators only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, Page, PageQuery, paged
from relance.api.reading import Moment, Wanted
from relance.lib import clock
from relance.team.policy import require
from relance.webhooks import actions
from relance.webhooks.actions import WebhookDraft
from relance.webhooks.models import Delivery, Webhook

router = Router(tags=["Webhooks"])
EventName = Literal[
    "mail.sent", "mail.opened", "mail.clicked", "mail.replied", "mail.bounced", "mail.complained", "person.created",
    "person.unsubscribed", "form.submitted", "sequence.finished", "deal.changed", "deal.moved", "deal.won", "deal.lost",
    "record.created", "record.updated", "record.deleted",
]  # fmt: skip


class WebhookOut(Schema):
    """A webhook, without its secret."""

    id: int
    name: str
    url: str
    events: list[str]
    on_since: datetime | None = Field(description="null while it is off.")
    off_because: str = Field(description="by_hand, gone (the receiver answered 410) or failing (for three days).")
    off_at: datetime | None
    failing_since: datetime | None = Field(description="Since when no delivery has succeeded.")
    old_until: datetime | None = Field(description="Until when the secret before this one signs as well.")
    creator_id: int
    created_at: datetime
    updated_at: datetime


class WebhookMade(WebhookOut):
    """A webhook with a new secret, which is told this once only."""

    secret: str


class WebhooksListed(Listed):
    """A page of webhooks."""

    items: list[WebhookOut]


class WebhookChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=120)
    url: str | None = Field(None, min_length=1, max_length=500, description="https, on port 443 or 8443.")
    events: list[EventName] | None = Field(None, min_length=1, max_length=50)
    on: bool | None = None


class WebhookIn(WebhookChange):
    """A new webhook; it is on unless `on` is false."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=1, max_length=500, description="https, on port 443 or 8443.")
    events: list[EventName] = Field(min_length=1, max_length=50)


class TryOut(Schema):
    """One try."""

    at: datetime
    status: int | None
    why: str
    ms: int


class DeliveryOut(Schema):
    """One event for one webhook, and what became of it."""

    id: int
    event_id: str = Field(description="As in `webhook-id`; the same at every try.")
    type: str
    timestamp: datetime = Field(description="When it happened.")
    data: dict[str, Any]
    state: str = Field(description="waiting, done or failed.")
    why: str = Field(
        description="Why the last try failed: status, redirect, timeout, name, inner, no_way, tls, broken, no_http,"
        " gone, off, secret."
    )
    status: int | None
    took_ms: int | None
    tries: int
    next_try_at: datetime | None
    queued_at: datetime
    log: list[TryOut]


class Deliveries(Listed):
    """A page of the log."""

    items: list[DeliveryOut]


class DeliveryQuery(Page):
    """Which of them."""

    state: Literal["", "waiting", "done", "failed"] = ""


class ReplayIn(Wanted):
    """What is to be sent again."""

    since: Moment | None = Field(None, description="Only what was queued from then on.")


class Replayed(Schema):
    """How many begin again."""

    deliveries: int


def show(row: Webhook) -> WebhookOut:
    """A webhook as the API tells."""
    return WebhookOut(**{name: getattr(row, name) for name in WebhookOut.model_fields})


def show_made(saved: actions.Saved) -> WebhookMade:
    """The same with its new secret."""
    return WebhookMade(secret=saved.secret, **show(saved.webhook).model_dump())


def show_delivery(row: Delivery) -> DeliveryOut:
    """A delivery as the API tells."""
    named = {"type", "timestamp", "next_try_at"}
    return DeliveryOut(
        type=row.kind, timestamp=row.at, next_try_at=row.due_at,
        **{name: getattr(row, name) for name in DeliveryOut.model_fields if name not in named},
    )  # fmt: skip


def _found(request: Caller, webhook_id: int) -> Webhook:
    require(request.user.is_administrator)
    return get_object_or_404(Webhook.objects.kept(), pk=webhook_id)


def _delivery(request: Caller, webhook_id: int, delivery_id: int) -> Delivery:
    rows = _found(request, webhook_id).deliveries.select_related("webhook")
    return get_object_or_404(rows, pk=delivery_id)


def _draft(wanted: WebhookChange) -> WebhookDraft:
    told = wanted.model_dump(exclude_unset=True, exclude={"on"})
    return WebhookDraft(values={name: value for name, value in told.items() if value is not None})


@router.get("", response=WebhooksListed, summary="All webhooks")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first. Administrators only."""
    require(request.user.is_administrator)
    return paged(request, response, Webhook.objects.kept().order_by("-pk"), page, show)


@router.post("", response={201: WebhookMade}, summary="Make a webhook")
def add(request: Caller, new: WebhookIn) -> Status[WebhookMade]:
    """Its secret is told in this answer only. Administrators only."""
    saved = actions.save(None, _draft(new), by=request.user, now=clock.now())
    if new.on is False:
        row = actions.switch(saved.webhook, on=False, by=request.user, now=clock.now())
        saved = actions.Saved(webhook=row, secret=saved.secret)
    return Status(201, show_made(saved))


@router.get("/{int:webhook_id}", response=WebhookOut, summary="One webhook")
def read(request: Caller, webhook_id: int) -> WebhookOut:
    """What it is told, and whether it is on. Administrators only."""
    return show(_found(request, webhook_id))


@router.patch("/{int:webhook_id}", response=WebhookOut, summary="Change a webhook")
def change(request: Caller, webhook_id: int, wanted: WebhookChange) -> WebhookOut:
    """Change it, switch it on or off. Administrators only."""
    row = actions.save(_found(request, webhook_id), _draft(wanted), by=request.user, now=clock.now()).webhook
    if wanted.on is not None:
        row = actions.switch(row, on=wanted.on, by=request.user, now=clock.now())
    return show(row)


@router.delete("/{int:webhook_id}", response={204: None}, summary="Delete a webhook")
def delete(request: Caller, webhook_id: int) -> Status[None]:
    """What waited for it is forgotten. Administrators only."""
    actions.delete(_found(request, webhook_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{int:webhook_id}/secret", response=WebhookMade, summary="Make a new secret")
def renew(request: Caller, webhook_id: int) -> WebhookMade:
    """For a day both secrets sign, then the new one alone. It is told in this answer only. Administrators only."""
    return show_made(actions.renew_secret(_found(request, webhook_id), by=request.user, now=clock.now()))


@router.post("/{int:webhook_id}/test", response=DeliveryOut, summary="Send a test event")
def test(request: Caller, webhook_id: int) -> DeliveryOut:
    """Sends an event of the type `webhook.test` at once, and tells how it was answered. Administrators only."""
    return show_delivery(actions.try_out(_found(request, webhook_id), by=request.user, now=clock.now()))


@router.get("/{int:webhook_id}/deliveries", response=Deliveries, summary="The log of a webhook")
def deliveries(request: Caller, response: HttpResponse, webhook_id: int, asked: Query[DeliveryQuery]) -> dict[str, Any]:
    """Newest first, thirty days back. Administrators only."""
    rows = _found(request, webhook_id).deliveries.all()
    rows = rows.filter(state=asked.state) if asked.state else rows
    return paged(request, response, rows.order_by("-pk"), asked, show_delivery)


@router.get("/{int:webhook_id}/deliveries/{int:delivery_id}", response=DeliveryOut, summary="One delivery")
def delivery(request: Caller, webhook_id: int, delivery_id: int) -> DeliveryOut:
    """What was told, and each try. Administrators only."""
    return show_delivery(_delivery(request, webhook_id, delivery_id))


@router.post("/{int:webhook_id}/deliveries/{int:delivery_id}/replay", response=DeliveryOut, summary="Send it again")
def replay(request: Caller, webhook_id: int, delivery_id: int) -> DeliveryOut:
    """Delivers the event once more, under the same id, from the first try on. Administrators only."""
    row = _delivery(request, webhook_id, delivery_id)
    actions.replay(row, by=request.user)
    row.refresh_from_db()
    return show_delivery(row)


@router.post("/{int:webhook_id}/replay", response=Replayed, summary="Send again what did not arrive")
def replay_failed(request: Caller, webhook_id: int, wanted: ReplayIn) -> Replayed:
    """All that was given up, or what was queued since a moment. Administrators only."""
    row = _found(request, webhook_id)
    return Replayed(deliveries=actions.replay_failed(row, by=request.user, since=wanted.since))
