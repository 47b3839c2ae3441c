"""The one door by which an event comes to be told: rows of the queue, for each webhook that wants it.

`relance.reactions` calls these with the events of a batch, which were written in the transaction of what they tell of.
Without a webhook each costs one look at an empty table (decision 31). Told of again, an event leaves no second row.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from relance import events
from relance.webhooks.models import Look
from relance.webhooks.telling import MERGED, ROWS, addresses

WANTED = """
SELECT DISTINCT kind FROM webhooks_webhook, jsonb_array_elements_text(events) AS wants(kind)
WHERE on_since IS NOT NULL AND deleted_at IS NULL AND kind = ANY(%s)
"""
QUEUE = """
INSERT INTO webhooks_delivery (webhook_id, event_id, kind, at, data, state, tries, due_at, why, log, queued_at)
SELECT w.id, 'msg_' || md5(w.key || ':' || %(kind)s || ':' || told.key), %(kind)s, told.at, told.data, 'waiting', 0,
    now(), '', '[]', now()
FROM ({rows}) AS told JOIN webhooks_webhook w ON w.on_since IS NOT NULL AND w.deleted_at IS NULL
    AND w.events @> to_jsonb(%(kind)s::text)
ON CONFLICT DO NOTHING
"""
LEFT = """
SELECT r.id FROM mail_message m JOIN mail_recipient r ON r.message_id = m.id AND r.standing = 'sent'
WHERE m.kind IN ('mass', 'sequence') AND (m.state IN ('sending', 'paused') OR m.finished_at > %(since)s)
    AND r.sent_at BETWEEN %(since)s AND %(until)s
"""
REFUSED = "SELECT id FROM mail_recipient WHERE bounced_at BETWEEN %(since)s AND %(until)s"


def wanted(kinds: Collection[str]) -> set[str]:
    """Those of these that any webhook is told."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED, [list(kinds)])
        return {row[0] for row in cursor.fetchall()}


def queue(kinds: Sequence[str], ids: Iterable[int], *, selects: Mapping[str, str] = ROWS) -> int:
    """Queue these events for every webhook that wants them; how many rows. `selects` tell of each kind."""
    told, rows = wanted(kinds), 0
    if not told:
        return 0
    values: dict[str, Any] = {"ids": list(ids), "api": f"{settings.RELANCE_URL}/api/v1"}  # Any: of whichever type
    if any(kind.startswith("record.") for kind in told):
        values["modules"] = json.dumps(addresses())
    with connection.cursor() as cursor:
        for kind in told:
            cursor.execute(QUEUE.format(rows=selects[kind]), {"kind": kind, **values})
            rows += cursor.rowcount
    return rows


def catch_up(now: datetime) -> None:
    """Tell of copies that left, or were refused, while their dispatcher was killed: bulk news waits a beat in memory.

    Everything else is written in the transaction of what it tells of. Looks at what is older than half a minute, and
    once more at the minute before the last look.
    """
    if not wanted(("mail.sent", "mail.bounced")):
        Look.objects.all().delete()  # who asks later hears of what comes later
        return
    until = now - timedelta(seconds=30)
    with transaction.atomic():
        look = Look.objects.select_for_update().first() or Look(until=until)
        values = {"since": look.until - timedelta(minutes=1), "until": until}
        look.until = max(look.until, until)
        look.save()
        with connection.cursor() as cursor:
            for kind, statement in (("mail.sent", LEFT), ("mail.bounced", REFUSED)):
                cursor.execute(statement, values)
                queue([kind], [row[0] for row in cursor.fetchall()])


def sent(batch: Sequence[events.MessageSent]) -> None:
    """Mails have left."""
    queue(["mail.sent"], [event.recipient_id for event in batch])


def opened(batch: Sequence[events.MessageOpened]) -> None:
    """People opened, each for the first time."""
    queue(["mail.opened"], [event.recipient_id for event in batch])


def clicked(batch: Sequence[events.LinkClicked]) -> None:
    """People clicked, each for the first time."""
    queue(["mail.clicked"], [event.recipient_id for event in batch])


def replied(batch: Sequence[events.MessageReplied]) -> None:
    """Recipients answered."""
    queue(["mail.replied"], [event.recipient_id for event in batch])


def bounced(batch: Sequence[events.MessageBounced]) -> None:
    """Mails came back."""
    queue(["mail.bounced"], [event.recipient_id for event in batch])


def complained(batch: Sequence[events.MessageComplained]) -> None:
    """Recipients called mails spam."""
    queue(["mail.complained"], [event.recipient_id for event in batch])


def opted_out(batch: Sequence[events.PersonOptedOut]) -> None:
    """Addresses do not want to be written to."""
    queue(["person.unsubscribed"], [event.suppression_id for event in batch])


def created(batch: Sequence[events.RecordCreated]) -> None:
    """People were added."""
    queue(["person.created"], [event.person_id for event in batch])


def noted(batch: Sequence[events.RecordNoted]) -> None:
    """Records of any module were made, changed or deleted."""
    queue(["record.created", "record.updated", "record.deleted"], [event.change_id for event in batch])


def merged(batch: Sequence[events.RecordMerged]) -> None:
    """Records are no more, since they have become part of others."""
    queue(["record.deleted"], [event.moved_id for event in batch], selects=MERGED)


def submitted(batch: Sequence[events.FormSubmitted]) -> None:
    """Strangers filled in a form."""
    queue(["form.submitted"], [event.submission_id for event in batch])


def ended(batch: Sequence[events.SequenceEnded]) -> None:
    """Ways through sequences are over."""
    queue(["sequence.finished"], [event.enrolment_id for event in batch])


def changed(batch: Sequence[events.DealChanged]) -> None:
    """Deals were made, or their fields changed."""
    queue(["deal.changed"], [event.deal_id for event in batch])


def moved(batch: Sequence[events.DealMoved]) -> None:
    """Deals came into other stages."""
    queue(["deal.moved", "deal.won", "deal.lost"], [event.move_id for event in batch])
