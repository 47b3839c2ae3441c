"""A MassMail: who gets it, which template, from whom, when. Once launched, its Message tells how the sending goes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models.campaign import Campaign
from relance.campaigns.models.lists import ListMember
from relance.campaigns.models.responder import Responder
from relance.deals.models import Deal
from relance.mail.models import Mailbox, Message, Recipient, Template
from relance.mail.models.template import SenderChoice
from relance.records.matching import holds
from relance.records.models import Record
from relance.team import policy
from relance.team.models import Module, User


class MassMails(models.QuerySet["MassMail"]):
    """Reading vocabulary of mass mails."""

    def visible_to(self, user: User) -> MassMails:
        """The mass mails that this colleague may see (MASS-07: everybody sees, only the creator acts)."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="creator"), deleted_at=None)

    def answering(self, text: str) -> MassMails:
        """Those whose name holds every word, whatever its accents; the latest first."""
        return self.filter(holds("search", text)).order_by("-updated_at", "-id")


class MassMail(models.Model):
    """One mail to many people (MASS-01 to MASS-09)."""

    class State(models.TextChoices):
        """Before the launch; from then on `message.state` tells."""

        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        STOPPED = "stopped", _("Stopped")
        LATE = "late", _("Late, asks first")
        LAUNCHED = "launched", _("Launched")

    class Audience(models.TextChoices):
        """How its recipients were chosen."""

        ROWS = "rows", _("Chosen rows")
        FILTER = "filter", _("All results of a search")
        ALL = "all", _("Everybody")
        LISTS = "lists", _("Target lists")

    class Follow(models.TextChoices):
        """Who of those who were sent the first mail gets a follow-up."""

        RECEIVED = "received", _("Everybody who received it")
        OPENED = "opened", _("Those who opened it")
        NOT_OPENED = "not_opened", _("Those who did not open it")
        CLICKED = "clicked", _("Those who clicked")
        NOT_CLICKED = "not_clicked", _("Those who did not click")
        NOT_REPLIED = "not_replied", _("Those who did not reply")

    name = models.CharField(_("Name"), max_length=160)
    search = models.GeneratedField(
        expression=Func(F("name"), function="relance_fold"), output_field=models.TextField(), db_persist=True
    )
    module = models.CharField(_("To"), max_length=20)
    audience = models.CharField(max_length=6, choices=Audience.choices, default=Audience.ALL)
    criteria = models.JSONField(default=dict, blank=True, help_text=_("ids, or the search and filters of the list."))
    excluded = models.JSONField(default=list, blank=True, help_text=_("The lists whose addresses are left out."))
    template = models.ForeignKey(
        Template,
        verbose_name=_("Template"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mass_mails",
    )
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, null=True, blank=True, related_name="mass_mails")
    from_choice = models.CharField(_("From"), max_length=12, choices=SenderChoice.choices, default=SenderChoice.OWN)
    reply_choice = models.CharField(
        _("Reply-To"), max_length=12, choices=SenderChoice.choices, default=SenderChoice.OWN
    )
    track = models.BooleanField(_("Follow this mail"), default=True)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="follow_ups", editable=False
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="mails", editable=False
    )
    responder = models.ForeignKey(
        Responder, on_delete=models.CASCADE, null=True, blank=True, related_name="mails", editable=False
    )
    guarded_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When it was paused by itself; from then on people decide.")
    )
    follow = models.CharField(max_length=11, choices=Follow.choices, default="", blank=True)
    days = models.PositiveSmallIntegerField(_("Days after"), null=True, blank=True)
    leave_out = models.TextField(default="", blank=True, help_text=_("Criteria of whom to leave out, as text."))
    scheduled_at = models.DateTimeField(_("Leaves on"), null=True, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    state_why = models.CharField(max_length=300, default="", blank=True)
    tries = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text=_("How many times its start has broken off.")
    )
    again_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When a start that broke off is tried again.")
    )
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="mass_mail")
    matched = models.IntegerField(default=0, editable=False, help_text=_("People who matched at launch; frozen."))
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mass_mails")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    launched_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MassMails.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["scheduled_at"], name="mass_mail_due", condition=Q(state="scheduled")),
            models.Index(fields=["parent", "id"], name="mass_mail_follow_ups", condition=Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """Its state before the launch, its message's state from then on."""
        return self.message.state if self.message is not None else self.state


class DealCopy(models.Model):
    """For which deal a copy of a mass mail was written (MASS-09); its placeholders and its history follow from it."""

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, primary_key=True, related_name="deal_copy")
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="copies")

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.deal_id}"


class RecordCopy(models.Model):
    """For which record of a custom module a copy of a mass mail was written (MASS-01)."""

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, primary_key=True, related_name="record_copy")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="copies")

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.record_id}"


class MemberCopy(models.Model):
    """For which member of a target list a copy was written (CAMP-02): it may be a company, or a colleague.

    A hundred thousand are written in the statement that has just read both rows, so the database does not look them up
    once more, one by one.
    """

    recipient = models.OneToOneField(
        Recipient, on_delete=models.CASCADE, primary_key=True, related_name="member_copy", db_constraint=False
    )
    member = models.ForeignKey(ListMember, on_delete=models.CASCADE, related_name="copies", db_constraint=False)

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.member_id}"
