"""Target lists: whom a campaign or a mass mail goes to, or keeps out (CAMP-02, CAMP-03)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.people.models import Account, Person
from relance.records.models import Record
from relance.team import policy
from relance.team.models import Module, User


class TargetLists(models.QuerySet["TargetList"]):
    """Reading vocabulary of target lists."""

    def visible_to(self, user: User) -> TargetLists:
        """The lists that this colleague may see: they follow mass mail."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="owner"), deleted_at=None)


class TargetList(models.Model):
    """A list of people, companies, colleagues, records and bare addresses, filled in many ways."""

    name = models.CharField(_("Name"), max_length=160)
    note = models.TextField(_("Note"), default="", blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="target_lists")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TargetLists.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """One of a list: a person, a company, a colleague, a record, or an address that nobody here holds."""

    target_list = models.ForeignKey(TargetList, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="listed")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="listed")
    colleague = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="listed")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, null=True, blank=True, related_name="listed")
    email = models.CharField(_("E-mail address"), max_length=254, default="", blank=True)
    normal = models.CharField(max_length=254, default="", db_collation="C", blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text=_("Does not want the mails of this list."))
    added_at = models.DateTimeField(editable=False)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target_list", "person"], name="listed_person_once"),
            models.UniqueConstraint(fields=["target_list", "account"], name="listed_account_once"),
            models.UniqueConstraint(fields=["target_list", "colleague"], name="listed_colleague_once"),
            models.UniqueConstraint(fields=["target_list", "record"], name="listed_record_once"),
            models.UniqueConstraint(
                fields=["target_list", "normal"], name="listed_address_once", condition=~Q(normal="")
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False)
                | Q(account__isnull=False)
                | Q(colleague__isnull=False)
                | Q(record__isnull=False)
                | ~Q(normal=""),
                name="member_is_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.account or self.colleague or self.record or self.email)
