"""Mail that came in: stored raw before it is interpreted, so that nothing is lost and reading again doubles nothing."""

from __future__ import annotations

import zlib
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.message import Recipient
from relance.mail.models.sharing import readable
from relance.mail.models.thread import Thread
from relance.people.models import Person
from relance.team.models import User


class Mails(models.QuerySet["Received"]):
    """Reading vocabulary of received mail."""

    def visible_to(self, user: User) -> Mails:
        """The mail that a colleague may read: of a mailbox that is hers or shared with her, not excluded there, and
        where it is another's mailbox, about nobody whom her role hides (INBOX-09, X9)."""
        return self.filter(readable(user))

    def told(self) -> Mails:
        """What has been read and can be listed."""
        return self.filter(thread__isnull=False)


class Received(models.Model):
    """One mail of a mailbox. Written by `relance.mail.inbound.receive`."""

    class Kind(models.TextChoices):
        WAITING = "", _("Not read yet")
        REPLY = "reply", _("Reply")
        AUTO_REPLY = "auto_reply", _("Automatic reply")
        BOUNCE = "bounce", _("Bounce")
        DELAY = "delay", _("Delayed")
        DELIVERED = "delivered", _("Delivery report")
        COMPLAINT = "complaint", _("Complaint")
        UNSUBSCRIBE = "unsubscribe", _("Opt-out")
        OWN = "own", _("Written by ourselves")
        OTHER = "other", _("Other")
        FAILED = "failed", _("Could not be read")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="received")
    key = models.CharField(max_length=64, help_text=_("What makes it the same mail: the SHA-256 of its bytes."))
    message_id = models.CharField(max_length=998, default="", blank=True)
    raw = models.BinaryField(help_text=_("Compressed; see `content`."))
    size = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.WAITING, blank=True)
    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="received",
        help_text=_("The copy of ours that it is about."),
    )
    received_at = models.DateTimeField(help_text=_("By the workspace's clock."))
    note = models.CharField(max_length=300, default="", blank=True, help_text=_("What was made of it, and why."))

    # What the mail client shows, written by `relance.mail.inbound.placing` whenever the mail is interpreted.
    thread = models.ForeignKey(Thread, on_delete=models.SET_NULL, null=True, related_name="mails", db_index=False)
    is_outgoing = models.BooleanField(default=False, help_text="Written in this mailbox, not sent to it.")
    subject = models.CharField(_("Subject"), max_length=500, default="", blank=True)
    from_name = models.CharField(max_length=200, default="", blank=True)
    from_email = models.CharField(_("From"), max_length=254, default="", blank=True)
    from_normal = models.CharField(max_length=254, default="", blank=True, db_collation="C")
    to = models.JSONField(_("To"), default=list, blank=True, help_text="[[name, address]]")
    cc = models.JSONField(_("Cc"), default=list, blank=True, help_text="[[name, address]]")
    reply_to = models.JSONField(default=list, blank=True, help_text="[[name, address]]")
    written_at = models.DateTimeField(null=True, blank=True, help_text="Its own Date, whatever that is worth.")
    dated_at = models.DateTimeField(
        null=True, blank=True, help_text="Where it stands in time: see `inbound.outline.settle`."
    )
    snippet = models.CharField(max_length=300, default="", blank=True)
    has_attachments = models.BooleanField(default=False)
    same = models.CharField(
        max_length=32, default="", blank=True, help_text="Equal for the copies of one mail in several mailboxes."
    )
    search = SearchVectorField(null=True, editable=False)

    # Whose it is (INBOX-04), and what it belongs to (docs/decisions: a parent is a module and an id).
    person = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="received",
        db_index=False,
        help_text="Whom it comes from, or goes to.",
    )
    parent_module = models.CharField(max_length=20, default="", blank=True)
    parent_id = models.BigIntegerField(null=True, blank=True)
    parent_how = models.CharField(max_length=12, default="", blank=True, help_text="The rule that found it.")
    parent_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who chose it by hand."
    )

    objects = Mails.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "key"], name="received_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="received_waiting", condition=Q(kind="")),
            models.Index(fields=["recipient"], name="received_of_recipient"),
            models.Index(fields=["id"], name="received_unplaced", condition=Q(thread=None)),
            models.Index(fields=["mailbox", "-dated_at", "-id"], name="received_by_date"),
            models.Index(fields=["thread", "-dated_at", "-id"], name="received_of_thread"),
            models.Index(fields=["person", "-dated_at", "-id"], name="received_of_person"),
            models.Index(
                fields=["parent_module", "parent_id", "-dated_at"],
                name="received_of_parent",
                condition=Q(parent_id__isnull=False),
            ),
            models.Index(fields=["from_normal"], name="received_of_nobody", condition=Q(person=None)),
            models.Index(fields=["message_id"], name="received_by_message_id", condition=~Q(message_id="")),
            GinIndex(fields=["search"], name="received_by_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    @property
    def content(self) -> bytes:
        """The mail, byte for byte as it came."""
        return zlib.decompress(bytes(self.raw))
