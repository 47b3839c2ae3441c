"""Triggers fire: once a recipient, through the verbs of records and agenda, on behalf of the mail's creator (MASS-04).

These are reactions: they take a batch of one event, and running them twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from relance import events
from relance.agenda import actions as agenda
from relance.agenda.links import link_of
from relance.agenda.models import Call, Task
from relance.campaigns import rules
from relance.campaigns.models import MassMail, Trigger, TriggerRun
from relance.campaigns.sources import fields_module
from relance.events import LinkClicked, MessageBounced, MessageOpened
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Recipient
from relance.records import changes, registry, values
from relance.records.fields import Value
from relance.records.models import Change
from relance.team.models import User
from relance.team.workspace import organisation

logger = logging.getLogger(__name__)
CLAIM = """
INSERT INTO campaigns_triggerrun (trigger_id, recipient_id, at, why)
SELECT t.id, r.id, %s, '' FROM mail_recipient r
JOIN campaigns_massmail m ON m.message_id = r.message_id AND m.deleted_at IS NULL
JOIN campaigns_trigger t ON t.mass_mail_id = m.id AND t.event = %s
WHERE r.id = ANY(%s)
ON CONFLICT DO NOTHING RETURNING id
"""
HAPPENED: Mapping[str, str] = {
    "opened": "first_opened_at", "clicked": "first_clicked_at", "bounced": "bounced_at",
}  # fmt: skip


def opened(batch: Sequence[MessageOpened]) -> None:
    """What follows from the first opening of each of these copies."""
    fire(Trigger.Event.OPENED, [event.recipient_id for event in batch], now=clock.now())


def clicked(batch: Sequence[LinkClicked]) -> None:
    """What follows from the first click."""
    fire(Trigger.Event.CLICKED, [event.recipient_id for event in batch], now=clock.now())


def bounced(batch: Sequence[MessageBounced]) -> None:
    """What follows from a mail that came back."""
    fire(Trigger.Event.BOUNCED, [event.recipient_id for event in batch], now=clock.now())


@transaction.atomic
def fire(event: str, recipient_ids: Iterable[int], *, now: datetime) -> int:
    """Do once for each recipient what the mail's trigger says; how many fired."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [now, event, list(recipient_ids)])
        claimed = [pk for (pk,) in cursor.fetchall()]
    runs = TriggerRun.objects.filter(pk__in=claimed).select_related(
        "trigger__mass_mail__creator__role",
        "recipient__person",
        "recipient__deal_copy",
        "recipient__record_copy",
        "recipient__member_copy__member__record",
    )
    with changes.through(Change.Way.SYSTEM), events.gathered():
        for run in runs:
            run.why = _why_not(run, now)
            if run.why:
                run.save(update_fields=["why"])
    return len(claimed)


def _why_not(run: TriggerRun, now: datetime) -> str:
    """Act; the sentence of what stood in the way, empty if nothing did."""
    try:
        with transaction.atomic(), events.gathered():
            return _act(run, now)
    except Refused as refused:
        return str(refused)[:300]
    except Exception:
        logger.exception("trigger run %s failed", run.pk)
        return "failed"


def _act(run: TriggerRun, now: datetime) -> str:
    trigger, mass_mail = run.trigger, run.trigger.mass_mail
    by = mass_mail.creator
    module, record_id = subject_of(mass_mail, run.recipient)
    row = registry.module(module).visible(by).filter(pk=record_id).first() if record_id else None
    if row is None:
        return "gone"
    if trigger.updates:
        verbs = registry.module(module).verbs
        assert verbs is not None
        verbs.edit(row, _values(module, trigger.updates), by=by, now=now)
    happened_at = getattr(run.recipient, HAPPENED[trigger.event]) or now
    about: dict[str, Value] = {link_of(module): record_id}
    if link_of(module) != "person" and run.recipient.person_id:
        about["person"] = run.recipient.person_id
    for kind, errands in ((Task, trigger.tasks), (Call, trigger.calls)):
        for errand in errands:
            agenda.add(kind, {**_errand(errand, row, by, happened_at), **about}, by=by, now=now)
    return ""


def subject_of(mass_mail: MassMail, recipient: Recipient) -> tuple[str, int | None]:
    """The record that a copy was written for: its module and id."""
    if deal := getattr(recipient, "deal_copy", None):
        return "deal", deal.deal_id
    if record := getattr(recipient, "record_copy", None):
        return mass_mail.module, record.record_id
    if (member := getattr(recipient, "member_copy", None)) and (record := member.member.record):
        return record.module, record.pk
    return (recipient.person.kind if recipient.person else fields_module(mass_mail.module)), recipient.person_id


def _values(module: str, updates: Sequence[Mapping[str, object]]) -> dict[str, Value]:
    told: dict[str, Value] = {}
    for update in updates:
        field = registry.field(module, str(update["field"]))
        told[field.key] = values.kept(field, update["value"])
    return told


def _errand(
    told: Mapping[str, Any], row: Any, by: User, happened_at: datetime
) -> dict[str, Value]:  # Any: JSON of a trigger, and the row of whichever module
    zone, hour = ZoneInfo(organisation().time_zone), time.fromisoformat(str(told["hour"]))
    if told["day"]:
        wanted = datetime.combine(date.fromisoformat(str(told["day"])), hour, tzinfo=zone)
        due = datetime.fromtimestamp(wanted.timestamp(), tz=UTC)
    else:
        due = rules.due_on(happened_at, days=int(told["days"]), at=hour, zone=zone)
    owner = told["owner_id"] or getattr(row, "owner_id", None) or by.pk
    if not User.objects.filter(pk=owner, is_active=True).exists():
        owner = by.pk
    return {
        "subject": told["subject"], "due_at": due, "status": told["status"], "priority": told["priority"],
        "owner": owner,
    }  # fmt: skip
