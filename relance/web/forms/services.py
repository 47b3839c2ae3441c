"""The form of a sign-in service (OAuth2)."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.mail.models import SignInService
from relance.mail.signing_in import ServiceDraft


class ServiceForm(forms.ModelForm):
    """A service with the client that this installation has there; what is empty comes from its preset."""

    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=_("Empty: that of the service."))
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        help_text=_("Stored encrypted. Left empty, the present one is kept."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    authorize_url = forms.URLField(label=_("Address of the sign-in page"), required=False, assume_scheme="https")
    token_url = forms.URLField(label=_("Address that gives tokens"), required=False, assume_scheme="https")
    scopes = forms.CharField(
        label=_("Scopes"), max_length=500, required=False, help_text=_("With spaces between.")
    )  # fmt: skip

    class Meta:
        model = SignInService
        fields: ClassVar = ["preset", "name", "client_id", "authorize_url", "token_url", "scopes", "is_active"]
        help_texts: ClassVar = {"is_active": _("Off: no further mailbox can choose it.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.pk is None:
            self.fields["client_secret"].help_text = _("Stored encrypted.")

    def _post_clean(self) -> None:
        """The action fills in what the preset knows, and judges the whole."""

    def draft(self) -> ServiceDraft:
        """What was entered, as the action wants it."""
        values = dict(self.cleaned_data)
        secret = values.pop("client_secret")
        return ServiceDraft(values=values, secret=secret or None)
