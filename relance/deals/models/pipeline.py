"""A Pipeline and its Stages: the open ones in their order, then one where deals are won and one where they are lost."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Pipeline(models.Model):
    """A way of selling. `currency` (ISO 4217) is that of its new deals; deals without a sign for so long are quiet."""

    name = models.CharField(_("Name"), max_length=80)
    currency = models.CharField(_("Currency"), max_length=3, default="EUR")
    quiet_days = models.PositiveSmallIntegerField(_("Days without a sign until a deal is quiet"), default=14)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One step of a pipeline. Its kind never changes, so that the history of deals keeps its meaning."""

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("deal", "Open")
        WON = "won", pgettext_lazy("deal", "Won")
        LOST = "lost", pgettext_lazy("deal", "Lost")

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(_("Name"), max_length=60)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.OPEN, editable=False)
    probability = models.PositiveSmallIntegerField(_("Probability in percent"), default=50)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pipeline", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pipeline", "kind"], name="one_end_of_a_kind", condition=~Q(kind="open")),
            models.CheckConstraint(
                condition=Q(kind="open", probability__lte=100)
                | Q(kind="won", probability=100)
                | Q(kind="lost", probability=0),
                name="stage_probability",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether deals in it are still to be decided."""
        return self.kind == Stage.Kind.OPEN
