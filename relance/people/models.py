"""People and companies (REC-01, REC-02): Person, Account, their Addresses, Consent and the suppression ledger.

A lead and a contact are one table with a kind, so that converting a lead moves nothing: mail, history and consent
stay where they are (REC-06; `docs/decisions/0002-one-table-for-people.md`).
Columns whose name ends in `_folded` hold what lists sort and search by; `relance.people.actions` writes them.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.team import policy
from relance.team.models import Module, User


class People(models.QuerySet["Person"]):
    """Reading vocabulary of people."""

    def visible_to(self, user: User) -> People:
        """The people whom this colleague may see."""
        leads = Q(kind=Person.Kind.LEAD) & policy.scope(user, Module.LEAD)
        contacts = Q(kind=Person.Kind.CONTACT) & policy.scope(user, Module.CONTACT)
        if policy.level(user, Module.LEAD, "read") == policy.level(user, Module.CONTACT, "read") == policy.ALL:
            return self
        return self.filter(leads | contacts)

    def leads(self) -> People:
        """Leads only."""
        return self.filter(kind=Person.Kind.LEAD)

    def contacts(self) -> People:
        """Contacts only."""
        return self.filter(kind=Person.Kind.CONTACT)


class Accounts(models.QuerySet["Account"]):
    """Reading vocabulary of accounts."""

    def visible_to(self, user: User) -> Accounts:
        """The accounts that this colleague may see."""
        return self.filter(policy.scope(user, Module.ACCOUNT))


class Account(models.Model):
    """A company."""

    name = models.CharField(_("Name"), max_length=200)
    name_folded = models.CharField(max_length=200, db_collation="C", editable=False)
    search = models.TextField(default="", editable=False)
    website = models.CharField(_("Website"), max_length=300, default="", blank=True)
    phone = models.CharField(_("Phone"), max_length=40, default="", blank=True)
    industry = models.CharField(_("Industry"), max_length=120, default="", blank=True)
    street = models.CharField(_("Street"), max_length=200, default="", blank=True)
    postcode = models.CharField(_("Postcode"), max_length=20, default="", blank=True)
    city = models.CharField(_("City"), max_length=120, default="", blank=True)
    country = models.CharField(_("Country"), max_length=80, default="", blank=True)
    note = models.TextField(_("Note"), default="", blank=True)
    custom = models.JSONField(default=dict, blank=True, editable=False)
    primary_email = models.CharField(max_length=254, default="", editable=False)
    owner = models.ForeignKey(
        User,
        verbose_name=_("Owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="accounts",
    )
    import_id = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = Accounts.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_folded", "id"], name="account_by_name"),
            models.Index(fields=["created_at", "id"], name="account_by_created"),
            models.Index(fields=["updated_at", "id"], name="account_by_updated"),
            models.Index(fields=["city", "id"], name="account_by_city"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="account_by_custom"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A lead or a contact."""

    class Kind(models.TextChoices):
        LEAD = "lead", _("Lead")
        CONTACT = "contact", _("Contact")

    class Consent(models.TextChoices):
        """Consent to being followed (UNSUB-06)."""

        UNKNOWN = "unknown", _("Not asked")
        GRANTED = "granted", _("Agreed")
        DENIED = "denied", _("Refused")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    first_name = models.CharField(_("First name"), max_length=120, default="", blank=True)
    last_name = models.CharField(_("Last name"), max_length=120, default="", blank=True)
    name = models.CharField(max_length=250, editable=False)
    name_folded = models.CharField(max_length=250, db_collation="C", editable=False)
    search = models.TextField(default="", editable=False)
    job_title = models.CharField(_("Job title"), max_length=160, default="", blank=True)
    phone = models.CharField(_("Phone"), max_length=40, default="", blank=True)
    mobile = models.CharField(_("Mobile"), max_length=40, default="", blank=True)
    account = models.ForeignKey(
        Account,
        verbose_name=_("Account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="people",
    )
    company = models.CharField(_("Company"), max_length=200, default="", blank=True)
    street = models.CharField(_("Street"), max_length=200, default="", blank=True)
    postcode = models.CharField(_("Postcode"), max_length=20, default="", blank=True)
    city = models.CharField(_("City"), max_length=120, default="", blank=True)
    country = models.CharField(_("Country"), max_length=80, default="", blank=True)
    language = models.CharField(_("Language"), max_length=8, default="", blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="", blank=True)
    source = models.CharField(_("Source"), max_length=120, default="", blank=True)
    note = models.TextField(_("Note"), default="", blank=True)
    custom = models.JSONField(default=dict, blank=True, editable=False)
    primary_email = models.CharField(max_length=254, default="", editable=False)
    tracking_consent = models.CharField(max_length=8, choices=Consent.choices, default=Consent.UNKNOWN, editable=False)
    owner = models.ForeignKey(
        User, verbose_name=_("Owner"), on_delete=models.SET_NULL, null=True, blank=True, related_name="people"
    )
    import_id = models.BigIntegerField(null=True, blank=True, editable=False)
    converted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = People.as_manager()

    class Meta:
        indexes: ClassVar = [
            # It carries the searched text, so that a search walks it without reading the table (records.finding).
            models.Index(fields=["kind", "name_folded", "id"], include=["search"], name="person_by_name"),
            models.Index(fields=["kind", "created_at", "id"], name="person_by_created"),
            models.Index(fields=["kind", "updated_at", "id"], name="person_by_updated"),
            models.Index(fields=["kind", "company", "id"], name="person_by_company"),
            models.Index(fields=["kind", "city", "id"], name="person_by_city"),
            models.Index(fields=["kind", "country", "id"], name="person_by_country"),
            models.Index(fields=["kind", "source", "id"], name="person_by_source"),
            models.Index(fields=["kind", "owner", "name_folded", "id"], name="person_by_owner"),
            models.Index(fields=["import_id"], name="person_by_import", condition=Q(import_id__isnull=False)),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="person_by_custom", condition=~Q(custom={})),
        ]

    def __str__(self) -> str:
        return self.name or self.primary_email


