"""When a follow-up is due for one person (MASS-05): counted from her own first opening."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from relance.campaigns.models.mass_mail import MassMail
from relance.mail.models import Recipient


class FollowDue(models.Model):
    """One recipient of the first mail who opened it, and when the follow-up goes to her."""

    mass_mail = models.ForeignKey(MassMail, on_delete=models.CASCADE, related_name="due")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="follow_ups_due")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mass_mail", "recipient"], name="followed_up_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="follow_up_due", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.mass_mail_id}/{self.recipient_id}"
