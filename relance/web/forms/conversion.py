"""The form that converts a lead: the account it belongs to, and a deal if one is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.deals.conversion import Conversion
from relance.deals.models import Pipeline
from relance.people.models import Person
from relance.records.fields import Values
from relance.team.models import User
from relance.web.forms.deals import DealForm, looked_up


class ConversionForm(DealForm):
    """Its fields are those of a deal, which count only with `with_deal`, and the company."""

    company = forms.CharField(
        label=_("Account"),
        max_length=200,
        required=False,
        help_text=_("An account of this name is used; if there is none, it is created. Empty for no account."),
    )
    with_own = False
    with_deal = forms.BooleanField(label=_("Create a deal as well"), required=False)

    def __init__(self, *args: object, user: User, pipeline: Pipeline, initial: Mapping[str, object]) -> None:
        super().__init__(*args, user=user, pipeline=pipeline, initial=dict(initial))
        for name in ("account", "contact", "owner", "note"):
            del self.fields[name]
        self.fields["company"].widget = looked_up("account-names", "account-options")
        self.fields["name"].required = False
        self.fields["name"].label = _("Name of the deal")

    @staticmethod
    def first(person: Person, pipeline: Pipeline, stage_id: int) -> dict[str, object]:
        """What is proposed for a lead."""
        company = person.account.name if person.account else person.company
        return {
            "company": company,
            "name": company or person.name,
            "currency": pipeline.currency,
            "stage": str(stage_id),
            "with_deal": True,
        }

    def clean(self) -> dict[str, object]:
        """A deal needs its name."""
        super().clean()
        if self.cleaned_data.get("with_deal") and not str(self.cleaned_data.get("name", "")).strip():
            self.add_error("name", _("Give the deal a name, or convert without a deal."))
        return self.cleaned_data

    def wanted(self, person: Person) -> Conversion:
        """What was chosen; the lead's own account stays when its name does."""
        company = str(self.cleaned_data["company"]).strip()
        same = person.account if person.account and person.account.name == company else None
        return Conversion(account=same, company="" if same else company, deal=self._deal())

    def _deal(self) -> Values | None:
        if not self.cleaned_data["with_deal"]:
            return None
        return {key: value for key, value in self.values().items() if key not in ("company", "with_deal", "owner")}
