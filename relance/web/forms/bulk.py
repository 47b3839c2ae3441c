"""The forms of acts on many records: one field of any module, and tags."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.records import bulk, registry
from relance.records.custom import TAGS, tag_names
from relance.records.fields import Field, Kind, Value, Values
from relance.records.values import BadValue
from relance.team.models import User
from relance.web.forms.controls import FieldsForm


def changeable(module: str) -> Sequence[Field]:
    """The fields that may be set on many records alike."""
    return [
        field
        for field in registry.fields(module)
        if field.editable and not field.many and field.kind != Kind.EMAIL and field.key != TAGS.key
    ]


PREFIX = "to"
"""The selection beside the form names fields too: those that the rows were filtered by."""


class OneFieldForm(FieldsForm):
    """What one field shall hold everywhere; left empty, the field is emptied."""

    def __init__(self, data: object, *, field: Field, user: User) -> None:
        super().__init__(data, fields=[field], held={}, user=user, prefix=PREFIX)
        self.field = field
        self.fields[field.key].required = False
        if field.kind == Kind.LINK:
            self.fields[field.key].widget.attrs["hx-vals"] = f'{{"for": "{PREFIX}-{field.key}"}}'

    @property
    def value(self) -> Value:
        """What was written."""
        return self.told.get(self.field.key)


class TagsForm(forms.Form):
    """Tags to add and tags to take away."""

    add = forms.CharField(
        label=_("Add"), required=False, max_length=900, help_text=_("Several are separated by commas."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    remove = forms.MultipleChoiceField(label=_("Remove"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        choices = [(name, str(label)) for name, label in tag_names().items()]
        self.fields["remove"] = forms.MultipleChoiceField(
            label=_("Remove"), required=False, choices=choices, widget=forms.CheckboxSelectMultiple
        )

    def clean_add(self) -> tuple[str, ...]:
        """One by one, none too long."""
        try:
            return bulk.tags(self.cleaned_data["add"].split(","))
        except BadValue as bad:
            raise forms.ValidationError(str(bad)) from bad

    def clean(self) -> dict[str, object]:
        """Something must be added or removed."""
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("add") or cleaned.get("remove")):
            raise forms.ValidationError(_("Write a tag to add, or tick one to remove."))
        return cleaned

    def told(self) -> Values:
        """What the act is to do."""
        said = self.cleaned_data
        return {"add": said["add"], "remove": tuple(said["remove"])}