class Address(models.Model):
    """One e-mail address of a person or of an account; position 0 is the primary one (REC-02).

    Whether it opted out is told by the suppression ledger, which knows addresses, not records.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Invalid")
        BOUNCED = "bounced", pgettext_lazy("address", "Bounced")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="addresses")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="addresses")
    position = models.PositiveSmallIntegerField(default=0)
    email = models.CharField(_("E-mail address"), max_length=254)
    normal = models.CharField(max_length=254, db_collation="C", help_text=_("As compared: see relance.lib.addresses."))
    state = models.CharField(max_length=8, choices=State.choices, default=State.VALID)
    state_why = models.CharField(max_length=300, default="", blank=True)
    state_at = models.DateTimeField(null=True, blank=True)
    state_recipient_id = models.BigIntegerField(null=True, blank=True, help_text=_("The mail that told it."))
    soft_bounces = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [
            models.Index(fields=["normal"], name="address_by_normal"),
            models.Index(fields=["state", "person"], name="address_in_trouble", condition=~Q(state="valid")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, account__isnull=True) | Q(person__isnull=True, account__isnull=False),
                name="address_has_one_holder",
            ),
            models.UniqueConstraint(fields=["person", "normal"], name="address_once_a_person"),
            models.UniqueConstraint(fields=["account", "normal"], name="address_once_an_account"),
        ]

    def __str__(self) -> str:
        return self.email


class Suppression(models.Model):
    """One line of the ledger: do not write to this address, in this scope (UNSUB-02). Lifted, never deleted."""

    class Scope(models.TextChoices):
        EVERYTHING = "everything", _("All mail")
        MARKETING = "marketing", _("Mass mails and sequences")
        SEQUENCES = "sequences", _("Sequences")
        LIST = "list", _("This list")
        INVALID = "invalid", _("The address does not exist")

    class Route(models.TextChoices):
        """How the wish reached us."""

        PAGE = "page", _("The unsubscribe page")
        ONE_CLICK = "one_click", _("The button of the mail program")
        REPLY = "reply", _("A mail to the unsubscribe address")
        BY_HAND = "by_hand", _("Entered by a colleague")
        IMPORT = "import", _("An import")
        API = "api", _("The API")
        BOUNCE = "bounce", _("A bounce")
        COMPLAINT = "complaint", _("A complaint")

    normal = models.CharField(max_length=254, db_collation="C")
    scope = models.CharField(max_length=12, choices=Scope.choices)
    list_id = models.BigIntegerField(null=True, blank=True)
    route = models.CharField(max_length=12, choices=Route.choices)
    at = models.DateTimeField()
    recipient_id = models.BigIntegerField(null=True, blank=True, help_text=_("From which mail."))
    words = models.CharField(max_length=300, default="", blank=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_words = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["normal"], name="suppression_by_address")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["normal", "scope", "list_id"], name="suppressed_once", condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.normal} {self.scope}"

    @property
    def said(self) -> str:
        """What somebody said about it. What a button says (RFC 8058) is kept as a proof only."""
        return "" if self.route == self.Route.ONE_CLICK else self.words


class ConsentProof(models.Model):
    """One change of a person's consent to tracking, with its proof (UNSUB-06). The last one stands on the person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consent_proofs")
    state = models.CharField(max_length=8, choices=Person.Consent.choices)
    at = models.DateTimeField()
    how = models.CharField(max_length=40)
    words = models.TextField(default="", blank=True)
    source = models.CharField(max_length=300, default="", blank=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
