"""Merge people, or companies, without losing mail, history or a wish (REC-08): the stricter consent wins.

The suppression ledger knows addresses, so no opt-out can be lost; of an address that both hold, the worse state stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.people import actions
from relance.people.actions import ACCOUNT_FIELDS, PERSON_FIELDS, AccountDraft, PersonDraft
from relance.people.models import Account, Address, Person
from relance.records import changes
from relance.records.custom import TAGS
from relance.records.merge import follow, note_moved
from relance.records.models import Change
from relance.team import policy
from relance.team.models import Module, User

WORST = (Address.State.BOUNCED, Address.State.INVALID, Address.State.VALID)
STRICTEST = (Person.Consent.DENIED, Person.Consent.UNKNOWN, Person.Consent.GRANTED)
MOST = 10
Row = TypeVar("Row", Person, Account)


class NotMerged(Refused):
    """These records cannot become one; the sentence says why, nothing was changed."""


@transaction.atomic
def merge_people(
    kept: Person, others: Sequence[Person], chosen: Mapping[str, int], *, by: User, now: datetime
) -> Person:
    """Make one person of several. `chosen` names, by field, the record whose value stays; else `kept`'s, if it has one.

    Raises Forbidden, NotMerged.
    """
    rows = _held(Person, kept, others)
    kept = rows[0]
    for row in rows:
        policy.require(policy.allows(by, row.kind, "edit" if row is kept else "delete", row))
    values = _values(rows, PERSON_FIELDS, chosen)
    account, owner = _of(rows, "account", chosen).account, _of(rows, "owner", chosen).owner
    kept.custom = _custom(rows, chosen)
    kept.tracking_consent = min((row.tracking_consent for row in rows), key=_strictness)
    kept.converted_at = min((row.converted_at for row in rows if row.converted_at), default=None)
    _join(rows)
    draft = PersonDraft(values={**values, "account": ""}, emails=_emails(kept), account=account, owner=owner)
    merged = actions.edit_person(kept, draft, by=by, now=now)
    _note(merged, merged.kind, [(row.pk, row.kind, str(row)) for row in rows[1:]], by=by, now=now)
    Person.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()
    return merged


@transaction.atomic
def merge_accounts(
    kept: Account, others: Sequence[Account], chosen: Mapping[str, int], *, by: User, now: datetime
) -> Account:
    """Make one company of several; its people and all that hangs on it follow. Raises Forbidden, NotMerged."""
    rows = _held(Account, kept, others)
    kept = rows[0]
    for row in rows:
        policy.require(policy.allows(by, Module.ACCOUNT, "edit" if row is kept else "delete", row))
    values, owner = _values(rows, ACCOUNT_FIELDS, chosen), _of(rows, "owner", chosen).owner
    kept.custom = _custom(rows, chosen)
    _join(rows)
    draft = AccountDraft(values=values, emails=_emails(kept), owner=owner)
    merged = actions.edit_account(kept, draft, by=by, now=now)
    _note(merged, Module.ACCOUNT, [(row.pk, Module.ACCOUNT, str(row)) for row in rows[1:]], by=by, now=now)
    Account.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()
    return merged


def _held(model: type[Row], kept: Row, others: Sequence[Row]) -> list[Row]:
    """The rows, locked in the order of their ids, the one that is kept first."""
    ids = {kept.pk, *(other.pk for other in others)}
    held = model._default_manager.select_for_update().filter(pk__in=ids).order_by("pk")
    rows = sorted(held, key=lambda row: row.pk != kept.pk)
    if len(rows) < 2 or len(rows) < len(ids):
        raise NotMerged(_("Choose at least two records that are still there."))
    if len(rows) > MOST:
        raise NotMerged(_("At most ten records can be merged at once."))
    return rows


def _of(rows: Sequence[Row], field: str, chosen: Mapping[str, int]) -> Row:
    """The record whose value of a field stays: the one chosen, else the first that has one."""
    for picked in rows:
        if picked.pk == chosen.get(field) and getattr(picked, field):
            return picked
    for row in rows:
        if getattr(row, field):
            return row
    return rows[0]


def _values(rows: Sequence[Row], fields: Sequence[str], chosen: Mapping[str, int]) -> dict[str, str]:
    values: dict[str, str] = {field: getattr(_of(rows, field, chosen), field) for field in fields}
    notes = dict.fromkeys(row.note.strip() for row in rows if row.note.strip())
    return {**values, "note": "\n\n".join(notes)}


def _custom(rows: Sequence[Row], chosen: Mapping[str, int]) -> dict[str, object]:
    held: dict[str, object] = {}
    for row in reversed(rows):
        held.update(row.custom)
    picked = {key: row.custom[key] for row in rows for key in row.custom if chosen.get(key) == row.pk}
    tags = list(dict.fromkeys(tag for row in rows for tag in row.custom.get(TAGS.key, ())))
    return {**held, **picked, **({TAGS.key: tags} if tags else {})}


def _strictness(consent: str) -> int:
    return [str(state) for state in STRICTEST].index(consent)


def _badness(state: str) -> int:
    return [str(one) for one in WORST].index(state)


def _emails(holder: Person | Account) -> tuple[str, ...]:
    return tuple(holder.addresses.order_by("position", "id").values_list("email", flat=True))


def _join(rows: Sequence[Row]) -> None:
    """Bring the addresses of the others together with those of the first, then everything that points to them."""
    kept = rows[0]
    known = {address.normal: address for address in kept.addresses.all()}
    for other in rows[1:]:
        for address in other.addresses.all():
            own = known.get(address.normal)
            if own is None:
                address.position = len(known)
                known[address.normal] = address
                _give(address, kept)
            else:
                _keep_worse(own, address)
        follow(kept, other, besides=("addresses",))
    kept.save()


def _give(address: Address, holder: Person | Account) -> None:
    address.person = holder if isinstance(holder, Person) else None
    address.account = holder if isinstance(holder, Account) else None
    address.save()


def _keep_worse(own: Address, other: Address) -> None:
    if _badness(other.state) < _badness(own.state):
        own.state, own.state_why, own.state_at = other.state, other.state_why, other.state_at
        own.state_recipient_id = other.state_recipient_id
    own.soft_bounces = max(own.soft_bounces, other.soft_bounces)
    own.save()


def _note(
    merged: Person | Account, module: str, gone: Sequence[tuple[int, str, str]], *, by: User, now: datetime
) -> None:
    """One line in the audit of the record that is kept; old links lead to it."""
    for pk, of_module, _name in gone:
        note_moved(of_module, pk, merged.pk)
    told: dict[str, list[changes.Told]] = {"merged": [[name for _pk, _module, name in gone], None]}
    changes.note(module, merged, Change.Act.MERGED, told, by=by, now=now)
