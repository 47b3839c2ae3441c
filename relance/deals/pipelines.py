"""Pipelines as everybody reads them, and the verbs that change them; there is always one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.numbers import get_territory_currencies, list_currencies
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from relance.deals.models import Pipeline, Stage
from relance.lib.refusal import Refused
from relance.team.models import Language, User
from relance.team.policy import require
from relance.team.workspace import organisation

MOST_STAGES = 20
FIRST: dict[str, tuple[str, tuple[tuple[str, int], ...], str, str]] = {
    Language.FRENCH: (
        "Ventes",
        (("Prospection", 10), ("Qualification", 25), ("Proposition", 50), ("Négociation", 75), ("Contrat envoyé", 90)),
        "Gagnée",
        "Perdue",
    ),
    Language.ENGLISH: (
        "Sales",
        (("Discovery", 10), ("Qualification", 25), ("Proposal", 50), ("Negotiation", 75), ("Contract sent", 90)),
        "Won",
        "Lost",
    ),
}


class NoSuchCurrency(Refused):
    """A currency that ISO 4217 does not know."""


class TooManyStages(Refused):
    """A board with more columns than anybody could read."""


@dataclass(frozen=True, kw_only=True)
class PipelineDraft:
    """What is to be known of a pipeline."""

    name: str
    currency: str
    quiet_days: int = 14


def pipelines() -> list[Pipeline]:
    """Those in use, in their order; the first one is made when it is first needed, in the organisation's language."""
    return list(Pipeline.objects.filter(retired_at=None)) or [_first()]


def stages(pipeline: Pipeline) -> list[Stage]:
    """The stages of a pipeline in their order: the open ones, then Won and Lost."""
    rank = {Stage.Kind.OPEN: 0, Stage.Kind.WON: 1, Stage.Kind.LOST: 2}
    found = pipeline.stages.filter(retired_at=None)
    return sorted(found, key=lambda stage: (rank[Stage.Kind(stage.kind)], stage.position, stage.pk))


def open_stages(pipeline: Pipeline) -> list[Stage]:
    """The columns of the board."""
    return [stage for stage in stages(pipeline) if stage.is_open]


def end(pipeline: Pipeline, kind: Stage.Kind) -> Stage:
    """Where deals of this pipeline are won, or lost."""
    return pipeline.stages.get(kind=kind)


@transaction.atomic
def _first() -> Pipeline:
    """Under a lock on the organisation, so that two first pages make one pipeline."""
    house = type(organisation()).objects.select_for_update().get(pk=1)
    there = Pipeline.objects.filter(retired_at=None).first()
    if there is not None:
        return there
    name, opened, won, lost = FIRST[house.language if house.language in FIRST else Language.ENGLISH]
    return _make(name, own_currency(house.country), opened, won, lost)


def own_currency(country: str) -> str:
    """The currency of a country (ISO 3166); the euro where the country is not known."""
    known = get_territory_currencies(country) if country else []
    return known[0] if known else "EUR"


def _make(name: str, currency: str, opened: tuple[tuple[str, int], ...], won: str, lost: str) -> Pipeline:
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    pipeline = Pipeline.objects.create(name=name, currency=currency, position=0 if last is None else last + 1)
    Stage.objects.bulk_create(
        [
            *(
                Stage(pipeline=pipeline, name=stage, probability=share, position=number)
                for number, (stage, share) in enumerate(opened)
            ),
            Stage(pipeline=pipeline, name=won, kind=Stage.Kind.WON, probability=100),
            Stage(pipeline=pipeline, name=lost, kind=Stage.Kind.LOST, probability=0),
        ]
    )
    return pipeline


@transaction.atomic
def add_pipeline(draft: PipelineDraft, *, by: User) -> Pipeline:
    """A new pipeline with the usual stages, which can be changed. Raises Forbidden, NoSuchCurrency."""
    require(by.is_administrator)
    _name, opened, won, lost = FIRST[by.language if by.language in FIRST else Language.ENGLISH]
    pipeline = _make(draft.name, read_currency(draft.currency), opened, won, lost)
    pipeline.quiet_days = draft.quiet_days
    pipeline.save(update_fields=["quiet_days"])
    return pipeline


@transaction.atomic
def edit_pipeline(pipeline: Pipeline, draft: PipelineDraft, *, by: User) -> Pipeline:
    """Its name, the currency of new deals, when deals are quiet. Raises Forbidden, NoSuchCurrency."""
    require(by.is_administrator)
    pipeline.name, pipeline.quiet_days = draft.name, draft.quiet_days
    pipeline.currency = read_currency(draft.currency)
    pipeline.save(update_fields=["name", "currency", "quiet_days"])
    return pipeline


def read_currency(text: str) -> str:
    """The code of a currency. Raises NoSuchCurrency."""
    code = text.strip().upper()
    if code not in list_currencies():
        raise NoSuchCurrency(_("There is no currency %(code)s. Use a code such as EUR or GBP.") % {"code": text})
    return code


@transaction.atomic
def add_stage(pipeline: Pipeline, *, name: str, probability: int, by: User) -> Stage:
    """A new open stage, the last of them. Raises Forbidden, TooManyStages."""
    require(by.is_administrator)
    there = open_stages(pipeline)
    if len(there) >= MOST_STAGES:
        raise TooManyStages(_("A pipeline has at most %(most)d stages. Retire one first.") % {"most": MOST_STAGES})
    place = max((stage.position for stage in there), default=-1) + 1
    return Stage.objects.create(pipeline=pipeline, name=name, probability=probability, position=place)


@transaction.atomic
def edit_stage(stage: Stage, *, name: str, probability: int, by: User) -> Stage:
    """Its name, and how likely its deals are won; Won stays at 100 percent and Lost at 0. Raises Forbidden."""
    require(by.is_administrator)
    stage.name = name
    if stage.is_open:
        stage.probability = probability
    stage.save(update_fields=["name", "probability"])
    return stage


@transaction.atomic
def shift_stage(stage: Stage, *, by_places: int, by: User) -> None:
    """Move an open stage some places to the left (less than 0) or right. Raises Forbidden."""
    require(by.is_administrator)
    order = [one.pk for one in open_stages(stage.pipeline)]
    if stage.pk not in order:
        return
    here = order.index(stage.pk)
    order.insert(max(0, min(len(order) - 1, here + by_places)), order.pop(here))
    for place, pk in enumerate(order):
        Stage.objects.filter(pk=pk).update(position=place)


def shift_pipeline(pipeline: Pipeline, *, by_places: int, by: User) -> None:
    """Move a pipeline among the others; the first one is what the board opens with. Raises Forbidden."""
    require(by.is_administrator)
    order = [one.pk for one in pipelines()]
    here = order.index(pipeline.pk)
    order.insert(max(0, min(len(order) - 1, here + by_places)), order.pop(here))
    for place, pk in enumerate(order):
        Pipeline.objects.filter(pk=pk).update(position=place)


def named(pipeline_id: int) -> Pipeline | None:
    """A pipeline in use by its id."""
    return Pipeline.objects.filter(pk=pipeline_id, retired_at=None).first()


def retire(pipeline: Pipeline, *, now: datetime) -> None:
    """Out of use from now on; whoever calls has moved its open deals away."""
    Pipeline.objects.filter(pk=pipeline.pk).update(retired_at=now)
