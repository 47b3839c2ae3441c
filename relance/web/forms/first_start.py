"""The questions of the first start (ADM-01, UNSUB-06)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from relance.team.models import Organisation

COUNTRIES = (
    ("FR", _("France")), ("BE", _("Belgium")), ("CH", _("Switzerland")), ("LU", _("Luxembourg")), ("CA", _("Canada")),
    ("DE", _("Germany")), ("ES", _("Spain")), ("IT", _("Italy")), ("NL", _("Netherlands")), ("PT", _("Portugal")),
    ("IE", _("Ireland")), ("GB", _("United Kingdom")), ("US", _("United States")), ("", _("Another country")),
)  # fmt: skip


def country_of(languages: str) -> str:
    """The first country that a browser's `Accept-Language` (RFC 9110) names and the form offers; empty for none."""
    known = {key for key, _name in COUNTRIES}
    regions = (tag.partition(";")[0].strip().partition("-")[2].upper() for tag in languages.split(","))
    return next((region for region in regions if region and region in known), "")


HINTS: dict[str, object] = {
    Organisation.Tracking.CONSENT: _(
        "Only people who agreed are followed. Proposed for France and the European Union (CNIL, 2026)."
    ),
    Organisation.Tracking.BY_DEFAULT: _("Everybody is followed, except those who refused."),
    Organisation.Tracking.AGGREGATE: _("You see how many opened and clicked, never who."),
    Organisation.Tracking.OFF: _("No pixel, no counted link, for anybody."),
}


@cache
def zones() -> Sequence[tuple[str, str]]:
    """The time zones of the world that people live in; read from the disk once, since there are hundreds of files."""
    return tuple((name, name) for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc/"))


class PolicyChoice(forms.RadioSelect):
    """The tracking policies, each with a sentence."""

    def create_option(self, name, value, *rest, **more):  # type: ignore[no-untyped-def]  # Django's own signature
        """One option with its hint."""
        option = super().create_option(name, value, *rest, **more)
        option["attrs"]["data_hint"] = HINTS.get(str(value), "")
        return option


class OrganisationForm(forms.ModelForm):
    """Who you are, and how mail is followed."""

    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    tracking = forms.ChoiceField(
        label=_("How is mail followed?"), choices=Organisation.Tracking.choices, widget=PolicyChoice
    )

    class Meta:
        model = Organisation
        fields: ClassVar = ["name", "country", "language", "time_zone", "tracking"]
        labels: ClassVar = {"name": _("Name of the organisation")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["name"].required = True


class AdministratorForm(forms.Form):
    """You, the first administrator."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail address"), max_length=254)
    password = forms.CharField(
        label=_("Password"),
        min_length=10,
        help_text=_("At least ten characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """A password that is not too common."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password
