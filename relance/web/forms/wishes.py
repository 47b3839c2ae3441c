"""The forms in which a colleague writes down what somebody asked for: not to be written to, or not to be followed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.people.models import Person, Suppression
from relance.web.forms.people import Choices

PROOF = _("Who asked, when and how. It is kept as proof.")
HOW: Choices = [
    ("phone", _("By phone")),
    ("writing", _("In writing")),
    ("form", _("On a form")),
    ("meeting", _("In person")),
]


class OptOutForm(forms.Form):
    """A wish that reached a colleague: the reason is its proof (UNSUB-02)."""

    scope = forms.ChoiceField(
        label=pgettext_lazy("opt out", "From"),
        choices=[
            (Suppression.Scope.MARKETING, Suppression.Scope.MARKETING.label),
            (Suppression.Scope.EVERYTHING, Suppression.Scope.EVERYTHING.label),
        ],
    )
    words = forms.CharField(label=_("Reason"), max_length=300, help_text=PROOF)


class OptInForm(forms.Form):
    """Write to an address again."""

    words = forms.CharField(label=_("Reason"), max_length=300, help_text=PROOF)


class ConsentForm(forms.Form):
    """Consent to being followed, with its proof (UNSUB-06)."""

    state = forms.ChoiceField(label=_("Following openings and clicks"), choices=Person.Consent.choices)
    how = forms.ChoiceField(label=_("How it was said"), choices=HOW)
    words = forms.CharField(
        label=_("In which words"), widget=forms.Textarea, help_text=_("What she was asked, and what she answered.")
    )
    source = forms.CharField(label=_("Where it is kept"), max_length=300, required=False)
