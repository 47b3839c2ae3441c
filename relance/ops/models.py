"""What the people of the demo are going to do (ADM-06). Empty everywhere else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class DemoAct(models.Model):
    """One thing that a made-up person will do, at a time by the workspace's clock."""

    class Kind(models.TextChoices):
        FETCH = "fetch", "fetch an address"
        POST = "post", "post a form"
        MAIL = "mail", "drop a mail into the team's Maildir"

    due_at = models.DateTimeField()
    kind = models.CharField(max_length=5, choices=Kind.choices)
    url = models.CharField(max_length=500, default="", blank=True)
    user_agent = models.CharField(max_length=300, default="", blank=True)
    body = models.BinaryField(default=b"")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], name="demo_act_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.url}"
