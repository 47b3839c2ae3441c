"""What follows from what: the one table that wires features together, and the job that reads it.

Each reaction takes a batch of one event, is safe to run twice, and runs in its own transaction. Webhooks stand first:
what other programs are told does not depend on what follows here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from relance import events
from relance.agenda import alerts, reminders
from relance.campaigns import firing, following, leaving, responding
from relance.deals import mails as deals
from relance.mail.inbound import filing, placing, threads
from relance.mail.outbound import out_of_bounds
from relance.sequences import reacting as sequences
from relance.webhooks import queueing as webhooks

Reaction = Callable[[Sequence[Any]], None]  # Any: each reaction takes the events of its own row, see REACTIONS

REACTIONS: Mapping[type[events.Event], tuple[Reaction, ...]] = {
    events.MessageSent: (webhooks.sent, threads.join_sent, filing.note_sent, deals.on_sent, sequences.mail_left),
    events.MessageOpened: (webhooks.opened, reminders.settle, alerts.opened, firing.opened, following.opened),
    events.OpeningTakenBack: (reminders.stand_again, alerts.taken_back),
    events.LinkClicked: (webhooks.clicked, reminders.settle, firing.clicked),
    events.MessageReceived: (deals.on_received, sequences.wrote),
    events.MessageReplied: (webhooks.replied, reminders.settle, alerts.replied, sequences.answered),
    events.MessageAutoReplied: (sequences.away,),
    events.MessageBounced: (
        webhooks.bounced,
        out_of_bounds.mark_bounced,
        alerts.bounced,
        firing.bounced,
        sequences.bounced,
    ),
    events.PersonOptedOut: (
        webhooks.opted_out,
        out_of_bounds.refuse_opted_out,
        leaving.refuse_left,
        sequences.opted_out,
    ),
    events.RecordCreated: (webhooks.created, placing.meet, responding.came),
    events.RecordNoted: (webhooks.noted,),
    events.RecordMerged: (webhooks.merged,),
    events.PersonConverted: (sequences.converted,),
    events.DealChanged: (webhooks.changed,),
    events.DealMoved: (webhooks.moved,),
    events.ImportFinished: (responding.imported,),
    events.MailboxConnected: (deals.on_connected,),
    events.MailboxDisconnected: (deals.on_disconnected,),
    events.TaskFinished: (sequences.task_finished,),
    events.MessageComplained: (webhooks.complained,),
    events.FormSubmitted: (webhooks.submitted,),
    events.SequenceEnded: (webhooks.ended,),
}

logger = logging.getLogger(__name__)


@app.task(name=events.TASK, queue=events.QUEUE, retry=5)
def react(*, news: events.Packed) -> None:
    """Run every reaction to every event of one batch; one that fails keeps no other from being done, and all begin
    again. Raises what the first of those raised."""
    failed: list[Exception] = []
    for kind, batch in events.unpack(news).items():
        for reaction in REACTIONS[kind]:
            try:
                with transaction.atomic():
                    reaction(batch)
            except Exception as error:
                logger.exception("a reaction to %s failed", kind.__name__)
                failed.append(error)
    if failed:
        raise failed[0]
