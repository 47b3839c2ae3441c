"""Templates (TPL-01, TPL-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, Page, paged
from relance.api.reading import Wanted
from relance.api.tags import require_unchanged, tagged
from relance.lib import clock
from relance.mail import catalogue, enclosing, templates
from relance.mail.files import Given
from relance.mail.models import Attachment, Template, TemplateVersion
from relance.mail.trial import send_trial
from relance.people.models import Person
from relance.team import policy
from relance.team.models import Module

router = Router(tags=["Templates"])
Choice = Literal["", "own", "owner", "organisation"]


class TemplateOut(Schema):
    """A reusable mail with placeholders."""

    id: int
    name: str
    folder: str
    language: str
    subject: str
    html: str
    text: str
    from_choice: str
    reply_choice: str
    layout: list[dict[str, Any]] | None = Field(description="The blocks of a newsletter, of which `html` is made.")
    shared: bool
    owner_id: int | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Templates(Listed):
    """A page of templates."""

    items: list[TemplateOut]


class TemplateChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=160)
    folder: str | None = Field(None, max_length=120)
    language: str | None = Field(None, max_length=8)
    subject: str | None = Field(None, min_length=1, max_length=400)
    html: str | None = None
    text: str | None = None
    from_choice: Choice | None = None
    reply_choice: Choice | None = None
    layout: list[dict[str, Any]] | None = Field(None, description="Blocks of a newsletter; `html` is made of them.")
    shared: bool | None = None


class TemplateIn(TemplateChange):
    """A new template."""

    name: str = Field(min_length=1, max_length=160)
    subject: str = Field(min_length=1, max_length=400)
    html: str = ""
    language: str = Field("en", max_length=8)


class PreviewIn(Wanted):
    """On whom to preview."""

    person_id: int | None = None


class PreviewOut(Schema):
    """The mail as this person would read it."""

    subject: str
    html: str
    text: str


class TrialOut(Schema):
    """A trial that is on its way."""

    message_id: int
    to: str


class FieldOut(Schema):
    """A placeholder that templates may use."""

    placeholder: str
    label: str
    sample: str


class TemplateVersionOut(Schema):
    """A template's words as they stood from one moment on."""

    number: int
    subject: str
    html: str
    text: str
    layout: list[dict[str, Any]] | None
    by_id: int | None
    at: datetime


class TemplateVersions(Listed):
    """A page of versions."""

    items: list[TemplateVersionOut]


class TemplateFileOut(Schema):
    """A file that travels inside every mail written with a template."""

    number: int
    name: str
    content_type: str
    size: int


class TemplateFiles(Schema):
    """The files of one template."""

    items: list[TemplateFileOut]


class Search(Page):
    """Which templates."""

    q: str = Field("", max_length=200, description="Words of the name.")
    archived: bool = False


