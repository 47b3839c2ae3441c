"""What one colleague has done with a mail: read, starred, put away. Written by `relance.mail.reading`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.mail.models.received import Received
from relance.team.models import User


class Reading(models.Model):
    """One colleague's state of one mail, where the server does not keep it for her alone.

    In a mailbox of her own the flags of the server's places count (`Location`), since her telephone sees them too.
    """

    class Place(models.TextChoices):
        """Where she has put it; empty: where it lies."""

        AS_IT_LIES = "", _("Where it lies")
        INBOX = "inbox", _("Inbox")
        ARCHIVE = "archive", _("Archive")
        TRASH = "trash", _("Trash")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    received = models.ForeignKey(Received, on_delete=models.CASCADE, related_name="readings")
    is_read = models.BooleanField(null=True, help_text="Null: as the server tells.")
    is_starred = models.BooleanField(null=True)
    place = models.CharField(max_length=7, choices=Place.choices, default=Place.AS_IT_LIES, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["received", "user"], name="one_reading_a_user")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.received_id}"


class ShownImages(models.Model):
    """A sender whose remote images a colleague has asked to see always (X4)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    normal = models.CharField(max_length=254, db_collation="C")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "normal"], name="images_once_a_sender")]

    def __str__(self) -> str:
        return self.normal
