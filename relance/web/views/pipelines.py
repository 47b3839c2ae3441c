"""Settings of pipelines: their stages, order, names and probabilities; what is retired, and where its deals go."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.deals import pipelines, retiring
from relance.deals.models import Pipeline, Stage
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.team.models import User
from relance.team.policy import require
from relance.web.forms.deals import PipelineForm, StageForm, targets
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.views.deals import number_of
from relance.web.views.settings import shell

HERE = "settings-pipelines"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One pipeline as the page shows it; `form` carries what was typed where something was wrong."""

    pipeline: Pipeline
    stages: list[Stage]
    form: PipelineForm
    new_stage: StageForm
    open: bool = False

    @property
    def last(self) -> int:
        """The key of the last open stage."""
        return [stage.pk for stage in self.stages if stage.is_open][-1]


def page(request: HttpRequest) -> HttpResponse:
    """All pipelines, and a form to add one."""
    user = _administrator(request)
    form = PipelineForm(request.POST or None, prefix="new")
    if request.method == "POST" and form.is_valid():
        try:
            pipelines.add_pipeline(form.draft(), by=user)
        except Refused as refused:
            form.add_error("currency", str(refused))
        else:
            toast(request, _("The pipeline was added."))
            return redirect(HERE)
    return _shown(request, form=form)


def _shown(request: HttpRequest, *, form: PipelineForm, wrong: Shown | None = None) -> HttpResponse:
    many = [
        wrong if wrong and wrong.pipeline.pk == pipeline.pk else _of(pipeline) for pipeline in pipelines.pipelines()
    ]
    context = {"many": many, "form": form, "targets": targets([]), **shell(user_of(request), HERE)}
    return render(request, "settings/pipelines.html", context, status=422 if form.errors or wrong else 200)


def _of(pipeline: Pipeline, form: PipelineForm | None = None, new_stage: StageForm | None = None) -> Shown:
    held = {"name": pipeline.name, "currency": pipeline.currency, "quiet_days": pipeline.quiet_days}
    return Shown(
        pipeline=pipeline,
        stages=pipelines.stages(pipeline),
        form=form or PipelineForm(initial=held, prefix=f"pipeline-{pipeline.pk}"),
        new_stage=new_stage or StageForm(prefix=f"stage-{pipeline.pk}"),
        open=bool(form or new_stage),
    )


@require_POST
def edit(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """Its name, the currency of new deals, when deals are quiet; or its place (`shift`)."""
    user, pipeline = _administrator(request), _pipeline(pipeline_id)
    if shift := _shift(request):
        pipelines.shift_pipeline(pipeline, by_places=shift, by=user)
        return redirect(HERE)
    form = PipelineForm(request.POST, prefix=f"pipeline-{pipeline.pk}")
    if form.is_valid():
        try:
            pipelines.edit_pipeline(pipeline, form.draft(), by=user)
        except Refused as refused:
            form.add_error("currency", str(refused))
        else:
            toast(request, _("Settings saved."))
            return redirect(HERE)
    return _shown(request, form=PipelineForm(prefix="new"), wrong=_of(pipeline, form=form))


@require_POST
def add_stage(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """A new stage, the last of the open ones."""
    user, pipeline = _administrator(request), _pipeline(pipeline_id)
    form = StageForm(request.POST, prefix=f"stage-{pipeline.pk}")
    if not form.is_valid():
        return _shown(request, form=PipelineForm(prefix="new"), wrong=_of(pipeline, new_stage=form))
    pipelines.add_stage(pipeline, by=user, **form.cleaned_data)
    toast(request, _("The stage was added."))
    return redirect(HERE)


@require_POST
def edit_stage(request: HttpRequest, stage_id: int) -> HttpResponse:
    """Its name and probability; or its place (`shift`)."""
    user, stage = _administrator(request), _stage(stage_id)
    if shift := _shift(request):
        pipelines.shift_stage(stage, by_places=shift, by=user)
        return redirect(HERE)
    name = " ".join(request.POST.get("name", "").split())[:60] or stage.name
    share = number_of(request.POST.get("probability", ""))
    pipelines.edit_stage(stage, name=name, probability=stage.probability if share is None else min(share, 100), by=user)
    toast(request, _("Settings saved."))
    return redirect(HERE)


@require_POST
def retire_stage(request: HttpRequest, stage_id: int) -> HttpResponse:
    """Out of use; its deals go where was chosen."""
    user, stage = _administrator(request), _stage(stage_id)
    moved = retiring.retire_stage(stage, into=_into(request), by=user, now=clock.now())
    _say(request, str(stage), moved)
    return redirect(HERE)


@require_POST
def retire(request: HttpRequest, pipeline_id: int) -> HttpResponse:
    """Out of use; its open deals go where was chosen."""
    user, pipeline = _administrator(request), _pipeline(pipeline_id)
    moved = retiring.retire_pipeline(pipeline.pk, into=_into(request), by=user, now=clock.now())
    _say(request, str(pipeline), moved)
    return redirect(HERE)


def _say(request: HttpRequest, name: str, moved: int) -> None:
    if not moved:
        toast(request, _("%(name)s is no longer used. What stood there keeps its history.") % {"name": name})
        return
    told = ngettext(
        "%(name)s is no longer used. %(count)d deal was moved.",
        "%(name)s is no longer used. %(count)d deals were moved.",
        moved,
    )
    toast(request, told % {"name": name, "count": moved})


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require(user.is_administrator)
    return user


def _pipeline(pipeline_id: int) -> Pipeline:
    return get_object_or_404(Pipeline, pk=pipeline_id, retired_at=None)


def _stage(stage_id: int) -> Stage:
    rows = Stage.objects.select_related("pipeline")
    return get_object_or_404(rows, pk=stage_id, retired_at=None, pipeline__retired_at=None)


def _shift(request: HttpRequest) -> int:
    return {"up": -1, "down": 1}.get(request.POST.get("shift", ""), 0)


def _into(request: HttpRequest) -> Stage | None:
    chosen = number_of(request.POST.get("into", ""))
    return _stage(chosen) if chosen else None
