"""Mail that came in: stored raw before it is interpreted, so that nothing is lost and reading again doubles nothing."""

from __future__ import annotations

import zlib
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.message import Recipient


class Received(models.Model):
    """One mail of a mailbox. Written by `relance.mail.inbound.receive`."""

    class Kind(models.TextChoices):
        WAITING = "", _("Not read yet")
        REPLY = "reply", _("Reply")
        AUTO_REPLY = "auto_reply", _("Automatic reply")
        BOUNCE = "bounce", _("Bounce")
        DELAY = "delay", _("Delayed")
        DELIVERED = "delivered", _("Delivery report")
        COMPLAINT = "complaint", _("Complaint")
        UNSUBSCRIBE = "unsubscribe", _("Opt-out")
        OWN = "own", _("Written by ourselves")
        OTHER = "other", _("Other")
        FAILED = "failed", _("Could not be read")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="received")
    key = models.CharField(max_length=64, help_text=_("What makes it the same mail: the SHA-256 of its bytes."))
    message_id = models.CharField(max_length=998, default="", blank=True)
    raw = models.BinaryField(help_text=_("Compressed; see `content`."))
    size = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.WAITING, blank=True)
    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="received",
        help_text=_("The copy of ours that it is about."),
    )
    received_at = models.DateTimeField(help_text=_("By the workspace's clock."))
    note = models.CharField(max_length=300, default="", blank=True, help_text=_("What was made of it, and why."))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "key"], name="received_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="received_waiting", condition=Q(kind="")),
            models.Index(fields=["recipient"], name="received_of_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    @property
    def content(self) -> bytes:
        """The mail, byte for byte as it came."""
        return zlib.decompress(bytes(self.raw))
