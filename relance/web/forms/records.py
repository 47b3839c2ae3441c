"""The form of a record of any module, made from the fields that it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Model

from relance.records import held, registry
from relance.records.fields import Field, Values
from relance.team.models import User
from relance.web.forms.controls import FieldsForm


def editable(module: str) -> Sequence[Field]:
    """What people fill in."""
    return [field for field in registry.fields(module) if field.editable]


def form_of(
    module: str,
    data: Mapping[str, object] | None,
    *,
    user: User,
    record: Model | None = None,
    first: Values | None = None,
) -> FieldsForm:
    """The form of a record, or of a new one, in which `first` stands already."""
    fields = editable(module)
    if record is not None:
        form = FieldsForm(data, fields=fields, held=held.of(record, fields), user=user)
        form.record = (module, record.pk)
        return form
    form = FieldsForm(data, fields=fields, held={}, user=user)
    for key, value in {"owner": str(user.pk), **(first or {})}.items():
        form.fields[key].initial = value
        form.initial.pop(key, None)
    return form
