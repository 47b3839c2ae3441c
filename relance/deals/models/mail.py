"""The deal that a mail belongs to, and why. Written by `relance.deals.mails` alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.deals.models.deal import Deal
from relance.mail.models import Message
from relance.team.models import User


class DealMail(models.Model):
    """One mail, sent by Relance (`message`) or found in mailboxes (`same`: all the copies of one mail), and its deal.

    A row without a deal says that a colleague has taken the mail from its deal, or that its mailbox is disconnected.
    `offered` keeps what she had chosen by hand before it was (DEAL-08); `is_offered` says that there is such a choice.
    """

    class Rule(models.TextChoices):
        """Why (`relance.deals.prediction`)."""

        HAND = "hand", _("linked by hand")
        WRITTEN_HERE = "written_here", _("written on the page of this deal")
        THREAD = "thread", _("answers a mail of this deal")
        PAST = "past", _("the only deal of its people when the mail came")
        ONLY_OPEN = "only_open", _("the only open deal of its people")
        LATEST_OPEN = "latest_open", _("of their open deals, the one changed last")
        WON = "won", _("of their won deals, the one changed last")
        DISSOLVED = "dissolved", pgettext_lazy("link", "its mailbox was disconnected")

    key = models.CharField(max_length=40, unique=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="deal_mails")
    same = models.CharField(max_length=32, default="", blank=True, db_index=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, null=True, related_name="mails", db_index=False)
    rule = models.CharField(max_length=12, choices=Rule.choices)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(help_text="When it was linked, by the workspace's clock.")
    offered = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, related_name="+")
    is_offered = models.BooleanField(default=False)
    ruled = models.BigIntegerField(null=True, help_text="What the rule said where a colleague chose (DEAL-09).")
    ranked = models.BigIntegerField(null=True, help_text="What the ranking said there.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(message=None) ^ Q(same=""), name="deal_mail_is_one_mail"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deal", "-at", "-id"], name="deal_mail_of_deal"),
            models.Index(fields=["id"], name="deal_mail_offered", condition=Q(is_offered=True)),
        ]

    def __str__(self) -> str:
        return f"{self.key} -> {self.deal_id}"

    @property
    def is_by_hand(self) -> bool:
        """Whether a colleague decided, so that no prediction overrules it (DEAL-05)."""
        return self.rule == self.Rule.HAND
