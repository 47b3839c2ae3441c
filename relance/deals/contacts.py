"""The people of a deal: one of them is the primary contact, to whom mail of the deal goes (MASS-09)."""

from __future__ import annotations

from datetime import datetime

from relance.deals.filling import number_of
from relance.deals.models import Deal, DealContact
from relance.people.models import Person
from relance.records.fields import Values
from relance.team.models import User


def set_contacts(deal: Deal, values: Values, *, by: User, now: datetime) -> None:
    """Make these the people of the deal, the first of them the primary one unless `contact` names another.

    Left out, they stay; so does whom the writer may not see. That the others may be linked was looked at by `fill`.
    """
    if "contacts" not in values and "contact" not in values:
        return
    there = list(DealContact.objects.filter(deal=deal).values_list("person_id", flat=True))
    wanted = _wanted(values, there)
    hidden = set(there) - set(Person.objects.visible_to(by).filter(pk__in=there).values_list("pk", flat=True))
    kept = list(dict.fromkeys([*wanted, *(pk for pk in there if pk in hidden)]))
    DealContact.objects.filter(deal=deal).exclude(person_id__in=kept).delete()
    DealContact.objects.bulk_create(
        [DealContact(deal=deal, person_id=pk, since=now) for pk in kept if pk not in there], ignore_conflicts=True
    )
    _set_primary(deal, values, kept)


def _wanted(values: Values, there: list[int]) -> list[int]:
    given, primary = values.get("contacts"), number_of(values.get("contact"))
    named = [number_of(one) for one in given] if isinstance(given, tuple) else [number_of(given)]
    rest = named if "contacts" in values else there
    return list(dict.fromkeys(pk for pk in [primary, *rest] if pk is not None))


def _set_primary(deal: Deal, values: Values, kept: list[int]) -> None:
    """The one named; else the one that was, if still among them; else the first."""
    primary = number_of(values.get("contact")) or (deal.contact_id if "contact" not in values else None)
    if primary not in kept:
        primary = kept[0] if kept else None
    if primary != deal.contact_id:
        deal.contact = Person.objects.filter(pk=primary).first() if primary else None
        Deal.objects.filter(pk=deal.pk).update(contact=deal.contact)
