"""Convert a lead into a contact, with an account and a deal if they are wanted, in one act (REC-06)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from relance.deals import actions
from relance.deals.models import Deal
from relance.lib.fold import fold
from relance.people.actions import AccountDraft, add_account
from relance.people.converting import become_contact
from relance.people.models import Account, Person
from relance.records.fields import Values
from relance.team.models import User


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What is wanted of a conversion. `account` is one that exists, `company` names one: found by that name among
    those that the colleague may see, or made. `deal` holds the values of a new deal, None for no deal."""

    account: Account | None = None
    company: str = ""
    deal: Values | None = None


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What came of it."""

    person: Person
    account: Account | None
    deal: Deal | None


@transaction.atomic
def convert(person: Person, wanted: Conversion, *, by: User, now: datetime) -> Converted:
    """Make a lead a contact. Raises Forbidden, AlreadyContact, and what adding a deal raises; then nothing is done."""
    account = wanted.account or _named(wanted.company, person, by=by, now=now)
    contact = become_contact(person, account=account, by=by, now=now)
    deal = _deal(wanted.deal, contact, by=by, now=now) if wanted.deal is not None else None
    return Converted(person=contact, account=account, deal=deal)


def _named(company: str, person: Person, *, by: User, now: datetime) -> Account | None:
    name = " ".join(company.split())[:200]
    if not name:
        return None
    known = Account.objects.visible_to(by).filter(name_folded=fold(name)[:200]).order_by("id").first()
    if known is not None:
        return known
    place = {"name": name, "city": person.city, "country": person.country}
    return add_account(AccountDraft(values=place, owner=person.owner), by=by, now=now)


def _deal(told: Values, contact: Person, *, by: User, now: datetime) -> Deal:
    of_contact: Values = {"contact": contact.pk, "account": contact.account_id, "owner": contact.owner_id or by.pk}
    return actions.add({**of_contact, **told}, by=by, now=now)
