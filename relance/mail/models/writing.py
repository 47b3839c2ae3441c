"""A mail that somebody is writing: kept as it is typed, so that nothing is lost. Written by `relance.mail.writing`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.message import Message, Recipient
from relance.mail.models.received import Received
from relance.mail.models.template import Template
from relance.people.models import Person
from relance.team.models import User


class SavedDrafts(models.QuerySet["SavedDraft"]):
    """Reading vocabulary of mails being written."""

    def visible_to(self, user: User) -> SavedDrafts:
        """Nobody sees what another is writing."""
        return self.filter(author=user)

    def unsent(self) -> SavedDrafts:
        """What has not been sent, nor given an hour."""
        return self.filter(message=None)


class SavedDraft(models.Model):
    """One mail being written; the addresses are text as typed, right or wrong. Once sent, `message` is what left."""

    class Mode(models.TextChoices):
        NEW = "new", _("New mail")
        REPLY = "reply", _("Reply")
        ALL = "all", _("Reply to all")
        FORWARD = "forward", _("Forward")

    class Remind(models.TextChoices):
        """The one condition of its reminder (ENG-05)."""

        NO = "", _("No reminder")
        NO_REPLY = "no_reply", _("If no reply by then")
        NOT_OPENED = "not_opened", _("If not opened by then")
        ANYWAY = "anyway", _("Remind me anyway")

    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_drafts")
    key = models.UUIDField(null=True, unique=True, help_text="Given by the page, so that one mail is kept once.")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    to = models.TextField(_("To"), default="", blank=True)
    cc = models.TextField(_("Cc"), default="", blank=True)
    bcc = models.TextField(_("Bcc"), default="", blank=True)
    subject = models.CharField(_("Subject"), max_length=400, default="", blank=True)
    html = models.TextField(_("Text"), default="", blank=True)
    quoted = models.TextField(default="", blank=True, help_text="What is answered or forwarded; no placeholder.")
    template = models.ForeignKey(Template, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    about_kind = models.CharField(max_length=12, default="", blank=True, help_text="Deal, Account: what it is about.")
    about_id = models.BigIntegerField(null=True, blank=True)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.NEW)
    answers = models.ForeignKey(Received, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    follows = models.ForeignKey(
        Recipient,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The copy of ours whose thread it goes on.",
    )
    deliver_at = models.DateTimeField(_("When"), null=True, blank=True)
    track = models.BooleanField(_("Follow this mail"), default=True)
    remind_if = models.CharField(max_length=12, choices=Remind.choices, default=Remind.NO, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="Grows with every saving.")
    window = models.UUIDField(null=True, editable=False, help_text="Which open page has saved it last.")
    turn = models.PositiveIntegerField(default=0, editable=False, help_text="How often that page had been changed.")
    sendings = models.PositiveIntegerField(default=0, help_text="How often it was given to the dispatchers.")
    message = models.OneToOneField(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="saved_draft"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = SavedDrafts.as_manager()

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["author", "-updated_at"], name="draft_of_author", condition=Q(message=None))
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def attached(self) -> list[Any]:
        """Its files with what is stored of them; none before it is kept."""
        return list(self.attachments.select_related("file")) if self.pk else []
