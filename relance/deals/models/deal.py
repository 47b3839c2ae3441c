"""A Deal, the people it is made with, and every move it made: a deal can be seen as it stood at any time (DEAL-02).

Columns whose name ends in `_folded` hold what lists sort and search by; `relance.deals.actions` writes them.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from relance.deals.models.pipeline import Pipeline, Stage
from relance.people.models import Account, Person
from relance.records.models.base import Kept
from relance.team import policy
from relance.team.models import Module, User

# Numbers, since cursors of lists hold numbers: days since 1970, those without a date last.
DAYS = "(COALESCE(%(expressions)s, DATE '9999-12-31') - DATE '1970-01-01')::double precision"


class Deals(models.QuerySet["Deal"]):
    """Reading vocabulary of deals."""

    def visible_to(self, user: User) -> Deals:
        """The deals that this colleague may see."""
        return self.filter(policy.scope(user, Module.DEAL))

    def open(self) -> Deals:
        """Those that are still to be decided."""
        return self.filter(state=Stage.Kind.OPEN)

    def of_person(self, person_id: int) -> Deals:
        """Those made with a person, as its primary contact or another."""
        return self.filter(links__person_id=person_id)


class Deal(Kept):
    """What may be sold (REC-04). `state` follows from the stage; `contact` is the primary one and always a link too.

    `modified_at` is the last change of the deal's own fields: no mail, task or note touches it (DEAL-01). `position`
    is its place in its column of the board, `moved_at` when it came into its stage. `closing` and `worth` are
    the expected close and the amount for sorting.
    """

    State = Stage.Kind

    name = models.CharField(_("Name"), max_length=200)
    name_folded = models.CharField(max_length=200, db_collation="C", editable=False)
    search = models.TextField(default="", editable=False)
    pipeline = models.ForeignKey(Pipeline, verbose_name=_("Pipeline"), on_delete=models.PROTECT, related_name="deals")
    stage = models.ForeignKey(Stage, verbose_name=_("Stage"), on_delete=models.PROTECT, related_name="deals")
    state = models.CharField(max_length=4, choices=Stage.Kind.choices, default=Stage.Kind.OPEN, editable=False)
    amount = models.DecimalField(_("Amount"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("Currency"), max_length=3, default="EUR")
    close_date = models.DateField(_("Expected close"), null=True, blank=True)
    closing = models.GeneratedField(
        expression=Func("close_date", template=DAYS), output_field=models.FloatField(), db_persist=True
    )
    worth = models.GeneratedField(
        expression=Cast("amount", models.FloatField()), output_field=models.FloatField(), db_persist=True
    )
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.SET_NULL, null=True, blank=True, related_name="deals"
    )
    contact = models.ForeignKey(
        Person, verbose_name=_("Primary contact"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    contacts: models.ManyToManyField[Person, DealContact] = models.ManyToManyField(
        Person, verbose_name=_("Contacts"), through="DealContact", related_name="deals"
    )
    note = models.TextField(_("Note"), default="", blank=True)
    position = models.BigIntegerField(default=0, editable=False)
    moved_at = models.DateTimeField(editable=False)
    modified_at = models.DateTimeField(editable=False)
    won_at = models.DateTimeField(null=True, blank=True, editable=False)
    lost_at = models.DateTimeField(null=True, blank=True, editable=False)
    lost_because = models.CharField(_("Why it was lost"), max_length=300, default="", blank=True)

    objects = Deals.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_folded", "id"], include=["search"], name="deal_by_name"),
            models.Index(fields=["created_at", "id"], name="deal_by_created"),
            models.Index(fields=["updated_at", "id"], name="deal_by_updated"),
            models.Index(fields=["modified_at", "id"], name="deal_by_modified"),
            models.Index(fields=["worth", "id"], name="deal_by_amount"),
            models.Index(fields=["closing", "id"], name="deal_by_close"),
            models.Index(fields=["state", "name_folded", "id"], name="deal_by_state"),
            models.Index(fields=["owner", "name_folded", "id"], name="deal_by_owner"),
            models.Index(fields=["stage", "position", "id"], name="deal_on_board"),
            models.Index(fields=["won_at"], name="deal_won", condition=Q(won_at__isnull=False)),
            models.Index(fields=["lost_at"], name="deal_lost", condition=Q(lost_at__isnull=False)),
            models.Index(fields=["import_id"], name="deal_by_import", condition=Q(import_id__isnull=False)),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="deal_by_custom", condition=~Q(custom={})),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="open", won_at__isnull=True, lost_at__isnull=True)
                | Q(state="won", won_at__isnull=False, lost_at__isnull=True)
                | Q(state="lost", won_at__isnull=True, lost_at__isnull=False),
                name="deal_ends_with_a_date",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="deal_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class DealContact(models.Model):
    """One person of a deal, and since when."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="links")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="deal_links")
    since = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["deal", "person"], name="once_a_deal")]

    def __str__(self) -> str:
        return f"{self.deal_id}/{self.person_id}"


class StageMove(models.Model):
    """One line of a deal's way, written once: from which stage to which, when, by whom, and what it was worth then.

    `state` is what the deal was from then on. The first line has no `source`: the deal was made.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="moves")
    source = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    target = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=4, choices=Stage.Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["deal", "at", "id"], name="move_of_deal"),
            models.Index(fields=["at"], name="move_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} -> {self.target_id}"
