"""Take stages and pipelines out of use: their deals go where the administrator says, and their history stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from relance import events
from relance.deals import pipelines
from relance.deals.models import Deal, Stage
from relance.deals.moving import note_move, stand
from relance.deals.rules import GAP
from relance.lib.refusal import Refused
from relance.records import changes
from relance.team import policy
from relance.team.models import Module, User


class LastOne(Refused):
    """The last pipeline, or the last open stage of one: deals would have no place."""


class NowhereToGo(Refused):
    """A stage that still holds deals is retired, and it was not said where they go."""


@transaction.atomic
def retire_stage(stage: Stage, *, into: Stage | None, by: User, now: datetime) -> int:
    """Take an open stage out of use; its deals go `into` another, and it is told how many.

    That is housekeeping: it does not make them deals that were modified lately. Raises Forbidden, LastOne, NowhereToGo.
    """
    policy.require(by.is_administrator)
    if not stage.is_open or pipelines.open_stages(stage.pipeline) == [stage]:
        raise LastOne(_("A pipeline needs Won, Lost and one open stage at least, so this one stays."))
    moved = _empty([stage], into, by=by, now=now)
    Stage.objects.filter(pk=stage.pk).update(retired_at=now)
    return moved


@transaction.atomic
def retire_pipeline(pipeline_id: int, *, into: Stage | None, by: User, now: datetime) -> int:
    """Take a pipeline out of use; its open deals go `into` a stage of another.

    Raises Forbidden, LastOne, NowhereToGo.
    """
    policy.require(by.is_administrator)
    there = {pipeline.pk: pipeline for pipeline in pipelines.pipelines()}
    if pipeline_id not in there:
        return 0
    if list(there) == [pipeline_id]:
        raise LastOne(_("Deals need one pipeline at least, so this one stays."))
    moved = _empty(pipelines.open_stages(there[pipeline_id]), into, by=by, now=now)
    pipelines.retire(there[pipeline_id], now=now)
    return moved


def _empty(stages: list[Stage], into: Stage | None, *, by: User, now: datetime) -> int:
    deals = list(Deal.objects.select_for_update(of=("self",)).filter(stage__in=stages).order_by("position", "id"))
    if not deals:
        return 0
    if into is None or into in stages or into.retired_at is not None or not into.is_open:
        raise NowhereToGo(_("Deals still stand here. Choose the stage that they go to."))
    last = Deal.objects.filter(stage=into).aggregate(last=Max("position"))["last"] or 0
    with events.gathered():
        for number, deal in enumerate(deals, start=1):
            before, source = changes.snapshot(Module.DEAL, deal), deal.stage
            stand(deal, into, now=now)
            deal.position, deal.moved_at, deal.updated_at = last + number * GAP, now, now
            deal.save()
            note_move(deal, source, by=by, now=now)
            changes.changed(Module.DEAL, deal, before, by=by, now=now)
    return len(deals)
