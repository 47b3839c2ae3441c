"""What lists have counted is counted again within the hour, by a job, while anybody asks for it (REC-05)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from relance.lib import clock
from relance.lib import criteria as trees
from relance.records import criteria
from relance.records.models import KeptCount
from relance.records.registry import Asking

FRESH, ASKED = timedelta(hours=1), timedelta(days=7)
"""What is older is counted again; what nobody has asked for so long is forgotten."""


def ring(now: datetime) -> None:
    """Have counted again what is no more fresh, and forget what nobody asks for."""
    KeptCount.objects.filter(asked_at__lt=now - ASKED).delete()
    for key in KeptCount.objects.filter(counted_at__lt=now - FRESH).order_by("pk").values_list("pk", flat=True):
        task = app.configure_task("relance.counts.renew", queue="imports", queueing_lock=f"count:{key}")
        with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
            task.defer(key=key)


@app.task(name="relance.counts.renew", queue="imports")
def renew(*, key: str) -> None:
    """Count again. What can no more be asked (a field or a colleague is gone) is forgotten. Safe to ring twice."""
    kept = KeptCount.objects.select_related("asked_by__role").filter(pk=key).first()
    if kept is None:
        return
    asking = Asking(user=kept.asked_by, now=clock.now(), gathered=True, anew=True)
    try:
        criteria.condition(trees.read({"all": [kept.fact]}), module=kept.module, asking=asking)
    except (criteria.BadCriteria, trees.Unreadable):
        kept.delete()
        return
    KeptCount.objects.filter(pk=key, counted_at__lt=asking.now).delete()  # its words lead to another key by now
