"""Leads and contacts: the same resource under two names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from relance.api.filters import found_by, newest
from relance.api.key import Caller
from relance.api.mails import Mails, show_mail
from relance.api.paging import PageQuery, paged
from relance.api.people_told import (
    ConsentIn,
    Many,
    ManyOut,
    OneOfMany,
    OptInIn,
    OptOutIn,
    People,
    PersonChange,
    PersonOut,
    Search,
    draft,
    show,
    show_many,
)  # fmt: skip
from relance.api.problems import refused
from relance.api.tags import require_unchanged, tagged
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Recipient
from relance.people import actions, cards
from relance.people.exports import header, lines
from relance.people.models import Person, Suppression
from relance.people.suppression import Wish
from relance.records.exports import csv_pieces
from relance.team import policy
from relance.team.models import User


def found(request: Caller, kind: str, person_id: int, *, hold: bool = False) -> Person:
    """A person of this kind whom the caller may see; `hold` it until the transaction ends. Raises Http404."""
    rows = Person.objects.visible_to(request.user).filter(kind=kind).select_related("owner__team")
    if hold:
        rows = rows.select_for_update(of=("self",))
    return get_object_or_404(rows.prefetch_related("addresses"), pk=person_id)


def changeable(request: Caller, kind: str, person_id: int) -> Person:
    """A person whom the caller may change. Raises Http404, Forbidden."""
    person = found(request, kind, person_id)
    policy.require(policy.allows(request.user, kind, "edit", person))
    return person


def add_one(request: Caller, kind: str, new: PersonChange) -> PersonOut:
    """A new person. Raises Forbidden, BadAddress, NobodyNamed, Http404."""
    return show(actions.add_person(kind, draft(kind, new, request.user), by=request.user, now=clock.now()))


def try_one(request: Caller, kind: str, index: int, new: PersonChange) -> OneOfMany:
    """One of many; its refusal concerns itself alone."""
    try:
        with transaction.atomic():
            return OneOfMany(index=index, status=201, person=add_one(request, kind, new))
    except Refused as error:
        return OneOfMany(index=index, status=refused(request, error).status_code, code=error.code, detail=str(error))
    except Http404:
        return OneOfMany(index=index, status=404, code="not_found", detail=_("There is nothing here that you may see."))


@transaction.atomic
def opt_out_all(person: Person, wanted: OptOutIn, by_id: int) -> None:
    """Write the wish down for each address."""
    for address in person.addresses.all():
        actions.opt_out(
            Wish(
                normal=address.normal, scope=wanted.scope, route=Suppression.Route.API, at=clock.now(),
                words=wanted.words, by_id=by_id,
            )
        )  # fmt: skip


@transaction.atomic
def opt_in_all(person: Person, wanted: OptInIn, by: User) -> None:
    """Take the wishes back for each address."""
    for address in person.addresses.all():
        actions.opt_in(normal=address.normal, by=by, words=wanted.words, now=clock.now())


def as_file(kind: str, found_lines: Iterable[list[str]]) -> StreamingHttpResponse:
    """Lines as a CSV file."""
    name = f"{kind}s-{clock.now():%Y-%m-%d}"
    answer = StreamingHttpResponse(csv_pieces(header(kind), found_lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def routes(kind: Person.Kind, tag: str) -> Router:
    """The resource of one kind of person."""
    router = Router(tags=[tag])
    reading(router, kind)
    writing(router, kind)
    wishes(router, kind)
    return router


def reading(router: Router, kind: Person.Kind) -> None:
    """Lists, one person, her mails, a file."""

    @router.get("", response=People, operation_id=f"list_{kind}s", summary="Search and filter")
    def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
        """Newest first. With `updated_since`, those changed since that moment only."""
        rows = newest(found_by(kind, search, user=request.user, given=request.GET))
        near = rows.select_related("owner").prefetch_related("addresses")
        page = paged(request, response, near, search, lambda row: row)
        return {**page, "items": show_many(page["items"])}

    @router.get("/export.csv", operation_id=f"export_{kind}s", summary="Export as CSV")
    def export(request: Caller, search: Query[Search]) -> StreamingHttpResponse:
        """All that the search finds, as a file which an import reads again. For those whose role exports."""
        rows = found_by(kind, search, user=request.user, given=request.GET)
        return as_file(kind, lines(kind, rows, by=request.user))  # type: ignore[arg-type]

    @router.get("/export.vcf", operation_id=f"export_{kind}_cards", summary="Export as vCard")
    def export_cards(request: Caller, search: Query[Search]) -> StreamingHttpResponse:
        """All that the search finds, as address cards (RFC 6350). For those whose role exports."""
        policy.require(request.user.may_export)
        rows = found_by(kind, search, user=request.user, given=request.GET)
        answer = StreamingHttpResponse(cards.cards(rows, by=request.user), content_type=cards.TYPE)  # type: ignore[arg-type]
        answer["Content-Disposition"] = f'attachment; filename="{kind}s-{clock.now():%Y-%m-%d}.vcf"'
        return answer

    @router.get("/{int:person_id}", response=PersonOut, operation_id=f"read_{kind}", summary="One person")
    def read(request: Caller, response: HttpResponse, person_id: int) -> PersonOut:
        """With the state of each address."""
        return tagged(response, show(found(request, kind, person_id)))

    @router.get("/{int:person_id}/card.vcf", operation_id=f"read_{kind}_card", summary="Her address card")
    def card(request: Caller, person_id: int) -> HttpResponse:
        """One person as vCard 4.0 (RFC 6350)."""
        return HttpResponse(cards.card(found(request, kind, person_id)), content_type=cards.TYPE)

    @router.get("/{int:person_id}/mails", response=Mails, operation_id=f"list_{kind}_mails", summary="Her mails")
    def mails(request: Caller, response: HttpResponse, person_id: int, page: PageQuery) -> dict[str, Any]:
        """Each mail to this person and what became of it, newest first."""
        rows = Recipient.objects.filter(person=found(request, kind, person_id))
        near = rows.select_related("message__content", "message__sender", "message__mass_mail")
        return paged(request, response, near, page, show_mail)


def writing(router: Router, kind: Person.Kind) -> None:
    """Add, change, delete."""

    @router.post("", response={201: PersonOut}, operation_id=f"add_{kind}", summary="Add a person")
    def add(request: Caller, new: PersonChange) -> Status[PersonOut]:
        """With a name or an address at least. An address that is known already makes a second record."""
        return Status(201, add_one(request, kind, new))

    @router.post("/batch", response=ManyOut, operation_id=f"add_many_{kind}s", summary="Add many people")
    def add_many(request: Caller, many: Many) -> ManyOut:
        """Up to 200, each with its own result: one that is refused keeps none of the others out."""
        policy.require(policy.level(request.user, kind, "edit") > policy.NONE)
        results = [try_one(request, kind, index, new) for index, new in enumerate(many.items)]
        return ManyOut(added=sum(one.person is not None for one in results), results=results)

    @router.patch("/{int:person_id}", response=PersonOut, operation_id=f"change_{kind}", summary="Change a person")
    def change(request: Caller, response: HttpResponse, person_id: int, wanted: PersonChange) -> PersonOut:
        """What is left out stays as it is."""
        with transaction.atomic():
            person = found(request, kind, person_id, hold=True)
            require_unchanged(request, show(person))
            actions.edit_person(person, draft(kind, wanted, request.user), by=request.user, now=clock.now())
        return tagged(response, show(found(request, kind, person_id)))

    @router.delete("/{int:person_id}", response={204: None}, operation_id=f"delete_{kind}", summary="Delete a person")
    def delete(request: Caller, person_id: int) -> Status[None]:
        """Mail that was sent stays, without the name; so do wishes."""
        actions.delete_person(found(request, kind, person_id), by=request.user, now=clock.now())
        return Status(204, None)


def wishes(router: Router, kind: Person.Kind) -> None:
    """Consent, opting out and in."""

    @router.post("/{int:person_id}/consent", response=PersonOut, operation_id=f"record_{kind}_consent", summary="Agree")
    def consent(request: Caller, person_id: int, wanted: ConsentIn) -> PersonOut:
        """Record consent to being followed, with its proof (UNSUB-06)."""
        person = changeable(request, kind, person_id)
        actions.record_consent(person, by=request.user, now=clock.now(), **wanted.model_dump())
        return show(found(request, kind, person_id))

    @router.post("/{int:person_id}/opt-out", response=PersonOut, operation_id=f"opt_out_{kind}", summary="Opt out")
    def opt_out(request: Caller, person_id: int, wanted: OptOutIn) -> PersonOut:
        """Do not write to any address of this person any more (UNSUB-02)."""
        opt_out_all(changeable(request, kind, person_id), wanted, request.user.pk)
        return show(found(request, kind, person_id))

    @router.post("/{int:person_id}/opt-in", response=PersonOut, operation_id=f"opt_in_{kind}", summary="Opt in")
    def opt_in(request: Caller, person_id: int, wanted: OptInIn) -> PersonOut:
        """Write to this person again; `words` says on whose wish, and is kept."""
        opt_in_all(changeable(request, kind, person_id), wanted, request.user)
        return show(found(request, kind, person_id))


leads = routes(Person.Kind.LEAD, "Leads")
contacts = routes(Person.Kind.CONTACT, "Contacts")
