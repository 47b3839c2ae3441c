"""Settings: the modules and their fields, those that an administrator makes among them (REC-01)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import custom, defining, founding, indexes, registry
from relance.records.fields import Words
from relance.records.models import CustomField, CustomModule
from relance.records.registry import Listed, UnknownModule
from relance.team.models import User
from relance.team.policy import require
from relance.web.forms.modules import FieldForm, ModuleForm
from relance.web.places import place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.settings import shell

HERE = "settings-modules"
Made = TypeVar("Made", CustomModule, CustomField)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A module in the list: `own` fields are those that an administrator added."""

    listed: Listed
    label: Words
    own: int
    made: bool


def index(request: HttpRequest) -> HttpResponse:
    """All modules with their fields, and those that were retired."""
    user = _administrator(request)
    lines = [_line(listed) for listed in registry.modules() if listed.verbs is not None]
    retired = CustomModule.objects.filter(retired_at__isnull=False)
    context = {"lines": lines, "retired": retired, "indexes": indexes.standing()}
    return render(request, "settings/modules.html", {**context, **shell(user, HERE)})


def _line(listed: Listed) -> Line:
    own = [field for field in custom.fields_of(listed.key) if not field.open]
    made = custom.module(listed.key) is not None
    return Line(listed=listed, label=listed.label, own=len(own), made=made)


def new(request: HttpRequest) -> HttpResponse:
    """Make a module."""
    user = _administrator(request)
    form = ModuleForm(request.POST or None, initial=ModuleForm.initial_of(None))
    if request.method == "POST" and form.is_valid():
        made = _tried(form, lambda: founding.add_module(form.draft(), by=user, now=clock.now()))
        if made is not None:
            toast(request, _("The module %(name)s was made. Add its fields.") % {"name": made})
            return redirect("settings-module", made.key)
    context = {"form": form, **shell(user, HERE)}
    return render(request, "settings/module_new.html", context, status=422 if form.errors else 200)


def page(request: HttpRequest, module: str) -> HttpResponse:
    """A module: its names, if they are an administrator's, and its fields."""
    user, listed = _administrator(request), _known(module)
    made = CustomModule.objects.filter(key=module, retired_at=None).first()
    form = ModuleForm(request.POST or None, initial=ModuleForm.initial_of(made)) if made else None
    if made and form and request.method == "POST" and _changed(form, made, user):
        toast(request, _("The module was saved."))
        return redirect("settings-module", module)
    fields = CustomField.objects.filter(module=module)
    context = {
        "form": form,
        "made": made,
        "listed": listed,
        "place": place_of(module),
        "declared": listed.declared,
        "fields": [(field, custom.field_of(field)) for field in fields if field.retired_at is None],
        "retired": [field for field in fields if field.retired_at is not None],
        **shell(user, HERE),
    }
    return render(request, "settings/module.html", context, status=422 if form and form.errors else 200)


def _changed(form: ModuleForm, made: CustomModule, user: User) -> bool:
    return form.is_valid() and bool(_tried(form, lambda: founding.change_module(made, form.draft(), by=user)))


def new_field(request: HttpRequest, module: str) -> HttpResponse:
    """Add a field to a module."""
    user, listed = _administrator(request), _known(module)
    form = FieldForm(request.POST or None, field=None)
    if request.method == "POST" and form.is_valid():
        made = _tried(form, lambda: defining.add_field(module, form.draft(), by=user, now=clock.now()))
        if made is not None:
            toast(request, _("The field %(name)s was made.") % {"name": made})
            return redirect("settings-field-new" if "another" in request.POST else "settings-module", module)
    return _field_form(request, user, listed, form, None)


def field(request: HttpRequest, module: str, field_id: int) -> HttpResponse:
    """Change a field."""
    user, listed = _administrator(request), _known(module)
    known = get_object_or_404(CustomField, pk=field_id, module=module, retired_at=None)
    form = FieldForm(request.POST or None, field=known)
    if request.method == "POST" and _changed_field(form, known, user):
        toast(request, _("The field was saved."))
        return redirect("settings-module", module)
    return _field_form(request, user, listed, form, known)


def _changed_field(form: FieldForm, known: CustomField, user: User) -> bool:
    return form.is_valid() and bool(_tried(form, lambda: defining.change_field(known, form.draft(), by=user)))


def _field_form(
    request: HttpRequest, user: User, listed: Listed, form: FieldForm, known: CustomField | None
) -> HttpResponse:
    context = {"form": form, "listed": listed, "field": known, **shell(user, HERE)}
    return render(request, "settings/field.html", context, status=422 if form.errors else 200)


@require_POST
def act(request: HttpRequest, module: str, verb: str) -> HttpResponse:
    """Retire a module, or bring it back."""
    user, made = _administrator(request), get_object_or_404(CustomModule, key=module)
    try:
        if verb == "retire":
            founding.retire_module(made, by=user, now=clock.now())
            toast(request, _("%(name)s is shown nowhere any more. Its records are kept.") % {"name": made})
        elif verb == "restore":
            founding.restore_module(made, by=user)
            toast(request, _("%(name)s is back, with its records.") % {"name": made})
        else:
            raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect(HERE)


@require_POST
def act_on_field(request: HttpRequest, module: str, field_id: int, verb: str) -> HttpResponse:
    """Move a field, retire it, or bring it back."""
    user, known = _administrator(request), get_object_or_404(CustomField, pk=field_id, module=module)
    try:
        if verb == "retire":
            defining.retire_field(known, by=user, now=clock.now())
            toast(request, _("%(name)s is shown nowhere any more. Its values are kept.") % {"name": known})
        elif verb == "restore":
            defining.restore_field(known, by=user)
            toast(request, _("%(name)s is back, with its values.") % {"name": known})
        elif verb in ("up", "down"):
            _move(known, verb, user)
        else:
            raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect("settings-module", module)


def _move(known: CustomField, verb: str, user: User) -> None:
    ids = [one.pk for one in CustomField.objects.filter(module=known.module, retired_at=None)]
    place = ids.index(known.pk) if known.pk in ids else 0
    other = place + (1 if verb == "down" else -1)
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
        defining.order_fields(known.module, ids, by=user)


def _tried(form: ModuleForm | FieldForm, act: Callable[[], Made]) -> Made | None:
    """What was made; None, and the sentence in the form, for a refusal."""
    try:
        return act()
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


def _known(module: str) -> Listed:
    try:
        return registry.module(module)
    except UnknownModule:
        raise Http404 from None


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require(user.is_administrator)
    return user
