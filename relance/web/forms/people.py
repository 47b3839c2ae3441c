"""The forms of leads, contacts and accounts."""

from __future__ import annotations

import re

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.lib.fold import fold
from relance.people import actions
from relance.people.actions import ACCOUNT_FIELDS, PERSON_FIELDS, AccountDraft, BadAddress, PersonDraft
from relance.people.models import Account, Person
from relance.records import custom, definitions, held
from relance.team.models import Language, Module, User
from relance.web.forms.controls import FieldsForm
from relance.web.forms.first_start import zones

BETWEEN = re.compile(r"[\s,;]+")
Choices = list[tuple[str, str | Promise]]
NOT_KNOWN: tuple[str, str | Promise] = ("", _("Not known"))


def colleagues() -> list[tuple[str, str]]:
    """Those who can own a record; the several forms of a page ask once."""
    return definitions.meanwhile(
        "colleagues",
        lambda: [(str(user.pk), user.name or user.email) for user in User.objects.filter(is_active=True)],
    )


def _and(choices: Choices, value: str | None) -> Choices:
    """A value that came by an address or from a file is not lost because the choice does not hold it."""
    return choices if not value or value in dict(choices) else [*choices, (value, value)]


class AddressesField(forms.CharField):
    """Several addresses, one a line; the first is the primary one. Cleans to the addresses as written."""

    widget = forms.Textarea(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: str | None) -> tuple[str, ...]:
        """Every address that can be written to; one that cannot is named."""
        emails = tuple(part for part in BETWEEN.split(value or "") if part)
        try:
            return tuple(dict.fromkeys(actions.parse(email).as_written for email in emails))
        except BadAddress as bad:
            raise forms.ValidationError(str(bad)) from bad


class RecordForm(FieldsForm):
    """What the forms of people and of accounts share, the fields that an administrator added among it."""

    emails = AddressesField(
        label=_("E-mail addresses"),
        required=False,
        help_text=_("One a line. The first one is used unless another is chosen."),
    )
    owner = forms.ChoiceField(label=_("Owner"), choices=colleagues)

    def __init__(
        self, *args: object, module: str, user: User, record: Person | Account | None, **kwargs: object
    ) -> None:
        own = [field for field in custom.fields_of(module) if field.editable]
        super().__init__(*args, fields=own, held=held.of(record, own) if record else {}, user=user, **kwargs)
        self.record = (module, record.pk) if record else None
        self.keep_owner(record)

    def keep_owner(self, record: Person | Account | None) -> None:
        """An owner who has left, or none at all, is not replaced because somebody corrects a phone number."""
        if record is None:
            return
        owner = record.owner
        kept: Choices = [("", _("Nobody"))] if owner is None else [(str(owner.pk), owner.name or owner.email)]
        others: Choices = [choice for choice in colleagues() if choice[0] != kept[0][0]]
        self.fields["owner"] = forms.ChoiceField(label=_("Owner"), choices=[*kept, *others], required=owner is not None)

    def owner_chosen(self) -> User | None:
        """The colleague chosen as owner; None leaves the owner as it is."""
        chosen = self.cleaned_data["owner"]
        return User.objects.filter(pk=chosen).first() if chosen else None

    def normals(self) -> set[str]:
        """The addresses as compared."""
        return {actions.parse(email).normal for email in self.cleaned_data.get("emails", ())}


class PersonForm(RecordForm):
    """A lead or a contact."""

    first_name = forms.CharField(label=_("First name"), max_length=120, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=120, required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=160, required=False)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    account = forms.CharField(
        label=_("Account"),
        max_length=200,
        required=False,
        help_text=_("The name of an account that exists, or nothing."),
        widget=forms.TextInput(
            attrs={
                "list": "account-names",
                "autocomplete": "off",
                "hx-trigger": "input changed delay:150ms",
                "hx-target": "#account-names",
            }
        ),
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    mobile = forms.CharField(label=_("Mobile"), max_length=40, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country = forms.CharField(label=_("Country"), max_length=80, required=False)
    source = forms.CharField(label=_("Source"), max_length=120, required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)

    def __init__(self, *args: object, kind: str, user: User, person: Person | None = None, **kwargs: object) -> None:
        super().__init__(*args, module=kind, user=user, record=person, **kwargs)
        self.person = person
        self.fields["account"].widget.attrs["hx-get"] = reverse("account-options")
        languages: Choices = [NOT_KNOWN, *Language.choices]
        places: Choices = [NOT_KNOWN, *zones()]
        kept = (person.language, person.time_zone) if person else ("", "")
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=_and(languages, kept[0]), required=False
        )
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=_and(places, kept[1]), required=False
        )

    @staticmethod
    def initial_of(person: Person) -> dict[str, object]:
        """A person as the form shows her."""
        values: dict[str, object] = {name: getattr(person, name) for name in PERSON_FIELDS}
        emails = "\n".join(address.email for address in person.addresses.all())
        account = person.account.name if person.account else ""
        return {**values, "emails": emails, "account": account, "owner": str(person.owner_id or "")}

    def clean_account(self) -> Account | None:
        """The account of that name which the colleague may see; the present one stays when its name does."""
        name = self.cleaned_data["account"].strip()
        if not name:
            return None
        if self.person and self.person.account and self.person.account.name == name:
            return self.person.account
        found = Account.objects.visible_to(self.user).filter(name_folded=fold(name)).order_by("id").first()
        if found is None:
            raise forms.ValidationError(_("No account has this name. Create the account first, or leave this empty."))
        return found

    def clean(self) -> dict[str, object]:
        """Somebody without a name and without an address cannot be found again."""
        super().clean()
        told = ("first_name", "last_name", "emails")
        if not self.errors and not any(self.cleaned_data.get(name) for name in told):
            raise forms.ValidationError(
                _("Give a name or an address: without either this person cannot be found again.")
            )
        return self.cleaned_data

    def draft(self) -> PersonDraft:
        """What was written, for `people.actions`."""
        values = {name: str(self.cleaned_data[name]) for name in PERSON_FIELDS}
        return PersonDraft(
            values={**values, "account": ""},
            emails=self.cleaned_data["emails"],
            account=self.cleaned_data["account"],
            owner=self.owner_chosen(),
            custom=self.told,
        )


class AccountForm(RecordForm):
    """A company."""

    name = forms.CharField(label=_("Name"), max_length=200)
    website = forms.CharField(label=_("Website"), max_length=300, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    industry = forms.CharField(label=_("Industry"), max_length=120, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country = forms.CharField(label=_("Country"), max_length=80, required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)

    def __init__(self, *args: object, user: User, account: Account | None = None, **kwargs: object) -> None:
        super().__init__(*args, module=Module.ACCOUNT, user=user, record=account, **kwargs)

    @staticmethod
    def initial_of(account: Account) -> dict[str, object]:
        """A company as the form shows it."""
        values: dict[str, object] = {name: getattr(account, name) for name in ACCOUNT_FIELDS}
        emails = "\n".join(address.email for address in account.addresses.all())
        return {**values, "emails": emails, "owner": str(account.owner_id or "")}

    def draft(self) -> AccountDraft:
        """What was written, for `people.actions`."""
        values = {name: str(self.cleaned_data[name]) for name in ACCOUNT_FIELDS}
        return AccountDraft(
            values=values, emails=self.cleaned_data["emails"], owner=self.owner_chosen(), custom=self.told
        )
