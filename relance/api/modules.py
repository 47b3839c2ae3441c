"""The modules and their fields; those that administrators make are made, changed and retired here as well (REC-01)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.lib import clock
from relance.records import custom, defining, founding, registry
from relance.records import fields as declared
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.models import CustomField, CustomModule
from relance.records.registry import Listed, UnknownModule
from relance.team import policy

router = Router(tags=["Modules and fields"])
Kind = Literal[
    "text", "long_text", "email", "phone", "url", "number", "money", "date", "moment", "yes_no", "choice", "choices",
    "link", "user",
]  # fmt: skip


class Choice(Schema):
    """One of the choices of a field."""

    key: str = Field("", max_length=40, description="Its key; empty for a new choice.")
    label: str = Field(max_length=80)


class ModuleField(Schema):
    """A field of a module."""

    key: str
    label: str
    kind: str
    custom: bool = Field(description="Whether an administrator made it.")
    required: bool
    editable: bool
    many: bool
    target: str = Field(description="The module that a link leads to.")
    help: str
    choices: list[Choice]
    retired_at: datetime | None = None


class ModuleOut(Schema):
    """A module, and the fields that its records have."""

    key: str
    label: str
    icon: str
    custom: bool = Field(description="Whether an administrator made it.")
    name: str = Field(description="What one record of a custom module is called.")
    has_email: bool = Field(description="Whether the records of a custom module carry an e-mail address.")
    fields: list[ModuleField]


class Modules(Schema):
    """All modules whose records one reads."""

    items: list[ModuleOut]


class ModuleIn(Wanted):
    """A new module."""

    name: str = Field(min_length=1, max_length=60, description="What one record is called: Subscription.")
    plural: str = Field(min_length=1, max_length=60, description="What several are called: Subscriptions.")
    icon: str = Field("", max_length=40)
    has_email: bool = False


class ModuleChange(Wanted):
    """What to change of a custom module; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=60)
    plural: str | None = Field(None, min_length=1, max_length=60)
    icon: str | None = Field(None, max_length=40)
    has_email: bool | None = None


class FieldIn(Wanted):
    """A new field."""

    label: str = Field(min_length=1, max_length=80)
    kind: Kind
    choices: list[Choice] = Field(default_factory=list, max_length=200)
    target: str = Field("", max_length=20, description="For a link: the key of a module.")
    help: str = Field("", max_length=200)
    required: bool = False
    listed: bool = Field(False, description="Whether lists show it at first.")


class FieldChange(Wanted):
    """What to change of a custom field; what is left out stays. A choice keeps its key when it is renamed."""

    label: str | None = Field(None, min_length=1, max_length=80)
    kind: Kind | None = None
    choices: list[Choice] | None = Field(None, max_length=200)
    target: str | None = Field(None, max_length=20)
    help: str | None = Field(None, max_length=200)
    required: bool | None = None
    listed: bool | None = None
    retired: bool | None = Field(None, description="False brings a retired field back with its values.")


def show_field(field: declared.Field) -> ModuleField:
    """A field as the API tells. The words of tags are too many to be told here."""
    options = {} if field.open else field.options()
    return ModuleField(
        key=field.key, label=str(field.label), kind=field.kind.value, custom=field.custom, required=field.required,
        editable=field.editable, many=field.many, target=field.target, help=str(field.help),
        choices=[Choice(key=key, label=str(label)) for key, label in options.items()],
    )  # fmt: skip


def show(listed: Listed) -> ModuleOut:
    """A module as the API tells."""
    made = custom.module(listed.key)
    return ModuleOut(
        key=listed.key,
        label=str(listed.label),
        icon=listed.icon,
        custom=made is not None,
        name=made.name if made else "",
        has_email=made.has_email if made else False,
        fields=[show_field(field) for field in registry.fields(listed.key)],
    )


def known(request: Caller, module: str) -> Listed:
    """A module whose records the caller reads. Raises Http404."""
    try:
        listed = registry.module(module)
    except UnknownModule:
        raise Http404 from None
    if policy.level(request.user, module, "read") == policy.NONE:
        raise Http404
    return listed


def made_module(request: Caller, module: str) -> CustomModule:
    """A custom module. Raises Forbidden for all but administrators, Http404."""
    policy.require(request.user.is_administrator)
    return get_object_or_404(CustomModule, key=module, retired_at=None)


