"""What the rows of all modules have in common: an owner, dates, values of custom fields."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.team.models import User


class Kept(models.Model):
    """A record that people keep. `custom` holds the values of custom fields by their keys (see records.values)."""

    owner = models.ForeignKey(
        User, verbose_name=_("Owner"), on_delete=models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    custom = models.JSONField(default=dict, blank=True, editable=False)
    import_id = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True
