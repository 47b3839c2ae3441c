"""Where mail leaves and comes back: a personal or shared mailbox with its relay (INBOX-01)."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models.service import SignInService
from relance.team.models import User


class Mailbox(models.Model):
    """One sending mailbox: its address, its SMTP relay, and where its answers and bounces are dropped."""

    class Kind(models.TextChoices):
        SHARED = "shared", _("Shared")
        PERSONAL = "personal", _("Personal")

    class Sharing(models.TextChoices):
        """Who reads its mail in Relance (INBOX-09)."""

        PRIVATE = "private", _("Nobody else")
        TEAM = "team", _("The owner’s team")
        EVERYONE = "everyone", _("Everyone")

    class Security(models.TextChoices):
        NONE = "none", _("No encryption")
        STARTTLS = "starttls", _("STARTTLS")
        TLS = "tls", _("TLS")

    class State(models.TextChoices):
        UNTESTED = "untested", _("Not tested yet")
        WORKING = "working", _("Works")
        BROKEN = "broken", _("Broken")

    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=8, choices=Kind.choices, default=Kind.SHARED)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="mailboxes")
    address = models.EmailField(_("Address"), max_length=254)
    from_name = models.CharField(_("Sender name"), max_length=120, default="", blank=True)
    host = models.CharField(_("Server"), max_length=253)
    port = models.PositiveIntegerField(_("Port"), default=587)
    security = models.CharField(_("Encryption"), max_length=8, choices=Security.choices, default=Security.STARTTLS)
    ca_file = models.CharField(_("File of a private certificate authority"), max_length=500, default="", blank=True)
    username = models.CharField(_("User name"), max_length=254, default="", blank=True)
    secret = models.TextField(default="", blank=True, editable=False, help_text=_("Sealed by relance.lib.crypto."))
    bounce_domain = models.CharField(_("Domain of bounces"), max_length=253, default="", blank=True)
    maildir = models.CharField(_("Maildir of answers and bounces"), max_length=500, default="", blank=True)
    imap_host = models.CharField(_("Server"), max_length=253, default="", blank=True)
    imap_port = models.PositiveIntegerField(_("Port"), default=993)
    imap_security = models.CharField(_("Encryption"), max_length=8, choices=Security.choices, default=Security.TLS)
    imap_username = models.CharField(_("User name"), max_length=254, default="", blank=True)
    imap_secret = models.TextField(default="", blank=True, editable=False, help_text=_("Sealed by relance.lib.crypto."))
    files_sent = models.BooleanField(_("Put sent mail into its folder of sent mail"), default=True)
    service = models.ForeignKey(
        SignInService,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("Sign-in"),
        related_name="mailboxes",
        help_text="Where its owner signs in (OAuth2) instead of giving a password.",
    )
    grant = models.TextField(
        default="", blank=True, editable=False, help_text="What the service has granted; sealed by relance.lib.crypto."
    )
    granted_at = models.DateTimeField(null=True, blank=True, editable=False)
    sharing = models.CharField(
        _("Who else reads its mail"), max_length=8, choices=Sharing.choices, default=Sharing.PRIVATE
    )
    never_stored = models.TextField(_("Mail that is never stored"), default="", blank=True)
    connections = models.PositiveSmallIntegerField(_("Connections at once"), default=4)
    per_hour = models.PositiveIntegerField(
        _("Mails in an hour, at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    is_default = models.BooleanField(_("Used unless another is chosen"), default=False)
    is_active = models.BooleanField(_("In use"), default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.UNTESTED, editable=False)
    state_code = models.CharField(max_length=40, default="", blank=True, editable=False)
    state_detail = models.CharField(max_length=500, default="", blank=True, editable=False)
    state_at = models.DateTimeField(null=True, blank=True, editable=False)
    connected_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when it is read; older mail is past mail (DEAL-02)."
    )
    fetch_state = models.CharField(max_length=8, choices=State.choices, default=State.UNTESTED, editable=False)
    fetch_code = models.CharField(max_length=40, default="", blank=True, editable=False)
    fetch_detail = models.CharField(max_length=500, default="", blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    fetch_at = models.DateTimeField(null=True, blank=True, editable=False)
    fetch_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    told_broken_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its users were told that it no longer works (R19)."
    )
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-is_default", "name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_mailbox")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def envelope_domain(self) -> str:
        """The domain to which bounces return."""
        return self.bounce_domain or self.address.rpartition("@")[2]

    @property
    def is_connected(self) -> bool:
        """Whether its mail is read, over IMAP or from a Maildir."""
        return self.is_active and bool(self.imap_host or self.maildir)
