"""The folders of a mailbox on its server, where in them each mail lies, and what the server is still to be told.

Written by `relance.mail.inbound`: `fetch` and `places` follow the server, `changes` goes ahead of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.received import Received


class Folder(models.Model):
    """A folder of the server, what it is for, and how far it has been read."""

    class Role(models.TextChoices):
        INBOX = "inbox", _("Inbox")
        SENT = "sent", _("Sent")
        DRAFTS = "drafts", _("Drafts")
        TRASH = "trash", _("Trash")
        ARCHIVE = "archive", _("Archive")
        JUNK = "junk", _("Junk")
        OTHER = "other", _("Folder")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folders")
    name = models.BinaryField(max_length=1_000, help_text="As the wire has it.")
    title = models.CharField(max_length=500, default="", blank=True, help_text="As people read it.")
    delimiter = models.CharField(max_length=1, default="", blank=True, help_text="Between a folder and those in it.")
    role = models.CharField(max_length=7, choices=Role.choices, default=Role.OTHER)
    is_read = models.BooleanField(default=True, help_text="Whether its mail is fetched.")
    uidvalidity = models.BigIntegerField(default=0)
    highest_uid = models.BigIntegerField(default=0, help_text="Every mail up to here has its place.")
    modseq = models.BigIntegerField(default=0, help_text="Flags are known up to this change (RFC 7162).")
    resets = models.PositiveSmallIntegerField(default=0, help_text="How often in a row UIDVALIDITY has changed.")
    on_server = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "name"], name="one_folder_of_a_name")]

    def __str__(self) -> str:
        return self.title or bytes(self.name).decode("ascii", "replace")


class Location(models.Model):
    """A mail's place in a folder; `received` once it is stored. One mail may have several.

    A negative UID is a place where we have put the mail and the server has not said yet under which number.
    """

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="locations")
    uid = models.BigIntegerField()
    size = models.PositiveBigIntegerField()
    arrived_at = models.DateTimeField(null=True, help_text="INTERNALDATE.")
    seen = models.BooleanField(default=False)
    flagged = models.BooleanField(default=False)
    answered = models.BooleanField(default=False)
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


class PendingChange(models.Model):
    """What the server is still to be told of one mail; the oldest of a mail comes first."""

    class Verb(models.TextChoices):
        SET = "set", _("Set a flag")
        CLEAR = "clear", _("Take a flag away")
        MOVE = "move", _("Move")
        DELETE = "delete", _("Delete")

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="changes")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message_id = models.CharField(max_length=998, default="", blank=True, help_text="To find it under a new number.")
    verb = models.CharField(max_length=6, choices=Verb.choices)
    flag = models.CharField(max_length=20, default="", blank=True)
    target = models.ForeignKey(Folder, on_delete=models.CASCADE, null=True, related_name="arriving")
    place = models.ForeignKey(
        Location, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Where a moved mail stands already."
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="change_due"),
            models.Index(fields=["folder", "uid"], name="change_of_place"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.folder_id}:{self.uid}"


class Unwanted(models.Model):
    """A mail that was deleted for good: whatever server brings it again, it is not stored."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="unwanted")
    key = models.CharField(max_length=64, help_text=_("As `Received.key`."))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "key"], name="unwanted_once")]

    def __str__(self) -> str:
        return self.key
