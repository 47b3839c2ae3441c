"""The audit: who changed what and when, on every record (REC-10). Lines are added, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.team.models import User


class Change(models.Model):
    """One act on one record. `fields` holds, by key, the value before and after, as people read them."""

    class Act(models.TextChoices):
        ADDED = "added", pgettext_lazy("audit", "added")
        CHANGED = "changed", pgettext_lazy("audit", "changed")
        DELETED = "deleted", pgettext_lazy("audit", "deleted")
        CONVERTED = "converted", pgettext_lazy("audit", "converted")
        MERGED = "merged", pgettext_lazy("audit", "merged")
        UNDONE = "undone", pgettext_lazy("audit", "undone")

    class Way(models.TextChoices):
        """By which door the change came."""

        PAGE = "page", _("In the interface")
        API = "api", _("Through the API")
        IMPORT = "import", _("By an import")
        BULK = "bulk", _("With many at once")
        FORM = "form", _("By a form of your site")
        SYSTEM = "system", _("By Relance itself")

    module = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=250, default="", help_text=_("What the record was called then."))
    act = models.CharField(max_length=10, choices=Act.choices)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.PAGE)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    fields = models.JSONField(default=dict, blank=True)
    batch = models.BigIntegerField(null=True, blank=True, help_text=_("The bulk action that it was part of."))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["module", "record_id", "-id"], name="change_by_record"),
            models.Index(fields=["batch"], name="change_by_batch", condition=models.Q(batch__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.module}/{self.record_id} {self.act}"


class Moved(models.Model):
    """A record that was merged into another: its old address leads there."""

    module = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    to_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["module", "record_id"], name="moved_once")]
        indexes: ClassVar = [models.Index(fields=["module", "to_id"], name="moved_to")]

    def __str__(self) -> str:
        return f"{self.module}/{self.record_id} to {self.to_id}"
