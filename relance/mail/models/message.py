"""A Message is one e-mail; a Recipient is one address of it, with its own copy on the wire and its own life.

Every statistic is a count over Recipients. `Message` carries the same counts ready added (L4): they are written only
in the statements that change Recipients, in `mail.outbound.engine` and `mail.tracking.note`.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from relance.mail.models.mailbox import Mailbox
from relance.mail.models.template import Content, SenderChoice
from relance.people.models import Person
from relance.team.models import User


def counter() -> models.IntegerField[int, int]:
    """A count that starts at zero in the database too."""
    return models.IntegerField(default=0, db_default=0, editable=False)


class Message(models.Model):
    """One e-mail to one or many recipients."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal mail")
        MASS = "mass", _("Mass mail")
        SEQUENCE = "sequence", _("Sequence mail")
        NOTIFICATION = "notification", _("Notification")

    class State(models.TextChoices):
        """The life of a message: preparing (recipients being written), sending, paused, stopped, done."""

        DRAFT = "draft", _("Draft")
        PREPARING = "preparing", _("Being prepared")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Sent")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    send_key = models.CharField(
        max_length=80, unique=True, help_text=_("mass:12, step:55:3: what makes it the same mail.")
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT, db_default="draft")
    state_why = models.CharField(max_length=300, default="", db_default="", blank=True)
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="messages")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages", help_text=_("On whose behalf."))
    from_choice = models.CharField(max_length=12, choices=SenderChoice.choices, default=SenderChoice.OWN)
    reply_choice = models.CharField(max_length=12, choices=SenderChoice.choices, default=SenderChoice.OWN)
    priority = models.PositiveSmallIntegerField(
        default=5, db_default=5, help_text=_("Lower goes first; personal mail is 0.")
    )
    deliver_at = models.DateTimeField(help_text=_("By the workspace's clock."))
    track = models.BooleanField(default=True, help_text=_("The mail's own switch."))
    track_opens = models.BooleanField(
        default=True, help_text=_("Whether the organisation followed openings at launch.")
    )
    tracking = models.CharField(
        max_length=20, default="", help_text=_("The organisation's policy when it was launched.")
    )
    opt_out_link = models.BooleanField(default=True)
    in_reply_to = models.CharField(max_length=998, default="", db_default="", blank=True)
    references = models.TextField(
        default="", db_default="", blank=True, help_text="Message-IDs with a space between, the nearest last."
    )
    shown_to = models.JSONField(
        null=True, blank=True, help_text="[[name, address]] of To, where a copy shows others than its own."
    )
    shown_cc = models.JSONField(null=True, blank=True)
    about_kind = models.CharField(
        max_length=12, default="", db_default="", blank=True, help_text="Deal, Account: on whose page it was written."
    )
    about_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    total = counter()  # recipients written, without those left out
    refused = counter()  # left out before sending, or refused by the gate
    cancelled = counter()
    sent = counter()  # the relay answered 250
    failed = counter()
    unknown = counter()
    bounced = counter()  # of any time: refused for good in the dialogue (5.1.x), or returned later
    bounced_late = counter()  # returned after the relay had answered 250; delivered = sent - bounced_late
    opened = counter()  # delivered and opened by a person (a click or a reply implies it)
    clicked = counter()  # delivered and clicked by a person
    replied = counter()
    opted_out = counter()
    complained = counter()
    untracked_opens = counter()  # delivered, not followed for openings, and not known to have opened
    untracked_clicks = counter()  # delivered, not followed for clicks
    open_hits = counter()
    click_hits = counter()
    machine_hits = counter()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["priority", "deliver_at"], name="message_due", condition=Q(state="sending")),
            models.Index(fields=["id"], name="message_paused", condition=Q(state="paused")),
            models.Index(fields=["id"], name="message_in_doubt", condition=Q(unknown__gt=0)),
        ]

    def __str__(self) -> str:
        return self.send_key


