"""Take what is due, and write down what became of it: after the queue the only writer of a delivery's state.

What is taken is due again after a while: if the process is killed before the answer is written, the event is delivered
once more, under the same id. All times are real ones, whatever the workspace's clock says: receivers go by theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from relance.lib.crypto import CannotOpen
from relance.mail.secrets import box
from relance.webhooks import rules
from relance.webhooks.models import Delivery, Webhook
from relance.webhooks.posting import Answer

State, Why, Off = Delivery.State, Delivery.Why, Webhook.Off
LEASE = timedelta(seconds=60)
LONGEST_LOG = 40
READY = """
SELECT id, misses FROM webhooks_webhook
WHERE on_since IS NOT NULL AND deleted_at IS NULL AND (rests_until IS NULL OR rests_until <= %s)
"""
TAKE = """
WITH chosen AS MATERIALIZED (
    SELECT waiting.id FROM unnest(%(webhooks)s::bigint[], %(rooms)s::int[]) AS room(webhook_id, free)
    CROSS JOIN LATERAL (
        SELECT id FROM webhooks_delivery d WHERE d.webhook_id = room.webhook_id AND state = 'waiting'
            AND due_at <= %(now)s
        ORDER BY due_at LIMIT free FOR UPDATE SKIP LOCKED
    ) AS waiting
)
UPDATE webhooks_delivery d SET due_at = %(again)s, tries = tries + 1
FROM chosen, webhooks_webhook w WHERE d.id = chosen.id AND w.id = d.webhook_id
RETURNING d.id, d.webhook_id, d.tries, d.event_id, d.kind, d.at, d.data::text, w.url, w.key, w.secret,
    CASE WHEN w.old_until > %(now)s THEN w.old_secret ELSE '' END
"""
FORGET = """
DELETE FROM webhooks_delivery WHERE id = ANY(ARRAY(
    SELECT id FROM webhooks_delivery WHERE queued_at < now() - interval '30 days' LIMIT 5000))
"""
FORGET_DELETED = """
DELETE FROM webhooks_delivery WHERE id = ANY(ARRAY(
    SELECT d.id FROM webhooks_delivery d JOIN webhooks_webhook w ON w.id = d.webhook_id
    WHERE w.deleted_at IS NOT NULL LIMIT 5000))
"""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One try of one delivery. No secret: they cannot be opened any more."""

    delivery_id: int
    webhook_id: int
    tries: int
    event_id: str
    kind: str
    at: datetime
    data: Mapping[str, Any] = field(repr=False)  # Any: JSON
    url: str
    secrets: tuple[str, ...] = field(repr=False)


def take(busy: Mapping[int, int], *, each: int, most: int, now: datetime) -> list[Parcel]:
    """What is due, so many at a time of each webhook and in all; `busy` are those under way.

    One that has failed several times in a row rests, and is then tried with one delivery.
    """
    with connection.cursor() as cursor:
        cursor.execute(READY, [now])
        rooms = _rooms(dict(cursor.fetchall()), busy, each=each, most=most)
        if not rooms:
            return []
        cursor.execute(
            TAKE, {"webhooks": list(rooms), "rooms": list(rooms.values()), "now": now, "again": now + LEASE}
        )  # fmt: skip
        return [_parcel(row) for row in cursor.fetchall()]


def _rooms(misses: Mapping[int, int], busy: Mapping[int, int], *, each: int, most: int) -> dict[int, int]:
    """How many more of each webhook; those with the least under way come first."""
    rooms: dict[int, int] = {}
    for id in sorted(misses, key=lambda id: busy.get(id, 0)):
        room = min((1 if misses[id] >= rules.PATIENT_WITH else each) - busy.get(id, 0), most)
        if room > 0:
            rooms[id], most = room, most - room
    return rooms


def _parcel(row: tuple[Any, ...]) -> Parcel:
    delivery_id, webhook_id, tries, event_id, kind, at, data, url, key, secret, old = row
    return Parcel(
        delivery_id=delivery_id, webhook_id=webhook_id, tries=tries, event_id=event_id, kind=kind, at=at,
        data=json.loads(data), url=url, secrets=opened(key, secret, old),
    )  # fmt: skip


