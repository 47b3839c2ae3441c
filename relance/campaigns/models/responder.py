"""Auto-responders: a template sent when somebody comes by an import or a form, or joins a list (MASS-10)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models.lists import TargetList
from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.people.models import Person
from relance.team import policy
from relance.team.models import Module, User


class Responders(models.QuerySet["Responder"]):
    """Reading vocabulary of auto-responders."""

    def visible_to(self, user: User) -> Responders:
        """The auto-responders that this colleague may see: they follow mass mail."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="creator"), deleted_at=None)


class Responder(models.Model):
    """What is sent by itself, once to each person, from `active_since` on; its mail is a mass mail without a launch."""

    class Event(models.TextChoices):
        """What it answers to."""

        IMPORT = "import", _("Somebody is brought in by an import")
        FORM = "form", _("Somebody comes through a form of your site, or by the API")
        LIST = "list", _("Somebody joins a target list")
        NAMED = "named", _("A web form names it")

    name = models.CharField(_("Name"), max_length=160)
    event = models.CharField(_("When"), max_length=6, choices=Event.choices)
    kind = models.CharField(_("Of"), max_length=8, choices=Person.Kind.choices, default="", blank=True)
    target_list = models.ForeignKey(
        TargetList, on_delete=models.PROTECT, null=True, blank=True, related_name="responders",
        verbose_name=_("Target list"),
    )  # fmt: skip
    template = models.ForeignKey(
        Template, on_delete=models.PROTECT, related_name="responders", verbose_name=_("Template")
    )
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Leaves by")
    )
    from_choice = models.CharField(_("From"), max_length=12, choices=SenderChoice.choices, default=SenderChoice.OWN)
    active_since = models.DateTimeField(null=True, blank=True, help_text=_("Empty while it is switched off."))
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="responders")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Responders.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ResponderDue(models.Model):
    """That somebody is to be answered: once, whatever happens again."""

    responder = models.ForeignKey(Responder, on_delete=models.CASCADE, related_name="due")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="responders_due")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["responder", "person"], name="answered_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="responder_due", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.responder_id}/{self.person_id}"
