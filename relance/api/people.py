"""Leads and contacts: the same resource under two names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Page, paged
from relance.lib import clock
from relance.people import actions
from relance.people.models import Account, Address, Person, Suppression
from relance.people.selection import resolve
from relance.people.suppression import Wish
from relance.records.selection import Kind, Selection
from relance.team import policy
from relance.team.models import User


class AddressOut(Schema):
    """An e-mail address with its own state."""

    email: str
    primary: bool
    state: str
    state_why: str
    opted_out_at: datetime | None
    opted_out_route: str | None


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
    city: str
    country: str
    language: str
    time_zone: str
    source: str
    note: str
    tracking_consent: str
    owner: str | None
    created_at: datetime
    updated_at: datetime


class People(Schema):
    """A page of people."""

    items: list[PersonOut]
    next: str | None


class PersonChange(Schema):
    """What to change; what is left out stays. `emails`: the first is the primary address."""

    first_name: str | None = Field(None, max_length=120)
    last_name: str | None = Field(None, max_length=120)
    emails: list[str] | None = None
    job_title: str | None = Field(None, max_length=160)
    phone: str | None = Field(None, max_length=40)
    mobile: str | None = Field(None, max_length=40)
    company: str | None = Field(None, max_length=200)
    account_id: int | None = None
    city: str | None = Field(None, max_length=120)
    country: str | None = Field(None, max_length=80)
    language: str | None = Field(None, max_length=8)
    time_zone: str | None = Field(None, max_length=64)
    source: str | None = Field(None, max_length=120)
    note: str | None = None
    owner: str | None = Field(None, description="The e-mail address of the colleague who looks after this person.")


class Search(Page):
    """Which people: a search and the filters of the list."""

    q: str = Field("", description="Part of a name, address, company or city.")
    city: str = ""
    company: str = ""
    source: str = ""
    country: str = ""
    owner: str = ""
    state: str = ""
    opted_out: str = ""
    consent: str = ""
    created: str = ""


class ConsentIn(Schema):
    """A change of consent to being followed, with its proof."""

    state: Literal["unknown", "granted", "denied"]
    words: str = Field(description="The words that were agreed to or refused.")
    how: str = Field("api", max_length=40)
    source: str = Field("", max_length=300)


class OptOutIn(Schema):
    """Do not write to this person any more."""

    scope: Literal["everything", "marketing", "sequences"] = "marketing"
    words: str = Field("", max_length=300)


def show(person: Person) -> PersonOut:
    """A person as the API tells; addresses with their wishes."""
    return show_many([person])[0]


def show_many(people: list[Person]) -> list[PersonOut]:
    """Many people with one look into the ledger."""
    standing = actions.standing(address.normal for person in people for address in person.addresses.all())
    return [
        PersonOut(
            email=person.primary_email,
            addresses=[show_address(address, standing.get(address.normal, [])) for address in person.addresses.all()],
            owner=person.owner.email if person.owner else None,
            **{name: getattr(person, name) for name in PLAIN},
        )
        for person in people
    ]


PLAIN = (
    "id", "kind", "first_name", "last_name", "name", "job_title", "phone", "mobile", "company", "account_id", "city",
    "country", "language", "time_zone", "source", "note", "tracking_consent", "created_at", "updated_at",
)  # fmt: skip


def show_address(address: Address, lines: list[Suppression]) -> AddressOut:
    """An address with the first wish that stands."""
    first = lines[0] if lines else None
    return AddressOut(
        email=address.email, primary=address.position == 0, state=address.state, state_why=address.state_why,
        opted_out_at=first.at if first else None, opted_out_route=first.route if first else None,
    )  # fmt: skip


def draft(wanted: PersonChange, by: User) -> actions.PersonDraft:
    """The request as a draft. Raises Http404 for an account or colleague that is not there."""
    values = wanted.model_dump(exclude_unset=True)
    emails, account_id, owner = (
        values.pop("emails", None),
        values.pop("account_id", None),
        values.pop("owner", None),
    )
    return actions.PersonDraft(
        values={name: value or "" for name, value in values.items()},
        emails=tuple(emails) if emails is not None else None,
        account=get_object_or_404(Account.objects.visible_to(by), pk=account_id) if account_id else None,
        owner=get_object_or_404(User, email__iexact=owner, is_active=True) if owner else None,
    )


def routes(kind: Person.Kind, tag: str) -> Router:
    """The resource of one kind of person."""
    router = Router(tags=[tag])

    def found(request: Caller, person_id: int) -> Person:
        rows = Person.objects.visible_to(request.user).filter(kind=kind).select_related("owner__team")
        return get_object_or_404(rows.prefetch_related("addresses"), pk=person_id)

    @router.get("", response=People, operation_id=f"list_{kind}s")
    def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
        """Search and filter."""
        params = {name: value for name, value in search.model_dump(exclude={"cursor", "limit"}).items() if value}
        selection = Selection(module=kind, kind=Kind.FILTER if params else Kind.ALL, params=params)
        rows = resolve(selection, user=request.user, now=clock.now()).select_related("owner")
        page = paged(request, response, rows.prefetch_related("addresses"), search, lambda row: row)  # type: ignore[arg-type,return-value]
        return {**page, "items": show_many(page["items"])}

    @router.post("", response={201: PersonOut}, operation_id=f"add_{kind}")
    def add(request: Caller, new: PersonChange) -> Status[PersonOut]:
        """Add a person."""
        return Status(201, show(actions.add_person(kind, draft(new, request.user), by=request.user, now=clock.now())))

    @router.get("/{person_id}", response=PersonOut, operation_id=f"read_{kind}")
    def read(request: Caller, person_id: int) -> PersonOut:
        """One person."""
        return show(found(request, person_id))

    @router.patch("/{person_id}", response=PersonOut, operation_id=f"change_{kind}")
    def change(request: Caller, person_id: int, wanted: PersonChange) -> PersonOut:
        """Change a person."""
        person = found(request, person_id)
        actions.edit_person(person, draft(wanted, request.user), by=request.user, now=clock.now())
        return show(found(request, person_id))

    @router.delete("/{person_id}", response={204: None}, operation_id=f"delete_{kind}")
    def delete(request: Caller, person_id: int) -> Status[None]:
        """Delete a person; mail that was sent stays, without the name."""
        actions.delete_person(found(request, person_id), by=request.user)
        return Status(204, None)

    @router.post("/{person_id}/consent", response=PersonOut, operation_id=f"record_{kind}_consent")
    def consent(request: Caller, person_id: int, wanted: ConsentIn) -> PersonOut:
        """Record consent to being followed, with its proof (UNSUB-06)."""
        person = found(request, person_id)
        policy.require(policy.allows(request.user, kind, "edit", person))
        actions.record_consent(person, by=request.user, now=clock.now(), **wanted.model_dump())
        return show(found(request, person_id))

    @router.post("/{person_id}/opt-out", response=PersonOut, operation_id=f"opt_out_{kind}")
    def opt_out(request: Caller, person_id: int, wanted: OptOutIn) -> PersonOut:
        """Do not write to any address of this person any more (UNSUB-02)."""
        person = found(request, person_id)
        policy.require(policy.allows(request.user, kind, "edit", person))
        for address in person.addresses.all():
            actions.opt_out(
                Wish(
                    normal=address.normal, scope=wanted.scope, route=Suppression.Route.API, at=clock.now(),
                    words=wanted.words, by_id=request.user.pk,
                )
            )  # fmt: skip
        return show(found(request, person_id))

    @router.post("/{person_id}/opt-in", response=PersonOut, operation_id=f"opt_in_{kind}")
    def opt_in(request: Caller, person_id: int, words: str) -> PersonOut:
        """Write to this person again; `words` says on whose wish, and is kept."""
        person = found(request, person_id)
        policy.require(policy.allows(request.user, kind, "edit", person))
        for address in person.addresses.all():
            actions.opt_in(normal=address.normal, by=request.user, words=words, now=clock.now())
        return show(found(request, person_id))

    return router


leads = routes(Person.Kind.LEAD, "Leads")
contacts = routes(Person.Kind.CONTACT, "Contacts")
