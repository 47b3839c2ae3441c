"""Pipelines and their stages."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.deals import pipelines, retiring
from relance.deals.models import Pipeline, Stage
from relance.deals.pipelines import PipelineDraft
from relance.lib import clock

router = Router(tags=["Deals"])


class StageOut(Schema):
    """A stage; won and lost ones close a deal."""

    id: int
    name: str
    kind: str
    probability: int


class PipelineOut(Schema):
    """A pipeline with its stages in their order."""

    id: int
    name: str
    currency: str
    quiet_days: int
    stages: list[StageOut]


class PipelineIn(Wanted):
    """A pipeline."""

    name: str = Field(min_length=1, max_length=80)
    currency: str = Field("EUR", min_length=3, max_length=3, description="Of new deals; ISO 4217.")
    quiet_days: int = Field(14, ge=0, le=999, description="Days without a sign until a deal is quiet; 0 for never.")


class StageIn(Wanted):
    """A stage."""

    name: str = Field(min_length=1, max_length=60)
    probability: int = Field(50, ge=0, le=100)


class StageChange(StageIn):
    """What a stage becomes; `place` counts the open stages from 1."""

    place: int | None = Field(None, ge=1, le=pipelines.MOST_STAGES)


class Into(Schema):
    """Where deals go."""

    into: int | None = Field(None, ge=1, lt=2**63, description="The open stage that takes the deals.")


def show(pipeline: Pipeline) -> PipelineOut:
    """A pipeline as the API tells."""
    stages = [
        StageOut(id=stage.pk, name=stage.name, kind=stage.kind, probability=stage.probability)
        for stage in pipelines.stages(pipeline)
    ]
    return PipelineOut(
        id=pipeline.pk,
        name=pipeline.name,
        currency=pipeline.currency,
        quiet_days=pipeline.quiet_days,
        stages=stages,
    )


def found(pipeline_id: int) -> Pipeline:
    """A pipeline in use. Raises Http404."""
    return get_object_or_404(Pipeline, pk=pipeline_id, retired_at=None)


def stage_of(pipeline_id: int, stage_id: int) -> Stage:
    """A stage in use. Raises Http404."""
    rows = Stage.objects.select_related("pipeline")
    return get_object_or_404(rows, pk=stage_id, pipeline=pipeline_id, retired_at=None, pipeline__retired_at=None)


def target(into: Into) -> Stage | None:
    """The stage that takes deals. Raises Http404."""
    return get_object_or_404(Stage.objects.select_related("pipeline"), pk=into.into) if into.into else None


@router.get("", response=list[PipelineOut], summary="Pipelines in use")
def index(request: Caller) -> list[PipelineOut]:
    """In their order; the board opens with the first one."""
    return [show(pipeline) for pipeline in pipelines.pipelines()]


@router.post("", response={201: PipelineOut}, summary="Add a pipeline")
def add(request: Caller, new: PipelineIn) -> Status[PipelineOut]:
    """With the usual stages, which can be changed. For administrators."""
    return Status(201, show(pipelines.add_pipeline(PipelineDraft(**new.model_dump()), by=request.user)))


@router.put("/{int:pipeline_id}", response=PipelineOut, summary="Change a pipeline")
def change(request: Caller, pipeline_id: int, wanted: PipelineIn) -> PipelineOut:
    """Deals keep their own currency. For administrators."""
    return show(pipelines.edit_pipeline(found(pipeline_id), PipelineDraft(**wanted.model_dump()), by=request.user))


@router.delete("/{int:pipeline_id}", response={204: None}, summary="Retire a pipeline")
def retire(request: Caller, pipeline_id: int, into: Query[Into]) -> Status[None]:
    """Its open deals go `into` a stage of another. For administrators."""
    retiring.retire_pipeline(found(pipeline_id).pk, into=target(into), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{int:pipeline_id}/stages", response={201: PipelineOut}, summary="Add a stage")
def add_stage(request: Caller, pipeline_id: int, new: StageIn) -> Status[PipelineOut]:
    """The last of the open ones. For administrators."""
    pipeline = found(pipeline_id)
    pipelines.add_stage(pipeline, name=new.name, probability=new.probability, by=request.user)
    return Status(201, show(pipeline))


@router.put("/{int:pipeline_id}/stages/{int:stage_id}", response=PipelineOut, summary="Change a stage")
def change_stage(request: Caller, pipeline_id: int, stage_id: int, wanted: StageChange) -> PipelineOut:
    """Its name, its probability, its place. For administrators."""
    stage = stage_of(pipeline_id, stage_id)
    pipelines.edit_stage(stage, name=wanted.name, probability=wanted.probability, by=request.user)
    order = [one.pk for one in pipelines.open_stages(stage.pipeline)]
    if wanted.place and stage.pk in order:
        pipelines.shift_stage(stage, by_places=wanted.place - 1 - order.index(stage.pk), by=request.user)
    return show(stage.pipeline)


@router.delete("/{int:pipeline_id}/stages/{int:stage_id}", response={204: None}, summary="Retire a stage")
def retire_stage(request: Caller, pipeline_id: int, stage_id: int, into: Query[Into]) -> Status[None]:
    """Its deals go `into` another; their history stays. For administrators."""
    stage = stage_of(pipeline_id, stage_id)
    retiring.retire_stage(stage, into=target(into), by=request.user, now=clock.now())
    return Status(204, None)