def made_field(request: Caller, module: str, key: str) -> CustomField:
    """A custom field, retired or not. Raises Forbidden for all but administrators, Http404."""
    policy.require(request.user.is_administrator)
    known(request, module)
    return get_object_or_404(CustomField, module=module, key=key)


@router.get("", response=Modules, summary="List modules and their fields")
def index(request: Caller) -> Modules:
    """Those whose records the caller may read."""
    readable = (one for one in registry.modules() if policy.level(request.user, one.key, "read") > policy.NONE)
    return Modules(items=[show(listed) for listed in readable])


@router.post("", response={201: ModuleOut}, summary="Make a module")
def add(request: Caller, new: ModuleIn) -> Status[ModuleOut]:
    """For administrators. Each role gets on it the reach that it has on contacts."""
    made = founding.add_module(ModuleDraft(**new.model_dump()), by=request.user, now=clock.now())
    return Status(201, show(registry.module(made.key)))


@router.get("/{module}", response=ModuleOut, summary="One module")
def read(request: Caller, module: str) -> ModuleOut:
    """With its fields."""
    return show(known(request, module))


@router.patch("/{module}", response=ModuleOut, summary="Change a module")
def change(request: Caller, module: str, wanted: ModuleChange) -> ModuleOut:
    """For administrators; custom modules only."""
    made = made_module(request, module)
    before = {"name": made.name, "plural": made.plural, "icon": made.icon, "has_email": made.has_email}
    draft = ModuleDraft(**{**before, **wanted.model_dump(exclude_none=True)})
    founding.change_module(made, draft, by=request.user)
    return show(registry.module(module))


@router.delete("/{module}", response={204: None}, summary="Retire a module")
def retire(request: Caller, module: str) -> Status[None]:
    """For administrators. Its records stay, and come back with it."""
    founding.retire_module(made_module(request, module), by=request.user, now=clock.now())
    return Status(204, None)


@router.post("/{module}/restore", response=ModuleOut, summary="Bring a module back")
def restore(request: Caller, module: str) -> ModuleOut:
    """For administrators: a retired module with its records."""
    policy.require(request.user.is_administrator)
    founding.restore_module(get_object_or_404(CustomModule, key=module, retired_at__isnull=False), by=request.user)
    return show(registry.module(module))


@router.post("/{module}/fields", response={201: ModuleField}, summary="Add a field")
def add_field(request: Caller, module: str, new: FieldIn) -> Status[ModuleField]:
    """For administrators; to any module."""
    policy.require(request.user.is_administrator)
    known(request, module)
    made = defining.add_field(module, draft_of(new), by=request.user, now=clock.now())
    return Status(201, show_field(registry.field(module, made.key)))


@router.patch("/{module}/fields/{key}", response=ModuleField, summary="Change a field")
def change_field(request: Caller, module: str, key: str, wanted: FieldChange) -> ModuleField:
    """For administrators; custom fields only. What would lose values is refused."""
    made = made_field(request, module, key)
    if wanted.retired is False and made.retired_at is not None:
        defining.restore_field(made, by=request.user)
    told = wanted.model_dump(exclude_none=True, exclude={"retired"})
    made = defining.change_field(made, draft_of(FieldIn(**{**before(made), **told})), by=request.user)
    if wanted.retired and made.retired_at is None:
        defining.retire_field(made, by=request.user, now=clock.now())
    return show_field(custom.field_of(made))


@router.delete("/{module}/fields/{key}", response={204: None}, summary="Retire a field")
def retire_field(request: Caller, module: str, key: str) -> Status[None]:
    """For administrators. Its values stay, and come back with it."""
    defining.retire_field(made_field(request, module, key), by=request.user, now=clock.now())
    return Status(204, None)


def before(made: CustomField) -> dict[str, object]:
    """A field as a request would write it."""
    choices = [{"key": key, "label": label} for key, label in made.options]
    return {
        "label": made.label, "kind": made.kind, "choices": choices, "target": made.target, "help": made.help,
        "required": made.is_required, "listed": made.is_listed,
    }  # fmt: skip


def draft_of(wanted: FieldIn) -> FieldDraft:
    """The request as a draft."""
    return FieldDraft(
        label=wanted.label, kind=wanted.kind, choices=[(one.key, one.label) for one in wanted.choices],
        target=wanted.target, help=wanted.help, is_required=wanted.required, is_listed=wanted.listed,
    )  # fmt: skip
