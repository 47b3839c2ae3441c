"""The folders of a mailbox on its server, and where in them each mail lies. Written by `relance.mail.inbound.fetch`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.received import Received


class Folder(models.Model):
    """A folder of the server, and how far it has been read."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folders")
    name = models.BinaryField(max_length=1_000, help_text="As the wire has it.")
    uidvalidity = models.BigIntegerField(default=0)
    highest_uid = models.BigIntegerField(default=0, help_text="Every mail up to here has its place.")
    resets = models.PositiveSmallIntegerField(default=0, help_text="How often in a row UIDVALIDITY has changed.")
    on_server = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "name"], name="one_folder_of_a_name")]

    def __str__(self) -> str:
        return bytes(self.name).decode("ascii", "replace")


class Location(models.Model):
    """A mail's place in a folder; `received` once it is stored. One mail may have several."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="locations")
    uid = models.BigIntegerField()
    size = models.PositiveBigIntegerField()
    arrived_at = models.DateTimeField(null=True, help_text="INTERNALDATE.")
    is_left_out = models.BooleanField(default=False, help_text="Its sender is one whose mail is never stored.")
    misses = models.PositiveSmallIntegerField(default=0, help_text="How often the server gave no mail for it.")
    received = models.ForeignKey(Received, on_delete=models.CASCADE, null=True, related_name="locations")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["folder", "uid"], name="one_location_of_a_uid")]
        indexes: ClassVar = [
            models.Index(
                fields=["folder", "-uid"], name="location_waiting", condition=Q(received=None, is_left_out=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.folder_id}:{self.uid}"