def found(request: Caller, template_id: int, *, hold: bool = False) -> Template:
    """A template that the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = Template.objects.visible_to(request.user)
    return get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=template_id)


def reader_of(request: Caller, wanted: PreviewIn) -> Person | None:
    """The person on whom a mail is shown. Raises Http404."""
    if wanted.person_id is None:
        return None
    return get_object_or_404(Person.objects.visible_to(request.user), pk=wanted.person_id)


def show(template: Template) -> TemplateOut:
    """A template as the API tells."""
    return TemplateOut(**{name: getattr(template, name) for name in TemplateOut.model_fields})


def show_version(version: TemplateVersion) -> TemplateVersionOut:
    """A version as the API tells."""
    return TemplateVersionOut(**{name: getattr(version, name) for name in TemplateVersionOut.model_fields})


def show_file(row: Attachment) -> TemplateFileOut:
    """A file as the API tells it."""
    return TemplateFileOut(number=row.number, name=row.name, content_type=row.content_type, size=row.file.size)


def draft(wanted: TemplateChange) -> templates.TemplateDraft:
    """The request as a draft."""
    values = wanted.model_dump(exclude_unset=True)
    return templates.TemplateDraft(values={name: value for name, value in values.items() if value is not None})


@router.get("", response=Templates, summary="Search templates")
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """The shared ones and my own."""
    rows = Template.objects.visible_to(request.user).filter(archived_at__isnull=not search.archived)
    for word in search.q.split():
        rows = rows.filter(name__icontains=word)
    return paged(request, response, rows, search, show)


@router.get("/fields", response=list[FieldOut], summary="Placeholders")
def fields(request: Caller) -> list[FieldOut]:
    """The placeholders that templates may use."""
    return [
        FieldOut(placeholder=f"{{{field.name}}}", label=str(field.label), sample=str(field.sample))
        for field in catalogue.fields()
    ]


@router.post("", response={201: TemplateOut}, summary="Write a template")
def add(request: Caller, new: TemplateIn) -> Status[TemplateOut]:
    """Unknown placeholders are refused, each with the nearest one that exists."""
    return Status(201, show(templates.add_template(draft(new), by=request.user, now=clock.now())))


@router.get("/{int:template_id}", response=TemplateOut, summary="One template")
def read(request: Caller, response: HttpResponse, template_id: int) -> TemplateOut:
    """As it stands."""
    return tagged(response, show(found(request, template_id)))


@router.patch("/{int:template_id}", response=TemplateOut, summary="Change a template")
def change(request: Caller, response: HttpResponse, template_id: int, wanted: TemplateChange) -> TemplateOut:
    """Mail not yet launched follows it at once; what is launched keeps the text it was launched with."""
    with transaction.atomic():
        template = found(request, template_id, hold=True)
        require_unchanged(request, show(template))
        templates.edit_template(template, draft(wanted), by=request.user, now=clock.now())
    return tagged(response, show(found(request, template_id)))


@router.delete("/{int:template_id}", response={204: None}, summary="Archive a template")
def archive(request: Caller, template_id: int) -> Status[None]:
    """It is offered no more; what was sent with it stays."""
    templates.archive_template(found(request, template_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{int:template_id}/restore", response=TemplateOut, summary="Restore a template")
def restore(request: Caller, template_id: int) -> TemplateOut:
    """Take it out of the archive."""
    templates.restore_template(found(request, template_id), by=request.user)
    return show(found(request, template_id))


@router.get("/{int:template_id}/versions", response=TemplateVersions, summary="Versions of a template")
def versions(request: Caller, response: HttpResponse, template_id: int, page: Query[Page]) -> dict[str, Any]:
    """Its words as they stood, the latest first; that of now is one of them."""
    return paged(request, response, found(request, template_id).versions.all(), page, show_version)


@router.post("/{int:template_id}/versions/{int:number}/restore", response=TemplateOut, summary="Restore a version")
def restore_version(request: Caller, template_id: int, number: int) -> TemplateOut:
    """Give the template the words that it had then; those of now stay a version."""
    version = get_object_or_404(found(request, template_id).versions, number=number)
    templates.restore_version(version, by=request.user, now=clock.now())
    return show(found(request, template_id))


@router.get("/{int:template_id}/files", response=TemplateFiles, summary="The files of a template")
def files(request: Caller, template_id: int) -> dict[str, Any]:
    """In the order in which they were added."""
    return {"items": [show_file(row) for row in enclosing.of(found(request, template_id))]}


@router.post("/{int:template_id}/files", response={201: TemplateFileOut}, summary="Add a file to a template")
def enclose(request: Caller, template_id: int, file: File[UploadedFile]) -> Status[TemplateFileOut]:
    """It travels inside every mail written with the template; what is launched keeps the files it was launched with."""
    given = Given(name=file.name or "", content_type=file.content_type or "", data=file.read())
    row = enclosing.enclose(found(request, template_id), given, by=request.user, now=clock.now())
    return Status(201, show_file(row))


@router.delete("/{int:template_id}/files/{int:number}", response={204: None}, summary="Take a file out of a template")
def take_out(request: Caller, template_id: int, number: int) -> Status[None]:
    """The mails to come go without it."""
    row = get_object_or_404(found(request, template_id).attachments.select_related("template"), number=number)
    enclosing.take_out(row, by=request.user)
    return Status(204, None)


@router.post("/{int:template_id}/copy", response={201: TemplateOut}, summary="Copy a template")
def copy(request: Caller, template_id: int) -> Status[TemplateOut]:
    """A copy of one's own to change freely."""
    return Status(201, show(templates.copy_template(found(request, template_id), by=request.user, now=clock.now())))


@router.post("/{int:template_id}/preview", response=PreviewOut, summary="Preview a template")
def preview(request: Caller, template_id: int, wanted: PreviewIn) -> PreviewOut:
    """The mail as a real person would read it; with examples where nobody is named."""
    parts = templates.Parts.of(found(request, template_id))
    shown = templates.preview(parts, reader_of(request, wanted), sender=request.user)
    return PreviewOut(subject=shown.subject, html=shown.html, text=shown.text)


@router.post("/{int:template_id}/test", response=TrialOut, summary="Send oneself a trial")
def test(request: Caller, template_id: int, wanted: PreviewIn) -> TrialOut:
    """The mail as this person would read it, sent to the caller's own address and not followed (TPL-03)."""
    policy.require(policy.level(request.user, Module.TEMPLATE, "edit") > policy.NONE)
    template = found(request, template_id)
    message = send_trial(
        templates.Parts.of(template), person=reader_of(request, wanted), by=request.user, now=clock.now(),
        attachments=enclosing.of(template),
    )  # fmt: skip
    return TrialOut(message_id=message.pk, to=request.user.email)
