"""What counting over many rows found, kept for lists."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from relance.team.models import User


class KeptCount(models.Model):
    """Who met a counted fact when it was last counted. Written only by `records.kept_counts` and `recounting`."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Of the question, whenever it is asked.")
    module = models.CharField(max_length=20)
    fact = models.JSONField(help_text="As `relance.lib.criteria` writes it.")
    who = ArrayField(models.BigIntegerField(), null=True, help_text="Their ids; null where they are too many to name.")
    counted_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="To the day: who reads a list should seldom write.")
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.module} {self.fact}"
