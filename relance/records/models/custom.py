"""Fields and modules that an administrator makes in the interface (REC-01), and the records of such modules."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.records.fields import Kind
from relance.records.models.base import Kept
from relance.team import policy
from relance.team.models import User


class CustomModule(models.Model):
    """A kind of record of one's own, such as Subscriptions. `key` stands in addresses, grants and the API."""

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("Name of one record"), max_length=60)
    plural = models.CharField(_("Name of several"), max_length=60)
    icon = models.CharField(_("Icon"), max_length=40, default="table-2")
    has_email = models.BooleanField(_("Its records carry an e-mail address"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.plural


class CustomField(models.Model):
    """A field of one's own on any module. Its key never changes, so templates, views and files stay right."""

    module = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    label = models.CharField(_("Label"), max_length=80)
    kind = models.CharField(_("Type"), max_length=12, choices=Kind.choices())
    options = models.JSONField(_("Choices"), default=list, blank=True, help_text=_("Key and label of each choice."))
    target = models.CharField(_("Linked module"), max_length=20, default="", blank=True)
    help = models.CharField(_("Help"), max_length=200, default="", blank=True)
    is_required = models.BooleanField(_("Required"), default=False)
    is_listed = models.BooleanField(_("Shown in lists"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["module", "key"], name="one_field_a_key")]

    def __str__(self) -> str:
        return self.label


class Records(models.QuerySet["Record"]):
    """Reading vocabulary of records of custom modules."""

    def of(self, module: str) -> Records:
        """Those of one module."""
        return self.filter(module=module)

    def visible_to(self, user: User, module: str) -> Records:
        """Those of one module that this colleague may see."""
        return self.filter(policy.scope(user, module), module=module)


class Record(Kept):
    """One record of a custom module. `name` is what people call it; `email` is there if the module carries one."""

    module = models.CharField(max_length=20)
    name = models.CharField(_("Name"), max_length=250)
    name_folded = models.CharField(max_length=250, db_collation="C", editable=False)
    search = models.TextField(default="", editable=False)
    email = models.CharField(_("E-mail address"), max_length=254, default="", blank=True)
    normal = models.CharField(max_length=254, default="", db_collation="C", editable=False)

    objects = Records.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["module", "name_folded", "id"], include=["search"], name="record_by_name"),
            models.Index(fields=["module", "created_at", "id"], name="record_by_created"),
            models.Index(fields=["module", "updated_at", "id"], name="record_by_updated"),
            models.Index(fields=["module", "owner", "name_folded", "id"], name="record_by_owner"),
            models.Index(fields=["normal"], name="record_by_address", condition=~Q(normal="")),
            models.Index(fields=["import_id"], name="record_by_import", condition=Q(import_id__isnull=False)),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="record_by_custom"),
        ]

    def __str__(self) -> str:
        return self.name or self.email
