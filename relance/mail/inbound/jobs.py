"""When each mailbox is read, and what is told of it (INBOX-02, R19)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from relance.lib import clock
from relance.lib.crypto import CannotOpen
from relance.mail.inbound import changes, filing
from relance.mail.inbound.fetch import Pass, Unsteady, synchronise
from relance.mail.mailboxes import server_of
from relance.mail.models import Mailbox
from relance.mail.transport.check import Finding
from relance.mail.transport.imap_line import NoImap
from relance.mail.transport.imap_words import OURS, UNSTEADY
from relance.team.workspace import organisation

QUEUE = "inbox"
AFTER_FAILURE = timedelta(minutes=1)
AFTER_REFUSAL, LONGEST_WAIT = timedelta(minutes=6), timedelta(hours=1)  # at most ten tries in an hour
logger = logging.getLogger(__name__)


def ring(now: datetime) -> None:
    """Have every mailbox read that is due; one that is being read or waits for it is left alone."""
    told = Q(pk__in=_waiting(now), fetch_failures=0)  # the server is to hear of a change at once
    due = Mailbox.objects.filter(Q(fetch_at=None) | Q(fetch_at__lte=now) | told, is_active=True)
    for id in due.exclude(imap_host="").exclude(fetch_code=UNSTEADY).values_list("id", flat=True):
        name = f"mailbox {id}"
        try:
            with transaction.atomic():
                app.configure_task("relance.inbox.fetch", queue=QUEUE, lock=name, queueing_lock=name).defer(
                    mailbox_id=id
                )
        except AlreadyEnqueued:
            continue


def wake(mailbox_id: int) -> None:
    """Have a mailbox read now: its server has told of a change."""
    name = f"mailbox {mailbox_id}"
    try:
        with transaction.atomic():
            task = app.configure_task("relance.inbox.fetch", queue=QUEUE, lock=name, queueing_lock=name)
            task.defer(mailbox_id=mailbox_id, at_once=True)
    except AlreadyEnqueued:
        return


def _waiting(now: datetime) -> list[int]:
    """The mailboxes whose server is to be told something."""
    return [*changes.waiting_mailboxes(now), *filing.waiting_mailboxes(now)]


@app.task(name="relance.inbox.fetch", queue=QUEUE)
def fetch(*, mailbox_id: int, at_once: bool = False) -> None:
    """Read a mailbox for a while."""
    mailbox = Mailbox.objects.filter(pk=mailbox_id, is_active=True).exclude(imap_host="").first()
    now = clock.now()
    if mailbox is not None and (
        (at_once and mailbox.fetch_failures == 0)
        or mailbox.fetch_at is None
        or mailbox.fetch_at <= now
        or (mailbox.fetch_failures == 0 and mailbox.pk in _waiting(now))
    ):
        read(mailbox, now=now, ahead=clock.offset())


def read(mailbox: Mailbox, *, now: datetime, ahead: timedelta = timedelta(0)) -> Pass | None:
    """Read a mailbox and write what became of it; None when it could not be read."""
    try:
        done = synchronise(mailbox, server_of(mailbox), now=now, ahead=ahead)
    except NoImap as broken:
        _failed(mailbox, broken.finding.value, broken.said, now=now)
    except CannotOpen:
        _failed(mailbox, Finding.PASSWORD_REFUSED.value, "", now=now)
    except Unsteady:
        _failed(mailbox, UNSTEADY, "", now=now)
    except Exception:
        _failed(mailbox, OURS, "", now=now)
        raise
    else:
        works = {"fetch_state": Mailbox.State.WORKING, "fetch_code": Finding.WORKS.value, "fetch_detail": ""}
        wait = timedelta(minutes=organisation().fetch_minutes) if done.is_finished else timedelta(0)
        Mailbox.objects.filter(pk=mailbox.pk).update(
            **works, fetch_failures=0, fetched_at=now, fetch_at=now + wait
        )  # fmt: skip
        return done
    return None


def _failed(mailbox: Mailbox, code: str, said: str, *, now: datetime) -> None:
    """Try again later and later: a refused password is asked at most ten times in an hour (R19)."""
    first = AFTER_REFUSAL if code == Finding.PASSWORD_REFUSED else AFTER_FAILURE
    wait = min(LONGEST_WAIT, first * 2 ** min(mailbox.fetch_failures, 10))
    logger.warning("mailbox %s could not be read: %s; again in %s", mailbox.pk, code, wait)
    Mailbox.objects.filter(pk=mailbox.pk).update(
        fetch_state=Mailbox.State.BROKEN,
        fetch_code=code,
        fetch_detail=said[:500],
        fetch_failures=min(mailbox.fetch_failures + 1, 100),
        fetched_at=now,
        fetch_at=now + wait,
    )
