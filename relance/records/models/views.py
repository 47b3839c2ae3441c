"""Custom views: a filter with its columns and order, saved under a name (REC-05)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.team.models import User


class Views(models.QuerySet["View"]):
    """Reading vocabulary of views."""

    def visible_to(self, user: User) -> Views:
        """One's own views, and those that colleagues share."""
        return self.filter(Q(owner=user) | Q(is_shared=True))


class View(models.Model):
    """A list as somebody likes to see it. `criteria` is a tree as `relance.lib.criteria` writes it."""

    module = models.CharField(max_length=20)
    name = models.CharField(_("Name"), max_length=80)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    is_shared = models.BooleanField(_("Shared with everyone"), default=False)
    criteria = models.JSONField(default=dict, blank=True)
    text = models.CharField(max_length=200, default="", blank=True)
    columns = models.JSONField(default=list, blank=True)
    sort = models.CharField(max_length=60, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = Views.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [models.Index(fields=["module", "owner"], name="view_by_module")]

    def __str__(self) -> str:
        return self.name
