"""Interactions: one line of a mail's story each, append-only, with a verdict kept apart (ENG-02)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.mail.models.message import Message, Recipient


class Interaction(models.Model):
    """Something that happened to one recipient's copy. Written only by `mail.tracking.note`."""

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("one mail", "Opened")
        CLICK = "click", pgettext_lazy("one mail", "Clicked")
        FILE = "file", _("File opened")
        REPLY = "reply", pgettext_lazy("one mail", "Replied")
        AUTO_REPLY = "auto_reply", _("Automatic reply")
        BOUNCE = "bounce", pgettext_lazy("one mail", "Bounced")
        COMPLAINT = "complaint", _("Complaint")
        OPT_OUT = "opt_out", pgettext_lazy("one mail", "Opted out")
        OPT_IN = "opt_in", _("Opted in again")
        DELAY = "delay", pgettext_lazy("one mail", "Delayed")

    class Verdict(models.TextChoices):
        HUMAN = "human", _("Person")
        MACHINE = "machine", _("Machine")
        UNKNOWN = "unknown", _("Unsure")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Each is the head of an index below. Whoever writes holds the recipient, so that the database need not look for it
    # once more at every opening, which cost as much as all the rest of the row.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="interactions", db_index=False, db_constraint=False
    )
    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="interactions",
        db_index=False,
        db_constraint=False,
        help_text=_("Null for totals without a name."),
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    link = models.PositiveIntegerField(null=True, blank=True, help_text=_("The number of the link in the content."))
    verdict = models.CharField(max_length=7, choices=Verdict.choices, default=Verdict.UNKNOWN)
    why = models.CharField(max_length=40, default="", blank=True, help_text=_("The rule that gave the verdict."))
    method = models.CharField(max_length=8, default="", blank=True)
    user_agent = models.CharField(max_length=300, default="", blank=True)
    network = models.CharField(
        max_length=48, default="", blank=True, help_text=_("The sender's network, shortened (/24 or /48).")
    )
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["recipient", "at"], name="interaction_of_recipient"),
            models.Index(fields=["message", "kind", "at"], name="interaction_of_message"),
            # Lines are added in the order of time: a few words for every 32 pages tell where the latest begin.
            BrinIndex(fields=["at"], name="interaction_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient_id}"


class Jotting(models.Model):
    """A batch of openings as they came, durable, noted within a moment. Made and deleted by `tracking.openings`."""

    jotted_at = models.DateTimeField(db_default=Now(), help_text=_("By the database's clock."))
    told = ArrayField(
        models.TextField(), help_text="The columns of `openings.COLUMNS`, each as PostgreSQL writes arrays."
    )

    def __str__(self) -> str:
        return f"{self.pk} {self.jotted_at}"


class OpeningCount(models.Model):
    """The openings of a message in one stretch of time (see `tracking.tally`). Written only by `mail.tracking.note`."""

    pk = models.CompositePrimaryKey("message_id", "at")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(help_text=_("The beginning of the stretch."))
    human = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    machine = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.message_id} {self.at}"


class LinkCount(models.Model):
    """The clicks of one link of a message. Written only by `mail.tracking.note`."""

    pk = models.CompositePrimaryKey("message_id", "link")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    link = models.PositiveIntegerField(help_text=_("The number of the link in the content."))
    people = models.IntegerField(default=0)
    clicks = models.IntegerField(default=0)
    machine = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.message_id} {self.link}"
