"""Auto-responders: a template sent to whoever comes by an import or a form, or joins a list (MASS-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mailboxes import mine
from relance.api.mass_mails_told import Choice, Key
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.campaigns import responding
from relance.campaigns.models import Responder, TargetList
from relance.campaigns.responding import ResponderDraft
from relance.lib import clock
from relance.mail.models import Template

router = Router(tags=["Auto-responders"])


class ResponderOut(Schema):
    """An auto-responder; its numbers are those of its mass mail."""

    id: int
    name: str
    event: str
    kind: str = Field(description="lead, contact, or empty for both.")
    target_list_id: int | None
    template_id: int
    mailbox_id: int | None
    from_choice: str
    active_since: datetime | None = Field(description="null while it is switched off.")
    mass_mail_id: int | None
    creator_id: int
    created_at: datetime
    updated_at: datetime


class Responders(Listed):
    """A page of auto-responders."""

    items: list[ResponderOut]


class ResponderChange(Wanted):
    """What to change; another template begins a mail of its own."""

    name: str | None = Field(None, min_length=1, max_length=160)
    event: Literal["import", "form", "list", "named"] | None = None
    kind: Literal["", "lead", "contact"] | None = None
    target_list_id: Key | None = None
    template_id: Key | None = None
    mailbox_id: Key | None = None
    from_choice: Choice | None = None
    active: bool | None = None


class ResponderIn(ResponderChange):
    """A new auto-responder; it answers from now on unless `active` is false."""

    name: str = Field(min_length=1, max_length=160)
    event: Literal["import", "form", "list", "named"]
    template_id: Key


def found(request: Caller, responder_id: int) -> Responder:
    """One that the caller may see. Raises Http404."""
    return get_object_or_404(Responder.objects.visible_to(request.user).select_related("creator"), pk=responder_id)


def show_responder(row: Responder) -> ResponderOut:
    """An auto-responder as the API tells."""
    names = [name for name in ResponderOut.model_fields if name != "mass_mail_id"]
    mail = row.mails.order_by("-pk").values_list("pk", flat=True).first()
    return ResponderOut(mass_mail_id=mail, **{name: getattr(row, name) for name in names})


def _draft(request: Caller, wanted: ResponderChange) -> ResponderDraft:
    values = wanted.model_dump(exclude_unset=True, exclude={"active"})
    rows: dict[str, Any] = {  # Any: rows of each model
        "template": Template.objects.visible_to(request.user), "mailbox": mine(request),
        "target_list": TargetList.objects.visible_to(request.user),
    }  # fmt: skip
    for name, choices in rows.items():
        if f"{name}_id" in values and (key := values.pop(f"{name}_id")) is not None:
            values[name] = get_object_or_404(choices, pk=key)
    return ResponderDraft(values={name: value for name, value in values.items() if value is not None})


@router.get("", response=Responders, summary="All auto-responders")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    rows = Responder.objects.visible_to(request.user).order_by("-pk")
    return paged(request, response, rows, page, show_responder)


@router.post("", response={201: ResponderOut}, summary="Make an auto-responder")
def add(request: Caller, new: ResponderIn) -> Status[ResponderOut]:
    """Each person is answered once."""
    row = responding.save(None, _draft(request, new), by=request.user, now=clock.now())
    if new.active is not False:
        responding.switch(row, on=True, by=request.user, now=clock.now())
    return Status(201, show_responder(row))


@router.get("/{int:responder_id}", response=ResponderOut, summary="One auto-responder")
def read(request: Caller, responder_id: int) -> ResponderOut:
    """To what it answers, and with what."""
    return show_responder(found(request, responder_id))


@router.patch("/{int:responder_id}", response=ResponderOut, summary="Change an auto-responder")
def change(request: Caller, responder_id: int, wanted: ResponderChange) -> ResponderOut:
    """Only its creator, in whose name it writes."""
    draft = _draft(request, wanted)
    row = responding.save(found(request, responder_id), draft, by=request.user, now=clock.now())
    if wanted.active is not None:
        responding.switch(row, on=wanted.active, by=request.user, now=clock.now())
    return show_responder(row)


@router.delete("/{int:responder_id}", response={204: None}, summary="Delete an auto-responder")
def delete(request: Caller, responder_id: int) -> Status[None]:
    """What it sent stays in each person's history."""
    responding.delete(found(request, responder_id), by=request.user, now=clock.now())
    return Status(204, None)
