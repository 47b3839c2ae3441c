"""The organisation and its settings, users, teams, roles, and the keys of the API (REC-03, ADM-02, API-01)."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, time, timedelta
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """The languages of the interface."""

    FRENCH = "fr", "Français"
    ENGLISH = "en", "English"


def monday_to_friday() -> list[int]:
    """The working days unless the administrator says otherwise; Monday is 0."""
    return [0, 1, 2, 3, 4]


class Organisation(models.Model):
    """The one company that this installation serves, with its settings as typed columns."""

    class Workspace(models.TextChoices):
        PRODUCTION = "production", _("Production")
        DEMO = "demo", _("Demo")
        TEST = "test", _("Test")

    class Tracking(models.TextChoices):
        """The policy on tracking, chosen at set-up (UNSUB-06)."""

        BY_DEFAULT = "track_by_default", _("Track by default")
        CONSENT = "consent_required", _("Only with consent")
        AGGREGATE = "aggregate_only", _("Totals only, nobody named")
        OFF = "off", _("No tracking")

    name = models.CharField(_("Name"), max_length=120, default="", blank=True)
    language = models.CharField(_("Language"), max_length=8, choices=Language.choices, default=Language.ENGLISH)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="Europe/Paris")
    country = models.CharField(_("Country"), max_length=2, default="", blank=True)
    workspace = models.CharField(max_length=12, choices=Workspace.choices, default=Workspace.PRODUCTION)
    clock_offset = models.DurationField(default=timedelta(0))
    installation = models.UUIDField(default=uuid.uuid4, editable=False)
    set_up_at = models.DateTimeField(null=True, blank=True)

    tracking = models.CharField(_("Tracking"), max_length=20, choices=Tracking.choices, default=Tracking.CONSENT)
    track_opens = models.BooleanField(_("Follow openings"), default=True)
    opt_out_required = models.BooleanField(_("Every mass mail carries an opt-out link"), default=True)

    mail_name = models.CharField(_("Sender name"), max_length=120, default="", blank=True)
    mail_address = models.EmailField(_("Sender address"), max_length=254, default="", blank=True)

    mass_starts_per_hour = models.PositiveIntegerField(
        _("Mass mails started in an hour"), default=3, validators=[MinValueValidator(1)]
    )
    follow_ups_per_mail = models.PositiveSmallIntegerField(
        _("Follow-ups of a mass mail, at most"), default=5, validators=[MaxValueValidator(20)]
    )
    updates_per_trigger = models.PositiveSmallIntegerField(
        _("Fields that one trigger updates, at most"), default=3, validators=[MaxValueValidator(10)]
    )
    tasks_per_trigger = models.PositiveSmallIntegerField(
        _("Tasks that one trigger adds, at most"), default=2, validators=[MaxValueValidator(10)]
    )
    calls_per_trigger = models.PositiveSmallIntegerField(
        _("Calls that one trigger plans, at most"), default=2, validators=[MaxValueValidator(10)]
    )
    scheduled_per_module_hour = models.PositiveIntegerField(
        _("Scheduled for the same hour"), default=5, validators=[MinValueValidator(1)]
    )
    freeze_minutes = models.PositiveIntegerField(_("Minutes before the hour when editing stops a mail"), default=15)
    sends_per_hour = models.PositiveIntegerField(
        _("Mails in an hour, at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    fetch_minutes = models.PositiveSmallIntegerField(
        _("Minutes from one look for new mail to the next"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1_440)],
    )
    retry_hours = models.PositiveIntegerField(_("Hours of further tries"), default=48)
    bounce_limit = models.PositiveSmallIntegerField(
        _("Bounces of a hundred mails, at most"), default=10, validators=[MaxValueValidator(100)]
    )
    complaint_limit = models.PositiveSmallIntegerField(
        _("Complaints of a thousand mails, at most"), default=5, validators=[MaxValueValidator(1000)]
    )
    late_hours = models.PositiveIntegerField(_("Hours after which a late mail asks first"), default=2)

    work_days = models.JSONField(_("Working days"), default=monday_to_friday)
    work_from = models.TimeField(_("Work begins"), default=time(9))
    work_until = models.TimeField(_("Work ends"), default=time(18))
    holiday_country = models.CharField(_("Public holidays of"), max_length=2, default="", blank=True)
    days_off = models.JSONField(_("Further days off"), default=list, blank=True)
    pressure_days = models.PositiveSmallIntegerField(
        _("Days between two automatic mails to one person"), null=True, blank=True
    )
    company_pressure_days = models.PositiveSmallIntegerField(
        _("Days between two programs that write to one company"), null=True, blank=True
    )
    absence_days = models.PositiveSmallIntegerField(_("Working days of an absence without a date"), default=5)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(pk=1), name="one_organisation")]

    def __str__(self) -> str:
        return self.name


class Module(models.TextChoices):
    """The kinds of record on which a role grants rights."""

    LEAD = "lead", _("Leads")
    CONTACT = "contact", _("Contacts")
    ACCOUNT = "account", _("Accounts")
    DEAL = "deal", _("Deals")
    CASE = "case", _("Cases")
    TASK = "task", _("Tasks")
    CALL = "call", _("Calls")
    NOTE = "note", _("Notes")
    TEMPLATE = "template", _("Templates")
    MASS_MAIL = "mass_mail", _("Mass mails")


class Level(models.IntegerChoices):
    """How far a right reaches."""

    NONE = 0, _("None")
    OWN = 1, _("Own")
    TEAM = 2, _("Team")
    ALL = 3, _("All")


class Team(models.Model):
    """A group of colleagues who share their records."""

    name = models.CharField(_("Name"), max_length=120, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What a colleague may do (REC-03)."""

    class Key(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        MANAGER = "manager", _("Manager")
        SALESPERSON = "salesperson", _("Salesperson")
        READ_ONLY = "read_only", _("Read-only")

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=120, blank=True, default="")
    administers = models.BooleanField(_("Administers Relance"), default=False)
    may_delete_mail = models.BooleanField(_("Deletes mail for everyone"), default=False)
    may_define_sequences = models.BooleanField(_("Defines sequences"), default=False)
    may_send_mass_mail = models.BooleanField(_("Sends mass mail"), default=False)
    may_export = models.BooleanField(_("Exports"), default=False)
    may_import = models.BooleanField(_("Imports"), default=False)

    def __str__(self) -> str:
        return self.name or str(self.Key(self.key).label if self.key in self.Key.values else self.key)


