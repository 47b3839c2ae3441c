"""What a mass mail sets off when it is opened, clicked or bounces (MASS-04)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from relance.campaigns.models.mass_mail import MassMail
from relance.mail.models import Recipient


class Trigger(models.Model):
    """What follows from one event of a mass mail: fields of the record, tasks and calls, as JSON keeps them."""

    class Event(models.TextChoices):
        OPENED = "opened", pgettext_lazy("one mail", "Opened")
        CLICKED = "clicked", pgettext_lazy("one mail", "Clicked")
        BOUNCED = "bounced", pgettext_lazy("one mail", "Bounced")

    mass_mail = models.ForeignKey(MassMail, on_delete=models.CASCADE, related_name="triggers")
    event = models.CharField(max_length=7, choices=Event.choices)
    updates = models.JSONField(default=list)
    tasks = models.JSONField(default=list)
    calls = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["mass_mail", "event"], name="one_trigger_an_event")]

    def __str__(self) -> str:
        return f"{self.mass_mail_id}/{self.event}"


class TriggerRun(models.Model):
    """That a trigger has fired for a recipient: once, whatever happens again. `why` says what kept it from acting."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="runs")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="trigger_runs")
    at = models.DateTimeField()
    why = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trigger", "recipient"], name="fires_once_a_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger_id}/{self.recipient_id}"
