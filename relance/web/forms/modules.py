"""The forms of modules and fields that an administrator makes (REC-01)."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.records import registry
from relance.records.defining import LONGEST_LABEL, FieldDraft
from relance.records.fields import Kind
from relance.records.founding import ICONS, LONGEST_NAME, ModuleDraft
from relance.records.models import CustomField, CustomModule

ICON_WORDS: Mapping[str, str | Promise] = {
    "table-2": _("Table"),
    "calendar-check": _("Appointment"),
    "file-text": _("Document"),
    "folder": _("Folder"),
    "star": _("Star"),
    "flag": _("Flag"),
    "banknote": _("Money"),
    "trophy": _("Trophy"),
    "life-buoy": _("Help"),
    "key-round": _("Key"),
    "timer": _("Stopwatch"),
    "bookmark": _("Bookmark"),
    "building-2": _("Building"),
    "users-round": _("People"),
    "phone": _("Phone"),
    "monitor": _("Screen"),
    "smartphone": _("Mobile phone"),
    "megaphone": _("Megaphone"),
    "plug": _("Plug"),
    "zap": _("Lightning"),
}


class ModuleForm(forms.Form):
    """A module of one's own."""

    plural = forms.CharField(
        label=_("Name of the module"), max_length=LONGEST_NAME, help_text=_("As it stands in the menu: Subscriptions.")
    )
    name = forms.CharField(
        label=_("What one record is called"), max_length=LONGEST_NAME, help_text=_("In the singular: Subscription.")
    )
    has_email = forms.BooleanField(
        label=_("Its records carry an e-mail address"),
        required=False,
        help_text=_("They can then be found by it on import, and be sent mass mail."),
    )
    icon = forms.ChoiceField(
        label=_("Icon"), choices=[(icon, ICON_WORDS[icon]) for icon in ICONS], widget=forms.RadioSelect
    )

    @staticmethod
    def initial_of(module: CustomModule | None) -> dict[str, object]:
        """A module as the form shows it."""
        if module is None:
            return {"icon": ICONS[0]}
        return {"plural": module.plural, "name": module.name, "has_email": module.has_email, "icon": module.icon}

    def draft(self) -> ModuleDraft:
        """What was filled in."""
        return ModuleDraft(**self.cleaned_data)


class FieldForm(forms.Form):
    """A field of one's own on any module. Choices that are there keep their keys; empty ones are taken away."""

    label = forms.CharField(label=_("Label"), max_length=LONGEST_LABEL)
    kind = forms.ChoiceField(label=_("Type"), choices=Kind.choices)
    target = forms.ChoiceField(label=_("Links to"), required=False)
    help = forms.CharField(
        label=_("Help"), max_length=200, required=False, help_text=_("A sentence below the field, such as this one.")
    )
    is_required = forms.BooleanField(
        label=_("Required"),
        required=False,
        help_text=_("Nobody saves a record without it. Imports leave such rows out."),
    )
    is_listed = forms.BooleanField(label=_("Shown in lists"), required=False)
    more = forms.CharField(
        label=_("Choices"), widget=forms.Textarea(attrs={"rows": 4}), required=False, help_text=_("One a line.")
    )

    def __init__(self, data: object = None, *, field: CustomField | None) -> None:
        super().__init__(data, initial=self._initial_of(field))  # type: ignore[arg-type]  # Django's own argument
        self.fields["target"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (listed.key, str(listed.label)) for listed in registry.modules()
        ]
        self.kept = {f"choice-{key}": (key, label) for key, label in (field.options if field else [])}
        for name, (_key, label) in self.kept.items():
            self.fields[name] = forms.CharField(label=label, initial=label, required=False, max_length=LONGEST_LABEL)

    @staticmethod
    def _initial_of(field: CustomField | None) -> dict[str, object]:
        if field is None:
            return {"kind": Kind.TEXT.value}
        names = ("label", "kind", "target", "help", "is_required", "is_listed")
        return {name: getattr(field, name) for name in names}

    def choices(self) -> list[forms.BoundField]:
        """The choices that there are."""
        return [self[name] for name in self.kept]

    def draft(self) -> FieldDraft:
        """What was filled in."""
        said = self.cleaned_data
        kept = [(key, said[name].strip()) for name, (key, _label) in self.kept.items()]
        new = [("", line) for line in said["more"].splitlines()]
        names = ("label", "kind", "help", "is_required", "is_listed", "target")
        return FieldDraft(**{name: said[name] for name in names}, choices=[*kept, *new])
