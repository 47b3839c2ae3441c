"""The domains by which mail is sent are looked at once a day, by a job: name servers take their time (ADM-03)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from relance.lib import clock
from relance.mail.domains import checking

NAME = "relance.domains.look"


def ring(now: datetime) -> None:
    """Have the domains looked at where one in use is due; without a domain nobody is asked anything."""
    if checking.is_due(now=now):
        task = app.configure_task(NAME, queue="imports", queueing_lock=NAME)
        with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
            task.defer()


@app.task(name=NAME, queue="imports")
def look() -> None:
    """Look at them if they are still due; safe to ring twice."""
    now = clock.now()
    if checking.is_due(now=now):
        checking.look(now=now, by_itself=True)