class Recipient(models.Model):
    """One address of a message.

    States: queued -> leased -> in_data -> sent | deferred | failed | unknown, plus cancelled and refused (QUALITY 5);
    what is held is so by its message (`mail.outbound.held`). `bounced_at` is a fact of its own: a mail can bounce in
    the dialogue (state failed) or days later.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        LEASED = "leased", _("About to leave")
        IN_DATA = "in_data", _("Leaving")
        SENT = "sent", _("Sent")
        DEFERRED = "deferred", _("Tried, will be tried again")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        CANCELLED = "cancelled", _("Cancelled")
        REFUSED = "refused", _("Left out")

    class Track(models.TextChoices):
        """How this copy is followed; frozen when it is rendered (ENG-01)."""

        FULL = "full", _("Openings and clicks")
        CLICKS = "clicks", _("Clicks only")
        AGGREGATE = "aggregate", _("Totals only")
        AGGREGATE_CLICKS = "aggregate_clicks", _("Totals of clicks only")
        NONE = "none", _("Not followed")

    # Whoever writes recipients holds their message, so that the database need not look for it at every row (L5).
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="recipients", db_index=False, db_constraint=False
    )
    # That she exists is seen to by triggers (migration 0004): a mass mail looks its people up all at once.
    person = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="recipients",
        db_index=False,
        db_constraint=False,
    )
    sender = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("Whose address stands in From, if not the message's sender."),
    )
    email = models.CharField(
        max_length=254, default="", help_text=_("As written on the wire; empty when left out without one.")
    )
    normal = models.CharField(
        max_length=254, null=True, blank=True, db_collation="C", help_text=_("Null when left out.")
    )
    name = models.CharField(max_length=250, default="", help_text=_("As the person was called then."))
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED, db_default="queued")
    refused_because = models.CharField(max_length=20, default="", db_default="", blank=True)
    refused_detail = models.CharField(max_length=300, default="", db_default="", blank=True)
    track = models.CharField(max_length=16, choices=Track.choices, default=Track.NONE, db_default="none")

    # What the index knows of the state: the steps of leaving are one, so that a copy on its way moves in no index.
    standing = models.GeneratedField(
        expression=Case(When(state__in=["queued", "leased", "in_data"], then=Value("waiting")), default=F("state")),
        output_field=models.CharField(max_length=9),
        db_persist=True,
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text=_("By the workspace's clock."))
    lease_token = models.UUIDField(null=True, blank=True, help_text="The `Lease` that it leaves under.")
    reply_code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply_text = models.CharField(max_length=500, default="", db_default="", blank=True)

    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    doubted_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when it is known to be unknown."))
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_kind = models.CharField(max_length=4, default="", db_default="", blank=True, help_text=_("hard or soft"))
    bounce_text = models.CharField(max_length=500, default="", db_default="", blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    opens = models.PositiveIntegerField(default=0, db_default=0)
    machine_hits = models.PositiveIntegerField(default=0, db_default=0)
    first_clicked_at = models.DateTimeField(null=True, blank=True)
    clicks = models.PositiveIntegerField(default=0, db_default=0)
    replied_at = models.DateTimeField(null=True, blank=True)
    auto_replied_at = models.DateTimeField(null=True, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # Never two mails of one message to one address (QUALITY 5, CAMP-03); those left out carry no address here.
            models.UniqueConstraint(fields=["normal", "message"], name="one_copy_an_address"),
        ]
        # Every index is written to when a copy leaves, and again when it has left: there are as few as may be.
        indexes: ClassVar = [
            models.Index(fields=["message", "standing", "id"], name="recipient_by_standing"),
            models.Index(fields=["person", "-id"], name="recipient_of_person"),
            models.Index(fields=["sender"], name="recipient_of_sender", condition=Q(sender__isnull=False)),
            # Few copies are answered or come back: lists ask for those alone, and no other copy is written there.
            # Whose they are stands there too, so that thousands are named without reading the copies.
            models.Index(
                fields=["replied_at"], include=["person"], name="copy_replied", condition=Q(replied_at__isnull=False)
            ),
            models.Index(
                fields=["bounced_at"], include=["person"], name="copy_bounced", condition=Q(bounced_at__isnull=False)
            ),
            # Copies are written, leave and are opened about in the order of time: a few words for every 128 pages.
            BrinIndex(fields=["queued_at", "sent_at", "last_opened_at"], name="recipient_by_times", autosummarize=True),
            models.Index(
                fields=["message", "refused_because"], name="recipient_left_out", condition=Q(standing="refused")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.email}"
