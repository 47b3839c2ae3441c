"""Where mailboxes sign in without a password (OAuth2): Google, Microsoft, or a service of one's own (INBOX-01)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInService(models.Model):
    """One service, with the client that this installation has registered there."""

    class Preset(models.TextChoices):
        GOOGLE = "google", "Google"
        MICROSOFT = "microsoft", "Microsoft 365"
        OWN = "own", _("Another service")

    preset = models.CharField(_("Service"), max_length=9, choices=Preset.choices, default=Preset.OWN)
    name = models.CharField(_("Name"), max_length=60, unique=True)
    authorize_url = models.URLField(_("Address of the sign-in page"), max_length=500)
    token_url = models.URLField(_("Address that gives tokens"), max_length=500)
    scopes = models.CharField(_("Scopes"), max_length=500, help_text=_("With spaces between."))
    client_id = models.CharField(_("Client ID"), max_length=300)
    secret = models.TextField(default="", blank=True, editable=False, help_text="Sealed by relance.lib.crypto.")
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name
