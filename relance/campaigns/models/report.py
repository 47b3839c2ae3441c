"""Reports: saved questions over any module, which may fill a target list once or keep it up to date (CAMP-08)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models.lists import TargetList
from relance.team import policy
from relance.team.models import Module, User


class Reports(models.QuerySet["Report"]):
    """Reading vocabulary of reports."""

    def visible_to(self, user: User) -> Reports:
        """The reports that this colleague may see; what they count is what the colleague sees."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="owner"), deleted_at=None)


class Report(models.Model):
    """Criteria over a module, grouped and summed. A reader counts what she may see; a list is filled as its owner."""

    class Step(models.TextChoices):
        """How dates are grouped."""

        DAY = "day", _("By day")
        MONTH = "month", _("By month")
        YEAR = "year", _("By year")

    class Chart(models.TextChoices):
        NONE = "none", _("Table only")
        COLUMNS = "columns", _("Columns")
        BARS = "bars", _("Bars")

    name = models.CharField(_("Name"), max_length=160)
    module = models.CharField(_("Module"), max_length=20)
    where = models.TextField(default="", blank=True, help_text=_("Criteria as text."))
    group = models.CharField(_("Grouped by"), max_length=80, default="", blank=True)
    step = models.CharField(_("Dates"), max_length=5, choices=Step.choices, default=Step.MONTH)
    summed = models.CharField(_("Sum of"), max_length=80, default="", blank=True)
    chart = models.CharField(_("Chart"), max_length=7, choices=Chart.choices, default=Chart.COLUMNS)
    target_list = models.ForeignKey(
        TargetList, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports",
        help_text=_("The list that it keeps up to date."),
    )  # fmt: skip
    filled_at = models.DateTimeField(null=True, blank=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reports")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Reports.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name
