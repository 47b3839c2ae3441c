"""Which mails that have left are still to be put into their mailbox's folder of sent mail (INBOX-03)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.message import Message


class Filing(models.Model):
    """One mail on its way into the folder of sent mail, and what became of it. Written by `inbound.filing`."""

    class How(models.TextChoices):
        """`found`: the server has put it there itself, or an earlier try of ours has."""

        WAITING = ""
        APPENDED = "appended"
        FOUND = "found"
        GIVEN_UP = "given_up"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="filing")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="filings", db_index=False)
    how = models.CharField(max_length=8, choices=How.choices, default=How.WAITING, blank=True)
    due_at = models.DateTimeField(help_text="By the workspace's clock.")
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["mailbox", "due_at"], name="filing_due", condition=Q(how=""))]

    def __str__(self) -> str:
        return f"{self.message_id} {self.how or 'waiting'}"
