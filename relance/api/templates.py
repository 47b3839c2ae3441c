"""Templates (TPL-01, TPL-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Page, paged
from relance.lib import clock
from relance.lib.fold import fold
from relance.mail import catalogue, templates
from relance.mail.models import Template
from relance.people.models import Person

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
    shared: bool
    owner_id: int | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Templates(Schema):
    """A page of templates."""

    items: list[TemplateOut]
    next: str | None


class TemplateChange(Schema):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=160)
    folder: str | None = Field(None, max_length=120)
    language: str | None = Field(None, max_length=8)
    subject: str | None = Field(None, min_length=1, max_length=400)
    html: str | None = None
    text: str | None = None
    from_choice: Choice | None = None
    reply_choice: Choice | None = None
    shared: bool | None = None


class TemplateIn(TemplateChange):
    """A new template."""

    name: str = Field(min_length=1, max_length=160)
    subject: str = Field(min_length=1, max_length=400)
    html: str
    language: str = Field("en", max_length=8)


class PreviewIn(Schema):
    """On whom to preview."""

    person_id: int | None = None


class PreviewOut(Schema):
    """The mail as this person would read it."""

    subject: str
    html: str
    text: str


class FieldOut(Schema):
    """A placeholder that templates may use."""

    placeholder: str
    label: str
    sample: str


class Search(Page):
    """Which templates."""

    q: str = ""
    archived: bool = False


def found(request: Caller, template_id: int) -> Template:
    """A template that the caller may see. Raises Http404."""
    return get_object_or_404(Template.objects.visible_to(request.user), pk=template_id)


def draft(wanted: TemplateChange) -> templates.TemplateDraft:
    """The request as a draft."""
    values = wanted.model_dump(exclude_unset=True)
    return templates.TemplateDraft(values={name: value for name, value in values.items() if value is not None})


@router.get("", response=Templates)
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """The shared templates and my own."""
    rows = Template.objects.visible_to(request.user).filter(archived_at__isnull=not search.archived)
    for word in fold(search.q).split():
        rows = rows.filter(name__icontains=word)
    return paged(request, response, rows, search, TemplateOut.from_orm)


@router.get("/fields", response=list[FieldOut])
def fields(request: Caller) -> list[FieldOut]:
    """The placeholders that templates may use."""
    return [
        FieldOut(placeholder=f"{{{field.name}}}", label=str(field.label), sample=str(field.sample))
        for field in catalogue.FIELDS
    ]


@router.post("", response={201: TemplateOut})
def add(request: Caller, new: TemplateIn) -> Status[Template]:
    """Write a template. Unknown placeholders are refused, with the nearest one that exists."""
    return Status(201, templates.add_template(draft(new), by=request.user, now=clock.now()))


@router.get("/{template_id}", response=TemplateOut)
def read(request: Caller, template_id: int) -> Template:
    """One template."""
    return found(request, template_id)


@router.patch("/{template_id}", response=TemplateOut)
def change(request: Caller, template_id: int, wanted: TemplateChange) -> Template:
    """Change a template; mail not yet launched follows it at once."""
    return templates.edit_template(found(request, template_id), draft(wanted), by=request.user, now=clock.now())


@router.delete("/{template_id}", response={204: None})
def archive(request: Caller, template_id: int) -> Status[None]:
    """Put a template away; what was sent with it stays."""
    templates.archive_template(found(request, template_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{template_id}/preview", response=PreviewOut)
def preview(request: Caller, template_id: int, wanted: PreviewIn) -> PreviewOut:
    """The mail as a real person would read it."""
    template, person = found(request, template_id), None
    if wanted.person_id is not None:
        person = get_object_or_404(Person.objects.visible_to(request.user), pk=wanted.person_id)
    parts = templates.Parts(
        subject=template.subject, html=template.html, text=template.text, language=template.language
    )
    shown = templates.preview(parts, person, sender=request.user)
    return PreviewOut(subject=shown.subject, html=shown.html, text=shown.text)