def opened(key: str, *sealed: str) -> tuple[str, ...]:
    """The secrets of a webhook; none if they were sealed with a key of this installation that is gone."""
    try:
        return tuple(box().open(each, of=f"webhook:{key}") for each in sealed if each)
    except CannotOpen:
        return ()


@transaction.atomic
def settle(parcel: Parcel, answer: Answer, *, now: datetime, chance: float) -> Delivery.State:
    """Write down how a try went: it is delivered, tried again later, or given up. What it is now."""
    is_good = not answer.why
    webhook = _reckon(parcel.webhook_id, answer, now=now)
    again = None
    if not is_good and answer.why != Why.GONE and webhook.on_since is not None:
        again = rules.next_try(parcel.tries, after=now, chance=chance, wished=answer.wished)
    state = State.DELIVERED if is_good else State.WAITING if again else State.FAILED
    _note(parcel, answer, state=state, again=again, now=now)
    return state


def _note(parcel: Parcel, answer: Answer, *, state: Delivery.State, again: datetime | None, now: datetime) -> None:
    """The row, unless somebody has begun it anew meanwhile."""
    rows = Delivery.objects.filter(pk=parcel.delivery_id, tries=parcel.tries)
    if state != State.DELIVERED:
        rows = rows.filter(state=State.WAITING)
    row = rows.select_for_update().first()
    if row is None:
        return
    told = {"at": now.isoformat(), "status": answer.status, "why": answer.why, "ms": answer.took_ms}
    row.log = [*row.log, told][-LONGEST_LOG:]
    row.state, row.due_at, row.tried_at, row.why = state, again, now, answer.why
    row.status, row.took_ms = answer.status, answer.took_ms
    row.save(update_fields=["log", "state", "due_at", "tried_at", "why", "status", "took_ms"])


def _reckon(webhook_id: int, answer: Answer, *, now: datetime) -> Webhook:
    """What a try says of the receiver: well again, left alone for a while, or switched off."""
    rows = Webhook.objects.filter(pk=webhook_id)
    if not answer.why:
        rows.filter(misses__gt=0).update(misses=0, failing_since=None, rests_until=None)
        return rows.get()
    webhook = rows.select_for_update().get()
    webhook.misses += 1
    webhook.failing_since = webhook.failing_since or now
    webhook.rests_until = now + rules.rest(webhook.misses)
    webhook.save(update_fields=["misses", "failing_since", "rests_until"])
    if webhook.on_since is not None:
        if answer.why == Why.GONE:
            switch_off(webhook, Off.GONE, now=now)
        elif rules.has_failed_for_good(webhook.failing_since, now=now):
            switch_off(webhook, Off.FAILING, now=now)
    return webhook


def switch_off(webhook: Webhook, why: Webhook.Off, *, now: datetime) -> None:
    """Tell it nothing more. What waited for it can be sent again when it is on."""
    webhook.on_since, webhook.off_because, webhook.off_at = None, why, now
    webhook.save(update_fields=["on_since", "off_because", "off_at"])
    waiting = Delivery.objects.filter(webhook=webhook, state=State.WAITING)
    waiting.update(state=State.FAILED, due_at=None, why=Coalesce(NullIf(F("why"), Value("")), Value(Why.OFF)))


@transaction.atomic
def begin_again(deliveries: QuerySet[Delivery], *, now: datetime) -> int:
    """Deliver these once more from the first try on, each under its own id; how many."""
    return deliveries.update(state=State.WAITING, tries=0, due_at=now, why="")


def forget_old(_now: datetime) -> None:
    """The log goes back thirty days; of a webhook that was deleted nothing stays. A piece at a time, so that whatever
    else is due in the same loop waits for no long deletion."""
    with connection.cursor() as cursor:
        for statement in (FORGET, FORGET_DELETED):
            cursor.execute(statement)
    Webhook.objects.exclude(deleted_at=None).filter(deliveries=None).delete()
