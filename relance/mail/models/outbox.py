"""What the dispatchers remember beside the mail itself: whose data these are, and letters that may leave again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.mail.models.message import Recipient


class Outbox(models.Model):
    """One row: which database mail leaves from, and when a dispatcher was last seen. `mail.outbound.held` writes it."""

    installation = models.CharField(
        max_length=64, default="", db_default="", help_text=_("The database that may send: its cluster and its number.")
    )
    seen_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When a dispatcher last looked, by the database's clock.")
    )

    def __str__(self) -> str:
        return self.installation


class KeptLetter(models.Model):
    """The bytes of a copy that the relay has seen, and that may have to be sent again (`mail.outbound.kept`, D6)."""

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, primary_key=True, related_name="kept_letter")
    content = models.BinaryField(help_text=_("Compressed."))
    track = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"the letter of {self.recipient_id}"
