"""The form of a template."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.mail.models import Template
from relance.mail.models.template import SenderChoice
from relance.mail.tracking.footers import FOOTERS

LANGUAGES = {
    "en": _("English"),
    "fr": _("French"),
    "de": _("German"),
    "es": _("Spanish"),
    "it": _("Italian"),
    "nl": _("Dutch"),
    "pt": _("Portuguese"),
}
NO_PRESET = ("", _("Chosen when it is sent"))


class TemplateForm(forms.Form):
    """A template: its name, whom it comes from, its subject and its text."""

    name = forms.CharField(label=_("Name"), max_length=160)
    folder = forms.CharField(label=_("Folder"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[(code, word) for code, word in LANGUAGES.items() if code in FOOTERS]
    )
    subject = forms.CharField(label=_("Subject"), max_length=400)
    html = forms.CharField(label=_("HTML"), widget=forms.Textarea, required=False, strip=False)
    text = forms.CharField(label=_("Plain text"), widget=forms.Textarea, required=False, strip=False)
    from_choice = forms.ChoiceField(label=_("From"), choices=[NO_PRESET, *SenderChoice.choices], required=False)
    reply_choice = forms.ChoiceField(label=_("Reply-To"), choices=[NO_PRESET, *SenderChoice.choices], required=False)
    shared = forms.BooleanField(label=_("Shared with everyone"), required=False)

    @classmethod
    def of(cls, template: Template) -> TemplateForm:
        """The form as the template stands."""
        return cls(initial={name: getattr(template, name) for name in cls.base_fields})
