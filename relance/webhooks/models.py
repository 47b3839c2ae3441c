"""Webhooks, and what is to be told to them: the queue and the log are one table (API-02).

A delivery's `state` is written by `webhooks.queueing` and `webhooks.settling` only.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.lib.states import Moves
from relance.team.models import User


class Webhooks(models.QuerySet["Webhook"]):
    """Reading vocabulary of webhooks."""

    def kept(self) -> Webhooks:
        """Those that nobody has deleted."""
        return self.filter(deleted_at=None)

    def given_up(self) -> Webhooks:
        """Those that were switched off by themselves, until somebody has seen to them; the latest first."""
        gone = (Webhook.Off.GONE, Webhook.Off.FAILING)
        return self.kept().filter(on_since=None, off_because__in=gone).order_by("-off_at")


class Webhook(models.Model):
    """An address of another program, and what it wants to know. It is told while `on_since` is set.

    `events`: names of `rules.TYPES`. Both secrets are sealed; the old one is valid until `old_until`. `misses`: how
    many tries have failed in a row; `failing_since`: when that began.
    """

    class Off(models.TextChoices):
        """Why it is off."""

        BY_HAND = "by_hand", _("Switched off by a colleague")
        GONE = "gone", _("The receiver said that it is gone (410)")
        FAILING = "failing", _("Nothing could be delivered for three days")

    key = models.CharField(max_length=32, unique=True, editable=False, help_text="In the ids of what it is told.")
    name = models.CharField(_("What it is for"), max_length=120)
    url = models.CharField(_("Address"), max_length=500)
    events = models.JSONField(_("What it is told"), default=list)
    secret = models.CharField(max_length=400, editable=False)
    old_secret = models.CharField(max_length=400, default="", blank=True, editable=False)
    old_until = models.DateTimeField(null=True, blank=True, editable=False)
    on_since = models.DateTimeField(null=True, blank=True, editable=False)
    off_because = models.CharField(max_length=8, choices=Off.choices, default="", blank=True, editable=False)
    off_at = models.DateTimeField(null=True, blank=True, editable=False)
    misses = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(null=True, blank=True, editable=False)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Webhooks.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event for one webhook: what is told, each try, and what became of it. Times are real ones.

    `at` is when it happened, by the workspace's clock. While it is on its way, `due_at` says when it is taken to be
    lost and begins again. `log`: the tries so far, the oldest first.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        DELIVERED = "done", pgettext_lazy("delivery", "Delivered")
        FAILED = "failed", pgettext_lazy("delivery", "Not delivered")

    class Why(models.TextChoices):
        """Why a try has failed."""

        STATUS = "status", _("The receiver answered with an error.")
        REDIRECT = "redirect", _("The receiver pointed to another address; redirects are not followed.")
        TIMEOUT = "timeout", _("No answer within ten seconds.")
        NAME = "name", _("The name of the server was not found.")
        INNER = "inner", _("The address lies inside the network, or its port is not allowed.")
        UNREACHABLE = "no_way", _("The server could not be reached.")
        TLS = "tls", _("The encryption failed: the certificate is not valid for this name.")
        BROKEN = "broken", _("The connection broke before an answer came.")
        NO_HTTP = "no_http", _("What came back was no answer of a web server.")
        GONE = "gone", _("The receiver said that it is gone; the webhook was switched off.")
        OFF = "off", _("The webhook was switched off.")
        SECRET = "secret", _("Its secret can no longer be read: make a new one.")

    MOVES: ClassVar[Moves] = {
        State.WAITING: frozenset({State.DELIVERED, State.FAILED}),
        State.FAILED: frozenset({State.WAITING, State.DELIVERED}),
        State.DELIVERED: frozenset({State.WAITING}),
    }

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.CharField(max_length=40, help_text="The same at every try.")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the last answer.")
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    why = models.CharField(max_length=8, choices=Why.choices, default="", blank=True)
    log = models.JSONField(default=list, blank=True)
    queued_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "due_at"], name="delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["webhook", "-id"], name="delivery_failed", condition=Q(state="failed")),
            models.Index(fields=["queued_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Look(models.Model):
    """Until when the copies that left were looked through for those of which nothing was told; one row."""

    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"until {self.until}"
