"""The forms of deals, of pipelines and of their stages."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import get_currency_name
from django import forms
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from relance.deals import pipelines
from relance.deals.models import Deal, Pipeline, Stage
from relance.lib.figures import locale_of
from relance.lib.refusal import Refused
from relance.people.models import Person
from relance.records import custom, held, links, registry, values
from relance.records.fields import Value, Values
from relance.records.values import BadValue, Habits
from relance.team.models import Module, User
from relance.web.forms.controls import FieldsForm
from relance.web.forms.people import Choices, colleagues

NOBODY: Choices = [("", _("Nobody"))]
USUAL = ("EUR", "GBP", "USD", "CHF", "CAD")


def currencies(held: str) -> Choices:
    """The usual currencies, and the one that stands already."""
    locale = locale_of(get_language())
    return [(code, f"{code}, {get_currency_name(code, locale=locale)}") for code in dict.fromkeys((held, *USUAL))]


def looked_up(attribute: str, url_name: str) -> forms.TextInput:
    """A text with proposals that come while it is typed."""
    return forms.TextInput(
        attrs={
            "list": attribute,
            "autocomplete": "off",
            "hx-get": reverse(url_name),
            "hx-trigger": "input changed delay:150ms",
            "hx-target": f"#{attribute}",
        }
    )


class DealForm(FieldsForm):
    """A deal. What links to records is typed by name or address, and found among what one may see.

    The fields that an administrator added stand below its own.
    """

    with_own = True
    name = forms.CharField(label=_("Name"), max_length=200)
    amount = forms.CharField(
        label=_("Amount"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    close_date = forms.DateField(
        label=_("Expected close"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    account = forms.CharField(label=_("Account"), max_length=200, required=False)
    contact = forms.CharField(
        label=_("Primary contact"), max_length=254, required=False, help_text=_("A name or an e-mail address.")
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)

    def __init__(self, *args: object, user: User, deal: Deal | None = None, pipeline: Pipeline, **kwargs: object):
        own = [field for field in custom.fields_of(Module.DEAL) if field.editable] if self.with_own else []
        super().__init__(*args, fields=own, held=held.of(deal, own) if deal else {}, user=user, **kwargs)
        self.record = (Module.DEAL, deal.pk) if deal else None
        self.deal, self.habits = deal, Habits(language=user.language)
        currency = deal.currency if deal else pipeline.currency
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=currencies(currency))
        self.fields["stage"] = forms.ChoiceField(label=_("Stage"), choices=_stages(deal))
        self.fields["owner"] = forms.ChoiceField(label=_("Owner"), choices=_owners(deal), required=False)
        self.fields["account"].widget = looked_up("account-names", "account-options")
        self.fields["contact"].widget = looked_up("contact-names", "deal-contact-options")
        if deal is not None and deal.state == Deal.State.LOST:
            self.fields["lost_because"] = forms.CharField(label=_("Why it was lost"), max_length=300, required=False)

    @staticmethod
    def initial_of(deal: Deal) -> dict[str, object]:
        """A deal as the form shows it."""
        return {
            "name": deal.name,
            "amount": values.figures(deal.amount, 2) if deal.amount else "",
            "currency": deal.currency,
            "stage": str(deal.stage_id),
            "close_date": deal.close_date,
            "account": deal.account.name if deal.account else "",
            "contact": _typed(deal),
            "owner": str(deal.owner_id or ""),
            "note": deal.note,
            "lost_because": deal.lost_because,
        }

    def clean_amount(self) -> Value:
        """An amount as people write it."""
        return self._written("amount")

    def clean_account(self) -> Value:
        """The account of that name; the one that stands stays when its name does."""
        name = self.cleaned_data["account"].strip()
        if self.deal and self.deal.account and self.deal.account.name == name:
            return self.deal.account_id
        return self._found("account", name)

    def clean_contact(self) -> Value:
        """The person of that name or address."""
        typed = self.cleaned_data["contact"].strip()
        if self.deal and self.deal.contact and _typed(self.deal) == typed:
            return self.deal.contact_id
        return self._found("contact", typed)

    def _written(self, name: str) -> Value:
        try:
            return values.read(registry.field(Module.DEAL, name), self.cleaned_data[name], self.habits)
        except BadValue as bad:
            raise forms.ValidationError(str(bad)) from bad

    def _found(self, name: str, typed: str) -> Value:
        try:
            return links.found(registry.field(Module.DEAL, name), typed, by=self.user)
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def values(self) -> Values:
        """What was written, for `deals.actions`."""
        plain = [name for name in self.fields if name in self.cleaned_data and name not in self.declared]
        told: dict[str, Value] = {**{name: self.cleaned_data[name] for name in plain}, **self.told}
        for name in ("owner", "stage"):
            told[name] = int(str(told[name])) if told.get(name) else None
        return told


def typed(person: Person) -> str:
    """What finds a person again when it is typed."""
    return person.primary_email or person.name


def _typed(deal: Deal) -> str:
    return typed(deal.contact) if deal.contact else ""


def _stages(deal: Deal | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The stages of each pipeline; a new deal begins in an open one."""
    return [
        (str(pipeline), [(str(stage.pk), str(stage)) for stage in pipelines.stages(pipeline) if deal or stage.is_open])
        for pipeline in pipelines.pipelines()
    ]


def _owners(deal: Deal | None) -> Choices:
    """An owner who has left stays until another is chosen."""
    others: Choices = list(colleagues())
    if deal is None or deal.owner is None:
        return [*NOBODY, *others] if deal else others
    held = (str(deal.owner.pk), str(deal.owner))
    return [held, *(one for one in others if one[0] != held[0])]


class PipelineForm(forms.Form):
    """A pipeline."""

    name = forms.CharField(label=_("Name"), max_length=80)
    currency = forms.CharField(
        label=_("Currency"), min_length=3, max_length=3, help_text=_("Of new deals, such as EUR or GBP.")
    )
    quiet_days = forms.IntegerField(
        label=_("Days without a sign until a deal is quiet"), min_value=0, max_value=999, initial=14
    )

    def draft(self) -> pipelines.PipelineDraft:
        """What was written."""
        return pipelines.PipelineDraft(**self.cleaned_data)


class StageForm(forms.Form):
    """A stage."""

    name = forms.CharField(label=_("Name"), max_length=60)
    probability = forms.IntegerField(label=_("Probability in percent"), min_value=0, max_value=100, initial=50)


class StagesLeft(forms.Form):
    """Where the deals of what is retired go."""

    into = forms.ChoiceField(label=pgettext_lazy("deals", "Its deals go to"), required=False)

    def __init__(self, *args: object, targets: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["into"] = forms.ChoiceField(
            label=pgettext_lazy("deals", "Its deals go to"),
            required=False,
            choices=[("", _("Choose a stage")), *targets.items()],
        )


def targets(besides: list[Stage]) -> dict[str, str]:
    """The open stages that could take deals."""
    return {
        str(stage.pk): f"{pipeline}: {stage}"
        for pipeline in pipelines.pipelines()
        for stage in pipelines.open_stages(pipeline)
        if stage not in besides
    }
