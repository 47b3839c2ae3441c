"""Leads and contacts as the API tells and takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from relance.api.filters import Narrowed
from relance.api.paging import Listed
from relance.api.reading import Moment, Wanted
from relance.api.valued import Told, custom_of, read, told
from relance.people import actions
from relance.people.models import Account, Address, Person, Suppression
from relance.people.wishes import wish_of
from relance.team.models import User

MOST_ADDRESSES = 20
MOST_AT_ONCE = 200


class AddressOut(Schema):
    """An e-mail address with its own state."""

    email: str
    primary: bool
    state: str = Field(description="valid, invalid, bounced")
    state_why: str
    opted_out_at: datetime | None
    opted_out_route: str | None
    opted_out_recipient_id: int | None = Field(description="The copy of a mail by whose link it was said.")


class PersonOut(Schema):
    """A lead or a contact."""

    id: int
    kind: str
    first_name: str
    last_name: str
    name: str
    email: str
    addresses: list[AddressOut]
    job_title: str
    phone: str
    mobile: str
    company: str
    account_id: int | None
    street: str
    postcode: str
    city: str
    country: str
    language: str
    time_zone: str
    source: str
    note: str
    custom: Told = Field(description="The fields that an administrator added, by their keys; see `/modules`.")
    tracking_consent: str = Field(description="unknown, granted, denied")
    owner: str | None
    created_at: datetime
    updated_at: datetime


class People(Listed):
    """A page of people."""

    items: list[PersonOut]


class PersonChange(Wanted):
    """What to change; what is left out stays. `emails`: the first is the primary address."""

    first_name: str | None = Field(None, max_length=120)
    last_name: str | None = Field(None, max_length=120)
    emails: list[str] | None = Field(None, max_length=MOST_ADDRESSES)
    job_title: str | None = Field(None, max_length=160)
    phone: str | None = Field(None, max_length=40)
    mobile: str | None = Field(None, max_length=40)
    company: str | None = Field(None, max_length=200)
    account_id: int | None = Field(None, description="The company; null takes it away.")
    street: str | None = Field(None, max_length=200)
    postcode: str | None = Field(None, max_length=20)
    city: str | None = Field(None, max_length=120)
    country: str | None = Field(None, max_length=80)
    language: str | None = Field(None, max_length=8)
    time_zone: str | None = Field(None, max_length=64)
    source: str | None = Field(None, max_length=120)
    note: str | None = None
    custom: Told | None = Field(None, description="Values by the keys of added fields; null empties one.")
    owner: str | None = Field(None, description="The e-mail address of the colleague who looks after this person.")


class Many(Wanted):
    """Several new people."""

    items: list[PersonChange] = Field(min_length=1, max_length=MOST_AT_ONCE)


class OneOfMany(Schema):
    """What became of one of them: the person, or why not."""

    index: int
    status: int = Field(description="201, or the status that this person alone would have been answered with.")
    person: PersonOut | None = None
    code: str = ""
    detail: str = ""


class ManyOut(Schema):
    """What became of each, in the order in which they were sent."""

    added: int
    results: list[OneOfMany]


class Search(Narrowed):
    """Which people: a search and the filters of the list."""

    q: str = Field("", max_length=200, description="Part of a name, address, company or city.")
    city: str = ""
    company: str = ""
    source: str = ""
    country: str = ""
    language: str = ""
    owner: str = Field("", description="The id of a colleague, `me` or `none`.")
    account: str = Field("", description="The id of a company.")
    state: str = Field("", description="Of an address: valid, invalid, bounced, none.")
    opted_out: str = Field("", description="yes, no")
    consent: str = Field("", description="unknown, granted, denied")
    created: str = Field("", description="30d, or a day: 2027-01-31.")
    import_: str = Field("", alias="import", description="The id of the import that brought them in.")
    updated_since: Moment | None = None


class ConsentIn(Wanted):
    """A change of consent to being followed, with its proof."""

    state: Literal["unknown", "granted", "denied"]
    words: str = Field(description="The words that were agreed to or refused.")
    how: str = Field("api", max_length=40)
    source: str = Field("", max_length=300)


class OptOutIn(Wanted):
    """Do not write to this person any more."""

    scope: Literal["everything", "marketing", "sequences"] = "marketing"
    words: str = Field("", max_length=300)


class OptInIn(Wanted):
    """Write to this person again."""

    words: str = Field(min_length=1, max_length=300, description="On whose wish; it is kept as the proof.")


PLAIN = (
    "id", "kind", "first_name", "last_name", "name", "job_title", "phone", "mobile", "company", "account_id", "street",
    "postcode", "city", "country", "language", "time_zone", "source", "note", "tracking_consent", "created_at",
    "updated_at",
)  # fmt: skip


def show(person: Person) -> PersonOut:
    """A person as the API tells; addresses with their wishes."""
    return show_many([person])[0]


def show_many(people: Sequence[Person]) -> list[PersonOut]:
    """Many people with one look into the ledger."""
    standing = actions.standing(address.normal for person in people for address in person.addresses.all())
    return [
        PersonOut(
            email=person.primary_email,
            addresses=[_address(address, standing.get(address.normal, [])) for address in person.addresses.all()],
            owner=person.owner.email if person.owner else None,
            custom=told(person, custom_of(person.kind)),
            **{name: getattr(person, name) for name in PLAIN},
        )
        for person in people
    ]


def _address(address: Address, lines: list[Suppression]) -> AddressOut:
    """An address with the first wish that stands."""
    first = wish_of(lines)
    return AddressOut(
        email=address.email, primary=address.position == 0, state=address.state, state_why=address.state_why,
        opted_out_at=first.at if first else None, opted_out_route=first.route if first else None,
        opted_out_recipient_id=first.recipient_id if first else None,
    )  # fmt: skip


def draft(kind: str, wanted: PersonChange, by: User) -> actions.PersonDraft:
    """The request as a draft. Raises Http404 for an account or colleague that is not there, BadValue, NoSuchField."""
    values = wanted.model_dump(exclude_unset=True)
    custom = read(custom_of(kind), values.pop("custom", None) or {}, by=by)
    emails, owner = values.pop("emails", None), values.pop("owner", None)
    account = None
    if "account_id" in values:
        account_id = values.pop("account_id")
        values["account"] = ""
        account = get_object_or_404(Account.objects.visible_to(by), pk=account_id) if account_id is not None else None
    return actions.PersonDraft(
        values={name: value or "" for name, value in values.items()},
        custom=custom,
        emails=tuple(emails) if emails is not None else None,
        account=account,
        owner=get_object_or_404(User, email__iexact=owner, is_active=True) if owner else None,
    )
