"""Leads, contacts and accounts as they declare themselves: what one may sort by, filter by and search."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from relance.lib.criteria import Condition, Operator
from relance.people.declared import ACCOUNT, PERSON
from relance.people.models import Account, Address, Person, Suppression
from relance.people.verbs import AccountVerbs, PeopleVerbs
from relance.records.registry import Asking, Column, Filter, Listed, NotUnderstood, Words, declare
from relance.team.models import Module, User

DAYS = re.compile(r"([1-9]\d{0,3})d")
STATES: dict[str, Words] = {
    "valid": _("Valid"),
    "invalid": _("Invalid"),
    "bounced": pgettext_lazy("address", "Bounced"),
    "none": _("No address"),
}
YES_NO: dict[str, Words] = {"yes": _("Yes"), "no": _("No")}
CONSENTS: dict[str, Words] = dict(Person.Consent.choices)

COLUMNS = (
    Column(key="name", label=_("Name"), field="name_folded"),
    Column(key="company", label=_("Company"), field="company"),
    Column(key="city", label=_("City"), field="city"),
    Column(key="created", label=_("Added"), field="created_at", kind="moment"),
    Column(key="updated", label=_("Changed"), field="updated_at", kind="moment"),
)
FIELDS = (
    "name",
    "primary_email",
    "job_title",
    "company",
    "account_id",
    "city",
    "owner_id",
    "owner__name",
    "created_at",
    "updated_at",
)


def declare_modules() -> None:
    """Make leads, contacts and accounts known to lists, searches and selections."""
    declare(_people(Module.LEAD, _("Leads"), "sprout"))
    declare(_people(Module.CONTACT, _("Contacts"), "users"))
    declare(_accounts())


def _people(kind: Module, label: Words, icon: str) -> Listed:
    return Listed(
        key=kind,
        model=Person,
        label=label,
        icon=icon,
        visible=partial(_visible_people, kind=kind),
        columns=COLUMNS,
        filters=PEOPLE_FILTERS,
        fields=FIELDS,
        detail=("company", "city", "primary_email"),
        declared=PERSON,
        searched=("name", "first_name", "last_name", "company", "city", "job_title", "email"),
        within=("kind",),
        verbs=PeopleVerbs(kind),
    )


def _accounts() -> Listed:
    return Listed(
        key=Module.ACCOUNT,
        model=Account,
        label=_("Accounts"),
        icon="building-2",
        visible=_visible_accounts,
        columns=tuple(column for column in COLUMNS if column.key != "company"),
        filters=ACCOUNT_FILTERS,
        fields=(
            "name",
            "primary_email",
            "industry",
            "website",
            "city",
            "country",
            "owner_id",
            "owner__name",
            "created_at",
            "updated_at",
        ),
        detail=("city", "website"),
        declared=ACCOUNT,
        searched=("name", "city", "website", "email"),
        verbs=AccountVerbs(),
    )


def _visible_people(user: User, *, kind: str) -> QuerySet[Person]:
    return Person.objects.visible_to(user).filter(kind=kind)


def _visible_accounts(user: User) -> QuerySet[Account]:
    return Account.objects.visible_to(user)


def _whole_number(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    raise NotUnderstood(value)


def _import(value: str, _asking: Asking) -> Q:
    return Q(import_id=_whole_number(value))


def _state(value: str, _asking: Asking) -> Q:
    """By the state of the addresses: any of them is enough."""
    if value not in STATES:
        raise NotUnderstood(value)
    addresses = Address.objects.filter(person=OuterRef("pk"))
    return ~Q(Exists(addresses)) if value == "none" else Q(Exists(addresses.filter(state=value)))


def _opted_out(value: str, _asking: Asking) -> Q:
    """Whether a line of the ledger stands for one of the addresses."""
    if value not in YES_NO:
        raise NotUnderstood(value)
    standing = Suppression.objects.filter(normal=OuterRef("normal"), lifted_at=None)
    lines = standing.exclude(scope=Suppression.Scope.INVALID)
    out = Exists(Address.objects.filter(Exists(lines), person=OuterRef("pk")))
    return Q(out) if value == "yes" else ~Q(out)


def _since(value: str) -> Condition:
    """`30d`, or a day: `2026-01-31`, which begins at midnight where the asker lives."""
    if DAYS.fullmatch(value):
        return Condition(path="created_at", operator=Operator.LAST, values=(value,))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise NotUnderstood(value) from None
    return Condition(path="created_at", operator=Operator.AT_LEAST, values=(day.isoformat(),))


def _consent(value: str) -> Condition:
    return Condition(path="tracking_consent", operator=Operator.IS, values=(value,))


def _since_words(value: str) -> Words:
    days = DAYS.fullmatch(value)
    if not days:
        return value
    return ngettext("the last %(days)s day", "the last %(days)s days", int(days[1])) % {"days": days[1]}


def _words_of(choices: dict[str, Words]) -> Callable[[str], Words]:
    return lambda value: choices.get(value, value)


def _owner_words(value: str) -> Words:
    if value == "me":
        return _("me")
    if value == "none":
        return _("nobody")
    try:
        owner = User.objects.filter(pk=_whole_number(value)).first()
    except NotUnderstood:
        return value
    return owner.name if owner else value


def _account_words(value: str) -> Words:
    """The name only stands where it was seen already: the page of the account links here."""
    return f"#{value}"


SHARED_FILTERS = (
    Filter(key="owner", label=_("Owner"), words=_owner_words),
    Filter(key="city", label=_("City")),
    Filter(key="country", label=_("Country")),
    Filter(key="created", label=_("Added in"), node=_since, words=_since_words),
    Filter(key="import", label=_("Import"), condition=_import, words=_account_words),
)
PEOPLE_FILTERS = (
    *SHARED_FILTERS,
    Filter(key="company", label=_("Company")),
    Filter(key="source", label=_("Source")),
    Filter(key="language", label=_("Language")),
    Filter(key="state", label=_("Address"), condition=_state, options=STATES, words=_words_of(STATES)),
    Filter(key="opted_out", label=_("Opted out"), condition=_opted_out, options=YES_NO, words=_words_of(YES_NO)),
    Filter(key="consent", label=_("Consent"), node=_consent, words=_words_of(CONSENTS)),
    Filter(key="account", label=_("Account"), words=_account_words),
)
ACCOUNT_FILTERS = (*SHARED_FILTERS, Filter(key="industry", label=_("Industry")))
