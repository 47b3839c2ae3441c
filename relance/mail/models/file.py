"""Files that go with a mail: what is stored once, and where it is attached (ENG-07, X18)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.template import Content, Template
from relance.mail.models.writing import SavedDraft


class StoredFile(models.Model):
    """Bytes in the file store, once however often they are attached. Written by `relance.mail.files`."""

    class Store(models.TextChoices):
        DISK = "disk", _("Disk")
        S3 = "s3", _("S3")

    sha256 = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=64, unique=True, help_text="Its random name in the store.")
    store = models.CharField(max_length=4, choices=Store.choices, default=Store.DISK)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Attachment(models.Model):
    """A file of a mail being written, of a template, or of a mail as it was sent. `number` names it in links."""

    draft = models.ForeignKey(SavedDraft, on_delete=models.CASCADE, null=True, related_name="attachments")
    template = models.ForeignKey(Template, on_delete=models.CASCADE, null=True, related_name="attachments")
    content = models.ForeignKey(Content, on_delete=models.CASCADE, null=True, related_name="attachments")
    number = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("Name"), max_length=180)
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    cid = models.CharField(max_length=120, default="", blank=True, help_text="Of a picture in the text.")
    is_followed = models.BooleanField(_("Followed"), default=False)
    expires_at = models.DateTimeField(_("Ends on"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["number", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(draft__isnull=False, template=None, content=None)
                | Q(draft=None, template__isnull=False, content=None)
                | Q(draft=None, template=None, content__isnull=False),
                name="attachment_has_one_holder",
            ),
            models.UniqueConstraint(fields=["content", "number"], name="attachment_of_a_number"),
        ]

    def __str__(self) -> str:
        return self.name
