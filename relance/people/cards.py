"""People as address cards, vCard 4.0 (RFC 6350), for telephones and mail programs (API-05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from relance.lib.content_lines import escaped, joined, line, raw
from relance.people.models import People, Person
from relance.team.models import User
from relance.team.workspace import organisation

TYPE = "text/vcard; charset=utf-8"


def card(person: Person) -> str:
    """One card; addresses of hers that are dead are left out."""
    return joined(_lines(person, str(organisation().installation)))


def cards(people: People, *, by: User) -> Iterator[str]:
    """The cards of all of these people whom a colleague may see, in the order of their keys."""
    house = str(organisation().installation)
    rows = people.visible_to(by).select_related("account").prefetch_related("addresses").order_by("pk")
    for person in rows.iterator(chunk_size=500):
        yield joined(_lines(person, house))


def _lines(person: Person, house: str) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield "KIND:individual"
    yield line("UID", f"person-{person.pk}@{house}", value="text")
    yield line("FN", str(person) or "?")
    yield raw("N", ";".join((escaped(person.last_name), escaped(person.first_name), "", "", "")))
    for number, address in enumerate(held for held in person.addresses.all() if held.state == "valid"):
        yield line("EMAIL", address.email, **({"pref": "1"} if number == 0 else {}))
    if person.phone:
        yield line("TEL", person.phone, type="work,voice")
    if person.mobile:
        yield line("TEL", person.mobile, type="cell")
    yield from _work(person)
    yield f"REV:{person.updated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield "END:VCARD"


def _work(person: Person) -> Iterator[str]:
    company = person.account.name if person.account else person.company
    if company:
        yield line("ORG", company)
    plain = (("TITLE", person.job_title), ("LANG", person.language), ("TZ", person.time_zone), ("NOTE", person.note))
    yield from (line(name, text) for name, text in plain if text)
    place = (person.street, person.city, "", person.postcode, person.country)
    if any(place):
        yield raw("ADR", ";".join(("", "", *map(escaped, place))), type="work")
