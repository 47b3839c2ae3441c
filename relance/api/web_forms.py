"""Web forms that make leads from one's own site, and what came by them (API-03)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails_told import Key
from relance.api.paging import Listed, Page, PageQuery, paged
from relance.api.reading import Wanted
from relance.campaigns.models import Responder, TargetList
from relance.lib import clock
from relance.sequences.models import Sequence
from relance.team.models import User
from relance.webforms import actions, taking
from relance.webforms.actions import FormDraft
from relance.webforms.models import Submission, WebForm

router = Router(tags=["Web forms"])


class AskedField(Schema):
    """A field of leads that the form asks for; the e-mail address is always asked."""

    key: str = Field(min_length=1, max_length=80, description="Such as first_name, company, note, or a custom field.")
    required: bool = False


class WebFormOut(Schema):
    """A web form, and where strangers find it."""

    id: int
    name: str
    address: str = Field(
        description="Its public page. A site may also post the fields there; JSON is answered to JSON."
    )
    language: str
    title: str
    intro: str
    button: str
    thanks: str
    thanks_url: str
    fields: list[AskedField]
    agree_words: str
    follow_words: str
    source: str
    owner_ids: list[int]
    makes_task: bool
    target_list_id: int | None
    responder_id: int | None
    sequence_id: int | None
    open_since: datetime | None = Field(description="null while it takes no answers.")
    creator_id: int
    created_at: datetime
    updated_at: datetime


class WebFormsListed(Listed):
    """A page of web forms."""

    items: list[WebFormOut]


class WebFormChange(Wanted):
    """What to change in a form."""

    name: str | None = Field(None, min_length=1, max_length=160)
    language: Literal["fr", "en"] | None = None
    title: str | None = Field(None, max_length=160)
    intro: str | None = Field(None, max_length=2000)
    button: str | None = Field(None, max_length=60)
    thanks: str | None = Field(None, max_length=2000)
    thanks_url: str | None = Field(None, max_length=500)
    fields: list[AskedField] | None = Field(None, max_length=50)
    agree_words: str | None = Field(None, max_length=1000)
    follow_words: str | None = Field(None, max_length=1000)
    source: str | None = Field(None, max_length=120)
    owner_ids: list[Key] | None = Field(None, max_length=100, description="They take turns; nobody: the creator.")
    makes_task: bool | None = None
    target_list_id: Key | None = None
    responder_id: Key | None = None
    sequence_id: Key | None = None
    open: bool | None = None


class WebFormIn(WebFormChange):
    """A new form; it takes answers from now on unless `open` is false."""

    name: str = Field(min_length=1, max_length=160)


class SubmissionOut(Schema):
    """What one stranger sent."""

    id: int
    at: datetime
    state: str = Field(description="lead, known, held or dropped.")
    why: str = Field(description="Why it is held: trap, fast, links, network, address or refused.")
    told: str = Field(description="What did not follow, and why.")
    email: str
    written: dict[str, Any]
    agreed: str
    follow: str
    person_id: int | None


class Submissions(Listed):
    """A page of submissions."""

    items: list[SubmissionOut]


class SubmissionQuery(Page):
    """Which of them."""

    state: Literal["", "lead", "known", "held", "dropped"] = ""


def found(request: Caller, form_id: int) -> WebForm:
    """One that the caller may see. Raises Http404."""
    return get_object_or_404(WebForm.objects.visible_to(request.user).select_related("creator"), pk=form_id)


def show_form(row: WebForm) -> WebFormOut:
    """A form as the API tells."""
    names = [name for name in WebFormOut.model_fields if name not in ("address", "owner_ids", "fields")]
    return WebFormOut(
        address=f"{settings.RELANCE_URL}{reverse('web-form-public', args=[row.key])}",
        owner_ids=sorted(row.owners.values_list("pk", flat=True)), fields=[AskedField(**told) for told in row.fields],
        **{name: getattr(row, name) for name in names},
    )  # fmt: skip


def show_submission(row: Submission) -> SubmissionOut:
    """A submission as the API tells."""
    return SubmissionOut(**{name: getattr(row, name) for name in SubmissionOut.model_fields})


def _draft(request: Caller, wanted: WebFormChange) -> FormDraft:
    told = wanted.model_dump(exclude_unset=True, exclude={"open"})
    rows: dict[str, QuerySet[Any]] = {  # Any: rows of each model
        "target_list": TargetList.objects.visible_to(request.user),
        "responder": Responder.objects.visible_to(request.user),
        "sequence": Sequence.objects.filter(deleted_at=None),
    }
    for name, choices in rows.items():
        if f"{name}_id" in told:
            key = told.pop(f"{name}_id")
            told[name] = get_object_or_404(choices, pk=key) if key is not None else None
    ids = told.pop("owner_ids", None)
    owners = None if ids is None else [get_object_or_404(User, pk=pk, is_active=True) for pk in dict.fromkeys(ids)]
    emptied = {"target_list", "responder", "sequence"}
    kept = {name: value for name, value in told.items() if value is not None or name in emptied}
    return FormDraft(values=kept, owners=owners)


@router.get("", response=WebFormsListed, summary="All web forms")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    return paged(request, response, WebForm.objects.visible_to(request.user).order_by("-pk"), page, show_form)


@router.post("", response={201: WebFormOut}, summary="Make a web form")
def add(request: Caller, new: WebFormIn) -> Status[WebFormOut]:
    """Leads are made in the name of whoever makes it."""
    row = actions.save(None, _draft(request, new), by=request.user, now=clock.now())
    if new.open is False:
        actions.switch(row, on=False, by=request.user, now=clock.now())
    return Status(201, show_form(row))


@router.get("/{int:form_id}", response=WebFormOut, summary="One web form")
def read(request: Caller, form_id: int) -> WebFormOut:
    """What it asks, what it says, and what follows."""
    return show_form(found(request, form_id))


@router.patch("/{int:form_id}", response=WebFormOut, summary="Change a web form")
def change(request: Caller, form_id: int, wanted: WebFormChange) -> WebFormOut:
    """Its creator, and those whose role changes mass mails that far."""
    row = actions.save(found(request, form_id), _draft(request, wanted), by=request.user, now=clock.now())
    if wanted.open is not None:
        actions.switch(row, on=wanted.open, by=request.user, now=clock.now())
    return show_form(row)


@router.delete("/{int:form_id}", response={204: None}, summary="Delete a web form")
def delete(request: Caller, form_id: int) -> Status[None]:
    """Its leads stay."""
    actions.delete(found(request, form_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:form_id}/submissions", response=Submissions, summary="What came by a web form")
def submissions(request: Caller, response: HttpResponse, form_id: int, asked: Query[SubmissionQuery]) -> dict[str, Any]:
    """For those who may change the form. Newest first."""
    form = found(request, form_id)
    actions.require_change(form, request.user)
    rows = form.submissions.filter(state=asked.state) if asked.state else form.submissions.all()
    return paged(request, response, rows.order_by("-pk"), asked, show_submission)


def _one(request: Caller, form_id: int, submission_id: int) -> Submission:
    rows = found(request, form_id).submissions.select_related("form__creator")
    return get_object_or_404(rows, pk=submission_id)


@router.post("/{int:form_id}/submissions/{int:submission_id}/accept", response=SubmissionOut, summary="Take one")
def accept(request: Caller, form_id: int, submission_id: int) -> SubmissionOut:
    """Somebody wrote it: it becomes a lead as any other. One that was taken stays as it is."""
    return show_submission(
        taking.accept(_one(request, form_id, submission_id), by=request.user, now=clock.now())
    )  # fmt: skip


@router.post("/{int:form_id}/submissions/{int:submission_id}/drop", response=SubmissionOut, summary="Drop one")
def drop(request: Caller, form_id: int, submission_id: int) -> SubmissionOut:
    """A program wrote it. What was taken stays."""
    row = _one(request, form_id, submission_id)
    taking.drop(row, by=request.user, now=clock.now())
    row.refresh_from_db()
    return show_submission(row)
