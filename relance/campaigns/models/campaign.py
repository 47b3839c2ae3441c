"""Campaigns: target lists, the mass mails that go to them, and links with codes (CAMP-01, CAMP-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.team import policy
from relance.team.models import Module, User

if TYPE_CHECKING:
    from relance.campaigns.models.mass_mail import MassMail


class Campaigns(models.QuerySet["Campaign"]):
    """Reading vocabulary of campaigns."""

    def visible_to(self, user: User) -> Campaigns:
        """The campaigns that this colleague may see: they follow mass mail."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="creator"), deleted_at=None)


class Campaign(models.Model):
    """Mails to target lists without excluded lists; openings are not followed unless it says so (CAMP-07)."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        NEWSLETTER = "newsletter", _("Newsletter")

    name = models.CharField(_("Name"), max_length=160)
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.MAIL)
    note = models.TextField(_("Note"), default="", blank=True)
    lists = models.JSONField(default=list, blank=True, help_text=_("The target lists that it goes to."))
    excluded = models.JSONField(default=list, blank=True, help_text=_("The lists whose addresses are left out."))
    track_opens = models.BooleanField(_("Follow openings"), default=False)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="campaigns")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Campaigns.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    def all_mails(self) -> models.QuerySet[MassMail]:
        """Its mails with their follow-ups."""
        mails = self.mails.model._default_manager.filter(deleted_at=None)
        return mails.filter(models.Q(campaign=self) | models.Q(parent__campaign=self)).order_by("id")


class TrackedLink(models.Model):
    """A link with a name; `{Link.code}` in a template stands for it, and its clicks are told apart (ESPC-09)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    name = models.CharField(_("Name"), max_length=120)
    url = models.URLField(_("Address"), max_length=2000)
    code = models.CharField(max_length=12, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def placeholder(self) -> str:
        """What is put into a template."""
        return f"{{Link.{self.code}}}"
