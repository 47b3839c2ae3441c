"""Threads: mails that answer one another, received or sent (INBOX-03). Written by `relance.mail.inbound.threads`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from relance.mail.models.message import Recipient


class Thread(models.Model):
    """One conversation. It holds nothing of its own: what a colleague sees of it are the mails that she may see."""

    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"thread {self.pk}"


class ThreadKey(models.Model):
    """A Message-ID that belongs to a thread, be it that of a mail we hold or only one that a mail has named."""

    key = models.CharField(max_length=32, unique=True, help_text="See `inbound.threads.key_of`.")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="keys")
    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The copy of ours that bears this Message-ID.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recipient"], name="one_key_a_copy", condition=models.Q(recipient__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.key
