"""The fields of leads, contacts and accounts, as forms, lists, criteria, files, the API and the audit know them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.people.models import Account, Person
from relance.records.declaring import column
from relance.records.fields import Field, Kind, Words
from relance.team.models import Module

LANGUAGES: Mapping[str, Words] = {
    "fr": "Français",
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
}


@cache
def zones() -> Mapping[str, Words]:
    """The time zones of the world that people live in."""
    return {name: name for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc/")}


def _name_and_addresses(model: type[Model]) -> tuple[Field, ...]:
    return (
        Field(
            key="name", label=_("Name"), column="name", editable=False, listed=True, sortable=True, max_length=250
        ),
        Field(
            key="email", label=_("E-mail address"), kind=Kind.EMAIL, column="primary_email", editable=False,
            listed=True,
        ),
        Field(
            key="emails", label=_("E-mail addresses"), kind=Kind.EMAIL, column="addresses", many=True, criteria=False,
            help=_("One a line. The first one is used unless another is chosen."),
        ),
        column(model, "phone", kind=Kind.PHONE),
    )  # fmt: skip


def _place(model: type[Model]) -> tuple[Field, ...]:
    return (
        column(model, "street"),
        column(model, "postcode"),
        column(model, "city", listed=True, sortable=True),
        column(model, "country"),
    )


def _kept(model: type[Model]) -> tuple[Field, ...]:
    return (
        column(model, "note"),
        column(model, "owner", listed=True),
        Field(
            key="created_at", label=pgettext_lazy("date", "Added"), kind=Kind.MOMENT, editable=False, sortable=True,
            listed=True,
        ),
        Field(
            key="updated_at", label=pgettext_lazy("date", "Changed"), kind=Kind.MOMENT, editable=False, sortable=True
        ),
    )  # fmt: skip


PERSON: tuple[Field, ...] = (
    column(Person, "first_name"),
    column(Person, "last_name"),
    *_name_and_addresses(Person),
    column(Person, "mobile", kind=Kind.PHONE),
    column(Person, "job_title"),
    column(Person, "account", target=Module.ACCOUNT.value),
    column(Person, "company", listed=True, sortable=True),
    *_place(Person),
    column(Person, "language", kind=Kind.CHOICE, options=lambda: LANGUAGES, max_length=0),
    column(Person, "time_zone", kind=Kind.CHOICE, options=zones, max_length=0),
    column(Person, "source"),
    column(Person, "tracking_consent", label=_("Consent to tracking"), editable=False),
    *_kept(Person),
)
ACCOUNT: tuple[Field, ...] = (
    column(Account, "name", required=True, listed=True, sortable=True),
    *_name_and_addresses(Account)[1:],
    column(Account, "website", kind=Kind.URL),
    column(Account, "industry", listed=True),
    *_place(Account),
    *_kept(Account),
)
