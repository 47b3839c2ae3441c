"""Days of a sequence in a moment: the clock is moved, the real engine sends to a relay, the real jobs run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy

from django.db import connection
from procrastinate.contrib.django import app

from relance.lib import clock
from relance.mail.inbound import receive
from relance.mail.models import Mailbox, Recipient
from relance.mail.transport.fake import FakeRelay
from relance.sequences import running, settling
from relance.sequences.models import Enrolment, StepRun
from tests.mail.outbound.engine import dispatcher, until
from tests.sequences.conftest import set_clock

UNDER_WAY = ("waiting", "deferred")


class Story:
    """One workspace whose clock is moved."""

    def __init__(self, relay: FakeRelay) -> None:
        self.relay = relay
        self._sent: list[tuple[str, str]] = []

    def at(self, moment: datetime) -> None:
        """Move the clock there and do what is due."""
        set_clock(moment)
        self.settle()

    def settle(self) -> None:
        """Do what is due, let it leave, and let what follows from it happen."""
        while running.run_due(clock.now()) or self._is_under_way() or jobs() or self._is_untold():
            until(lambda: not self._is_under_way())

    def _is_under_way(self) -> bool:
        return Recipient.objects.filter(standing__in=UNDER_WAY).exists()

    @staticmethod
    def _is_untold() -> bool:
        """Whether a mail has left and the news of it is still on its way."""
        left = StepRun.objects.filter(done_at=None, message__recipients__standing="sent", enrolment__state="active")
        return left.filter(enrolment__waits="mail").exists()

    def run(self, *, upto: datetime) -> None:
        """From one due moment to the next, until there is none before `upto`."""
        while (due := next_due()) is not None and due <= upto:
            self.at(max(due + timedelta(milliseconds=200), clock.now()))
        set_clock(max(upto, clock.now()))

    @property
    def sent(self) -> list[tuple[str, str]]:
        """(address, subject) of every mail, counted at the relay; each is read once, however often one asks."""
        new = self.relay.mails[len(self._sent) :]
        self._sent += [(mail.recipient, str(self.read(mail)["Subject"])) for mail in new]
        return list(self._sent)

    @staticmethod
    def read(mail):
        """A mail as a mail program reads it."""
        return message_from_bytes(mail.content, policy=policy.default)

    def answer(self, raw: bytes) -> str:
        """A mail arrives in the seller's mailbox; what it was taken for."""
        stored = receive.store(Mailbox.objects.get(), raw, now=clock.now())
        kind = receive.interpret(stored.pk).kind
        jobs()
        return kind


def next_due() -> datetime | None:
    """When something is due next."""
    rows = Enrolment.objects.filter(state="active", due_at__isnull=False).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()


def jobs() -> int:
    """Run the jobs that wait, as a worker does; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        waiting = cursor.fetchall()
    for pk, name, args in waiting:
        app.tasks[name].func(**(json.loads(args) if isinstance(args, str) else args))
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [pk])
    return len(waiting)


@contextmanager
def story(at: datetime) -> Iterator[Story]:
    """A relay, a dispatcher, and the clock at a moment."""
    with FakeRelay() as relay:
        Mailbox.objects.update(port=relay.port)
        set_clock(at)
        with dispatcher():
            yield Story(relay)


def settle_news() -> None:
    """What no event tells."""
    settling.settle(clock.now())
