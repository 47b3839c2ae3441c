"""Move the demo’s clock forward in small steps, so that its people act at their own hours (ADM-06)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from procrastinate.contrib.django import app

from relance.lib import clock, live
from relance.mail.models import Message
from relance.ops.models import DemoAct
from relance.team.workspace import advance_clock

STEPS = 24
MOST_WAITS = 25
ON_THEIR_WAY = (Message.State.PREPARING, Message.State.SENDING)
DEMO_HOST = "127.0.0.1"
PAUSE_SECONDS = 0.7  # longer than any process goes without reading the clock again


def travel(by: timedelta) -> Iterator[timedelta]:
    """Advance, a step at a time while people have something to do until then; tells the offset after each step.

    Raises ClockIsReal.
    """
    _let_mail_arrive()
    steps = STEPS if DemoAct.objects.filter(due_at__lte=clock.now() + by).exists() else 1
    for number in range(steps):
        offset = advance_clock(by / steps)
        with connection.cursor() as cursor:
            live.tell(cursor, "clock", "today")
        yield offset
        if number + 1 < steps:
            time.sleep(PAUSE_SECONDS)


def _let_mail_arrive() -> None:
    """Mail that is on its way is read in the time to come, so it has to arrive first; a stuck one is not waited for."""
    for _ in range(MOST_WAITS):
        if not Message.objects.filter(state__in=ON_THEIR_WAY, mailbox__host=DEMO_HOST).exists():
            return
        time.sleep(PAUSE_SECONDS)


@app.task(name="relance.travel", queue="clock")
def travel_in_background(*, seconds: float) -> None:
    """The same for a page, which goes on at once."""
    for _offset in travel(timedelta(seconds=seconds)):
        pass
