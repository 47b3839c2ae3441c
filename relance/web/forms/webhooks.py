"""The form of a webhook (API-02)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.webhooks import rules
from relance.webhooks.actions import WebhookDraft
from relance.webhooks.models import Webhook
from relance.webhooks.words import EVENTS


class WebhookForm(forms.Form):
    """What it is for, where it leads, and what it is told."""

    name = forms.CharField(
        label=_("What it is for"), max_length=120, help_text=_("So that colleagues know, such as “invoices”.")
    )
    url = forms.CharField(
        label=_("Address of the other program"), max_length=rules.LONGEST_URL,
        help_text=_("It begins with https://. The other program, or whoever looks after it, gives it to you."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        label=_("It is told when"), widget=forms.CheckboxSelectMultiple,
        choices=[(kind, EVENTS[kind]) for kind in rules.TYPES],
    )  # fmt: skip

    def __init__(self, data: object = None, *, webhook: Webhook | None) -> None:
        first = {"name": webhook.name, "url": webhook.url, "events": webhook.events} if webhook else {}
        super().__init__(data, initial=first)  # type: ignore[arg-type]

    def draft(self) -> WebhookDraft:
        """What was filled in."""
        return WebhookDraft(values=self.cleaned_data)
