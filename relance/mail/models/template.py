"""Templates that people edit, and contents: the frozen text of a mail once it is launched (TPL-01, D18)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from relance.records.matching import holds
from relance.team import policy
from relance.team.models import Module, User


class SenderChoice(models.TextChoices):
    """Whose address stands in From or Reply-To (MASS-02)."""

    OWN = "own", _("My address")
    OWNER = "owner", _("The record owner’s address")
    ORGANISATION = "organisation", _("The organisation’s address")


class Templates(models.QuerySet["Template"]):
    """Reading vocabulary of templates."""

    def visible_to(self, user: User) -> Templates:
        """Shared ones and one's own; an administrator sees all that the role reads."""
        rows = self.filter(policy.scope(user, Module.TEMPLATE))
        return rows if user.is_administrator else rows.filter(Q(shared=True) | Q(owner=user))

    def answering(self, text: str) -> Templates:
        """Those whose name, subject and folder hold every word, whatever its accents; the latest first."""
        return self.filter(holds("search", text), archived_at=None).order_by("-updated_at", "-id")


class Template(models.Model):
    """A reusable mail with placeholders."""

    name = models.CharField(_("Name"), max_length=160)
    folder = models.CharField(_("Folder"), max_length=120, default="", blank=True)
    language = models.CharField(_("Language"), max_length=8, default="en")
    subject = models.CharField(_("Subject"), max_length=400)
    html = models.TextField(_("Text"), default="", blank=True)
    text = models.TextField(_("Plain text"), default="", blank=True, help_text=_("Made from the text if left empty."))
    layout = models.JSONField(null=True, blank=True, help_text="The blocks of a newsletter, of which the text is made.")
    from_choice = models.CharField(_("From"), max_length=12, choices=SenderChoice.choices, default="", blank=True)
    reply_choice = models.CharField(_("Reply-To"), max_length=12, choices=SenderChoice.choices, default="", blank=True)
    shared = models.BooleanField(_("Shared with everyone"), default=True)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="templates")
    search = models.GeneratedField(
        expression=Func(Concat(F("name"), Value(" "), F("subject"), Value(" "), F("folder")), function="relance_fold"),
        output_field=models.TextField(),
        db_persist=True,
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = Templates.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A template's words as they stood from one moment on. Written by `relance.mail.templates`."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=400)
    html = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    layout = models.JSONField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["template", "number"], name="version_of_a_template")]

    def __str__(self) -> str:
        return f"{self.template_id}, {self.number}"


class Content(models.Model):
    """A mail's text as it stood when it was launched; its links are numbered here (`links[n - 1]`) and never change."""

    template = models.ForeignKey(Template, on_delete=models.SET_NULL, null=True, blank=True, related_name="contents")
    language = models.CharField(max_length=8, default="en")
    subject = models.CharField(max_length=400)
    html = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    is_literal = models.BooleanField(
        default=False, db_default=False, help_text="Nothing in it is a placeholder: a person wrote it."
    )
    links = models.JSONField(default=list, help_text=_("[{number, url, label}]"))
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subject
