"""The jobs of mass mail: doorbells, safe to ring twice."""

from __future__ import annotations

from procrastinate.contrib.django import app

from relance.campaigns import actions
from relance.lib import clock


@app.task(name=actions.PREPARE, queue=actions.QUEUE, retry=5)
def prepare(*, message_id: int) -> None:
    """Write the recipients of a launched mass mail."""
    actions.prepare(message_id, now=clock.now())