class Grant(models.Model):
    """The reach of one role on one module."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="grants")
    module = models.CharField(max_length=20)
    read = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.NONE)
    edit = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.NONE)
    delete_level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.NONE)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["role", "module"], name="one_grant_a_module")]

    def __str__(self) -> str:
        return f"{self.role_id}/{self.module}"


class Users(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """A new user; without a password nobody can sign in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A colleague who signs in."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        COMPACT = "compact", _("Dense")
        COMFORTABLE = "comfortable", _("Comfortable")

    email = models.EmailField(_("E-mail address"), max_length=254, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="users")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="users")
    is_active = models.BooleanField(_("Active"), default=True)
    language = models.CharField(_("Language"), max_length=8, choices=Language.choices, default=Language.ENGLISH)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="Europe/Paris")
    theme = models.CharField(_("Theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(_("Density"), max_length=12, choices=Density.choices, default=Density.COMPACT)
    letter_keys = models.BooleanField(_("Single-letter keys"), default=True)
    job_title = models.CharField(_("Job title"), max_length=120, default="", blank=True)
    phone = models.CharField(_("Phone"), max_length=40, default="", blank=True)
    signature = models.TextField(_("Signature"), default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects: ClassVar[Users] = Users()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="one_user_an_address")]
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_administrator(self) -> bool:
        """Whether this colleague administers Relance."""
        return self.is_active and self.role.administers

    @property
    def may_import(self) -> bool:
        """Whether this colleague may read files of people in."""
        return self._may("may_import")

    @property
    def may_export(self) -> bool:
        """Whether this colleague may take lists away."""
        return self._may("may_export")

    @property
    def may_define_sequences(self) -> bool:
        """Whether this colleague may make and change sequences."""
        return self._may("may_define_sequences")

    @property
    def may_send_mass_mail(self) -> bool:
        """Whether this colleague may write to many at once."""
        return self._may("may_send_mass_mail")

    @property
    def may_delete_mail(self) -> bool:
        """Whether this colleague may delete received mail for everyone (INBOX-08)."""
        return self._may("may_delete_mail")

    def _may(self, right: str) -> bool:
        """An administrator may do everything, a closed account nothing."""
        return self.is_active and (self.role.administers or bool(getattr(self.role, right)))


class ApiToken(models.Model):
    """A key of the API: only its prefix and its hash are kept (API-01, X15)."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("Name"), max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scope = models.CharField(_("Scope"), max_length=8, choices=Scope.choices, default=Scope.WRITE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("Expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @staticmethod
    def generate() -> tuple[str, str, str]:
        """A new key: (whole text shown once, prefix, digest)."""
        prefix = secrets.token_hex(4)
        text = f"relance_{prefix}_{secrets.token_urlsafe(32)}"
        return text, prefix, ApiToken.digest_of(text)

    @staticmethod
    def digest_of(text: str) -> str:
        """What is stored of a key. The key is 256 random bits, so a plain hash is enough."""
        return hashlib.sha256(text.encode()).hexdigest()

    def is_valid(self, now: datetime) -> bool:
        """Whether the key opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now) and self.user.is_active


class ApiAnswer(models.Model):
    """What the API answered to one `Idempotency-Key`, kept for a day, so that a repeated write is done once."""

    holder = models.CharField(max_length=64, help_text=_("A hash of who called."))
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64, help_text=_("A hash of what was asked."))
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    content_type = models.CharField(max_length=100, default="")
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "key"], name="one_answer_a_key")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="api_answer_by_age")]

    def __str__(self) -> str:
        return self.key
