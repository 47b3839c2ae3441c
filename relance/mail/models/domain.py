"""What is known of a domain by which mail is sent (ADM-03)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class SendingDomain(models.Model):
    """One domain: the DKIM selector that an administrator has named, and what the last look at its DNS found.

    `right` and `broken` name parts (SPF, DKIM…): those that were right when the name servers last answered, and those
    of them that are wrong since, until somebody has been told.
    """

    domain = models.CharField(_("Domain"), max_length=253, unique=True)
    selector = models.CharField(_("DKIM selector"), max_length=63, default="", blank=True)
    findings = models.JSONField(default=list, editable=False, help_text="As relance.mail.domains.rules keeps them.")
    right = models.JSONField(default=list, editable=False)
    broken = models.JSONField(default=list, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["domain"]

    def __str__(self) -> str:
        return self.domain
