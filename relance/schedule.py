"""Every due row and every periodic job on one page. The worker does what is due about once a second, beside its jobs.

It imports this page, so every job of the house is declared once it is read. Of several workers each may do it: what is
due is taken under a lock, and done once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from relance.agenda import alerts, domain_notices, outages, reminders
from relance.campaigns import actions as campaigns
from relance.campaigns import following, guarding, reports, responding
from relance.campaigns import jobs as campaign_jobs  # noqa: F401  declares its jobs
from relance.lib import clock, outage
from relance.mail import files, reconcile
from relance.mail.domains import daily
from relance.mail.inbound import jobs as inbox
from relance.mail.inbound import placing, receive
from relance.records import bulk, recounting  # noqa: F401  `bulk` declares its jobs
from relance.records.imports import actions as imports
from relance.records.imports import jobs as import_jobs  # noqa: F401  declares its jobs
from relance.records.imports import strays
from relance.sequences import enrolling, running, settling
from relance.team.actions import forget_answers
from relance.webhooks import settling as webhooks

PACE = 1.0

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Chore:
    """Something that is looked at every so many seconds of real time."""

    every: float
    run: Callable[[datetime], object]
    last: float = float("-inf")


STALLED = """
SELECT procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL)
FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - interval '30 seconds')
"""
FINISHED = "DELETE FROM procrastinate_jobs WHERE status IN ('succeeded', 'cancelled', 'aborted')"


def retry_stalled(_now: datetime) -> None:
    """Jobs whose worker has died begin again: every job is safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(STALLED)


def purge_finished(_now: datetime) -> None:
    """A long table of finished jobs slows every poll."""
    with connection.cursor() as cursor:
        cursor.execute(FINISHED)


CHORES = [
    Chore(every=1, run=campaigns.start_due),
    Chore(every=1, run=following.send_due),
    Chore(every=1, run=responding.send_due),
    Chore(every=1, run=running.run_due),
    Chore(every=2, run=guarding.watch),
    Chore(every=5, run=receive.read_maildirs),
    Chore(every=5, run=inbox.ring),
    Chore(every=5, run=reminders.become_due),
    Chore(every=5, run=alerts.tell_sure),
    Chore(every=15, run=alerts.mail_due),
    Chore(every=15, run=outages.tell_due),
    Chore(every=15, run=domain_notices.tell_due),
    Chore(every=15, run=campaigns.prepare_forgotten),
    Chore(every=15, run=placing.catch_up),
    Chore(every=15, run=settling.settle),
    Chore(every=15, run=running.resume_due),
    Chore(every=15, run=running.end_gone),
    Chore(every=15, run=enrolling.go_on_forgotten),
    Chore(every=15, run=retry_stalled),
    Chore(every=30, run=webhooks.forget_old),
    Chore(every=30, run=reports.keep_up),
    Chore(every=60, run=purge_finished),
    Chore(every=300, run=reconcile.reconcile),
    Chore(every=600, run=forget_answers),
    Chore(every=600, run=daily.ring),
    Chore(every=600, run=recounting.ring),
    Chore(every=3600, run=imports.forget_abandoned),
    Chore(every=3600, run=files.forget_orphans),
    Chore(every=86_400, run=strays.forget_strays),
]


def run(stop: threading.Event, *, chores: list[Chore] | None = None, pace: float = PACE) -> None:
    """Do what is due, at this pace in seconds, until `stop` is set."""
    while not stop.wait(pace):
        try:
            close_old_connections()
            tick(clock.now(), chores=chores)
        except (OperationalError, InterfaceError) as error:
            outage.database.away(error)
        except Exception:
            logger.exception("a round of the schedule failed")
    connection.close()


def tick(now: datetime, *, chores: list[Chore] | None = None) -> None:
    """Do what is due at this moment of the workspace; one chore that fails keeps no other from being done."""
    for chore in CHORES if chores is None else chores:
        if monotonic() - chore.last < chore.every:
            continue
        chore.last = monotonic()
        try:
            chore.run(now)
            outage.database.over()
        except (OperationalError, InterfaceError) as error:
            outage.database.away(error)
            close_old_connections()
        except Exception:
            logger.exception("a chore failed and is tried again in %s s", chore.every)
            close_old_connections()
