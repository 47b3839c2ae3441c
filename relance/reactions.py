"""What follows from what: the one table that wires features together, and the job that reads it.

Each reaction takes a batch of one event, is safe to run twice, and runs in its own transaction.
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

Reaction = Callable[[Sequence[Any]], None]  # Any: each reaction takes the events of its own row, see REACTIONS

REACTIONS: Mapping[type[events.Event], tuple[Reaction, ...]] = {
    events.MessageSent: (threads.join_sent, filing.note_sent, deals.on_sent, sequences.mail_left),
    events.MessageOpened: (reminders.settle, alerts.opened, firing.opened, following.opened),
    events.OpeningTakenBack: (reminders.stand_again, alerts.taken_back),
    events.LinkClicked: (reminders.settle, firing.clicked),
    events.MessageReceived: (deals.on_received, sequences.wrote),
    events.MessageReplied: (reminders.settle, alerts.replied, sequences.answered),
    events.MessageAutoReplied: (sequences.away,),
    events.MessageBounced: (out_of_bounds.mark_bounced, alerts.bounced, firing.bounced, sequences.bounced),
    events.PersonOptedOut: (out_of_bounds.refuse_opted_out, leaving.refuse_left, sequences.opted_out),
    events.RecordCreated: (placing.meet, responding.came),
    events.PersonConverted: (sequences.converted,),
    events.DealChanged: (),
    events.DealMoved: (),
    events.ImportFinished: (responding.imported,),
    events.MailboxConnected: (deals.on_connected,),
    events.MailboxDisconnected: (deals.on_disconnected,),
    events.TaskFinished: (sequences.task_finished,),
}

logger = logging.getLogger(__name__)


@app.task(name=events.TASK, queue=events.QUEUE, retry=5)
def react(*, news: events.Packed) -> None:
    """Run every reaction to every event of one batch."""
    for kind, batch in events.unpack(news).items():
        for reaction in REACTIONS[kind]:
            with transaction.atomic():
                reaction(batch)
