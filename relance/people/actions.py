"""Add and change people and companies, their addresses, their wishes and their consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from relance import events
from relance.lib import addresses
from relance.lib.fold import fold
from relance.lib.refusal import Refused
from relance.people.models import Account, Address, ConsentProof, Person, Suppression
from relance.people.suppression import Wish, lift, suppress
from relance.records import changes
from relance.records.fields import Values
from relance.records.models import Record
from relance.records.taking import custom_values
from relance.team import policy
from relance.team.models import Module, User

SOFT_BOUNCES_MAKE_INVALID = 5
MOST_SEARCHED = 1_200
PERSON_FIELDS = (
    "first_name", "last_name", "job_title", "phone", "mobile", "company", "street", "postcode", "city", "country",
    "language", "time_zone", "source", "note",
)  # fmt: skip
ACCOUNT_FIELDS = ("name", "website", "phone", "industry", "street", "postcode", "city", "country", "note")


class BadAddress(Refused):
    """An e-mail address that cannot be written to; the sentence names it and says why."""


class NobodyNamed(Refused):
    """A person without a name and without an address."""


@dataclass(frozen=True, kw_only=True)
class PersonDraft:
    """What is to be known of a lead or contact. `emails`: the first is the primary address; None leaves them alone.

    `values` may name `account` and `owner`: without one, nobody and nothing is meant then.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    custom: Values = field(default_factory=dict)
    emails: tuple[str, ...] | None = None
    account: Account | None = None
    owner: User | None = None
    import_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccountDraft:
    """What is to be known of a company."""

    values: Mapping[str, str] = field(default_factory=dict)
    custom: Values = field(default_factory=dict)
    emails: tuple[str, ...] | None = None
    owner: User | None = None
    import_id: int | None = None


@transaction.atomic
def add_person(kind: str, draft: PersonDraft, *, by: User, now: datetime) -> Person:
    """A new lead or contact. Raises Forbidden, BadAddress, BadValue, NobodyNamed."""
    policy.require(policy.level(by, kind, "edit") > policy.NONE)
    named = (*(draft.emails or ()), draft.values.get("first_name", ""), draft.values.get("last_name", ""))
    if not any(text.strip() for text in named):
        raise NobodyNamed(_("Give a name or an e-mail address."))
    person = Person(kind=kind, owner=draft.owner or by, created_at=now, updated_at=now, import_id=draft.import_id)
    _fill(person, draft)
    person.custom = custom_values(kind, person.custom, draft.custom, by=by, new=True)
    person.save()
    set_addresses(person, draft.emails or ())
    changes.added(kind, person, by=by, now=now)
    events.emit(events.RecordCreated(person.pk))
    return person


@transaction.atomic
def edit_person(person: Person, draft: PersonDraft, *, by: User, now: datetime) -> Person:
    """Change what the draft names and leave the rest. Raises Forbidden, BadAddress."""
    policy.require(policy.allows(by, person.kind, "edit", person))
    before = changes.snapshot(person.kind, person)
    if draft.owner is not None or "owner" in draft.values:
        person.owner = draft.owner
    _fill(person, draft)
    person.custom = custom_values(person.kind, person.custom, draft.custom, by=by, new=False)
    person.updated_at = now
    person.save()
    if draft.emails is not None:
        set_addresses(person, draft.emails)
    changes.changed(person.kind, person, before, by=by, now=now)
    return person


def _fill(person: Person, draft: PersonDraft) -> None:
    for name in PERSON_FIELDS:
        if name in draft.values:
            setattr(person, name, draft.values[name].strip())
    if draft.account is not None or "account" in draft.values:
        person.account = draft.account
        if draft.account is not None and not person.company:
            person.company = draft.account.name
    person.name = display_name(person.first_name, person.last_name)
    if draft.emails:
        person.primary_email = draft.emails[0].strip()
    person.name_folded = fold(person.name or person.primary_email)[:250]
    person.search = search_text(person, draft.emails)


def display_name(first: str, last: str) -> str:
    """How a person is called."""
    return " ".join(part for part in (first.strip(), last.strip()) if part)


def search_text(person: Person, emails: Iterable[str] | None) -> str:
    """What a search looks into, folded: name, company, city, job and every address."""
    written = (
        emails if emails is not None else [address.email for address in person.addresses.all()] if person.pk else ()
    )
    return _searched(person.name, person.company, person.city, person.job_title, *written)


def _searched(*texts: str) -> str:
    """Folded, and short enough for the index which carries it (a B-tree row holds 2,700 bytes)."""
    return fold(" ".join(texts)).encode()[:MOST_SEARCHED].decode(errors="ignore")


@transaction.atomic
def add_account(draft: AccountDraft, *, by: User, now: datetime) -> Account:
    """A new company. Raises Forbidden, BadAddress."""
    policy.require(policy.level(by, Module.ACCOUNT, "edit") > policy.NONE)
    account = Account(owner=draft.owner or by, created_at=now, updated_at=now, import_id=draft.import_id)
    _fill_account(account, draft)
    account.custom = custom_values(Module.ACCOUNT, account.custom, draft.custom, by=by, new=True)
    account.save()
    set_addresses(account, draft.emails or ())
    changes.added(Module.ACCOUNT, account, by=by, now=now)
    return account


@transaction.atomic
def edit_account(account: Account, draft: AccountDraft, *, by: User, now: datetime) -> Account:
    """Change what the draft names and leave the rest. Raises Forbidden, BadAddress."""
    policy.require(policy.allows(by, Module.ACCOUNT, "edit", account))
    before = changes.snapshot(Module.ACCOUNT, account)
    if draft.owner is not None or "owner" in draft.values:
        account.owner = draft.owner
    _fill_account(account, draft)
    account.custom = custom_values(Module.ACCOUNT, account.custom, draft.custom, by=by, new=False)
    account.updated_at = now
    account.save()
    if draft.emails is not None:
        set_addresses(account, draft.emails)
    changes.changed(Module.ACCOUNT, account, before, by=by, now=now)
    return account


def _fill_account(account: Account, draft: AccountDraft) -> None:
    for name in ACCOUNT_FIELDS:
        if name in draft.values:
            setattr(account, name, draft.values[name].strip())
    if draft.emails:
        account.primary_email = draft.emails[0].strip()
    account.name_folded = fold(account.name)[:200]
    written = draft.emails or (account.primary_email,)
    account.search = _searched(account.name, account.city, account.website, *written)


def set_addresses(holder: Person | Account, emails: Iterable[str]) -> None:
    """Make these the holder's addresses, in this order; what is known of one that stays is kept. Raises BadAddress."""
    kept = {address.normal: address for address in holder.addresses.all()}
    wanted: dict[str, str] = {}
    for email in emails:
        if email.strip():
            read = parse(email)
            wanted.setdefault(read.normal, read.as_written)
    for normal, address in kept.items():
        if normal not in wanted:
            address.delete()
    for position, (normal, email) in enumerate(wanted.items()):
        address = kept.get(normal) or Address(normal=normal, **_holder(holder))
        address.position, address.email = position, email
        address.save()
    getattr(holder, "_prefetched_objects_cache", {}).pop("addresses", None)  # what was read before is not so any more
    primary = next(iter(wanted.values()), "")
    if holder.primary_email != primary:
        holder.primary_email = primary
        holder.save(update_fields=["primary_email"])


def _holder(holder: Person | Account) -> dict[str, Person | Account]:
    return {"person": holder} if isinstance(holder, Person) else {"account": holder}


def parse(email: str) -> addresses.Address:
    """Read an address as somebody typed it. Raises BadAddress with a sentence."""
    try:
        return addresses.parse(email)
    except addresses.InvalidAddress as error:
        raise BadAddress(
            _("%(email)s is not an e-mail address. Correct it or leave it out.") % {"email": email}
        ) from error


@transaction.atomic
def delete_person(person: Person, *, by: User, now: datetime) -> None:
    """Delete a lead or contact. Mail that was sent stays, without the name; so do wishes. Raises Forbidden."""
    policy.require(policy.allows(by, person.kind, "delete", person))
    changes.deleted(person.kind, person, by=by, now=now)
    person.delete()


@transaction.atomic
def delete_account(account: Account, *, by: User, now: datetime) -> None:
    """Delete a company; its people stay. Raises Forbidden."""
    policy.require(policy.allows(by, Module.ACCOUNT, "delete", account))
    changes.deleted(Module.ACCOUNT, account, by=by, now=now)
    account.delete()


@transaction.atomic
def opt_out(wish: Wish) -> bool:
    """Never write to this address again in this scope; the first date stands. False if that was so already."""
    with connection.cursor() as cursor:
        line = suppress(cursor, wish)
    if line is None:
        return False
    events.emit(events.PersonOptedOut(line))
    return True


@transaction.atomic
def opt_in(*, normal: str, by: User | None, words: str, now: datetime, scope: str | None = None) -> bool:
    """Write to this address again, by its own wish or a colleague's word, which is kept. False if nothing stood."""
    with connection.cursor() as cursor:
        return bool(lift(cursor, normal=normal, scope=scope, at=now, by_id=by.pk if by else None, words=words))


@transaction.atomic
def note_bounce(normal: str, *, hard: bool, why: str, recipient_id: int, now: datetime) -> None:
    """Mark every record's copy of an address: a hard bounce at once, soft ones after five in a row (CAMP-06).

    A hard bounce may be told twice, and late: what a colleague has said of the address since then stands. That an
    address is dead which only a record of one's own module holds, is kept in the ledger.
    """
    rows = Address.objects.filter(normal=normal).exclude(state=Address.State.BOUNCED)
    facts = {"state_at": now, "state_why": why[:300], "state_recipient_id": recipient_id}
    if hard:
        rows.exclude(state_at__gt=now).update(state=Address.State.BOUNCED, **facts)
        if not Address.objects.filter(normal=normal).exists() and Record.objects.filter(normal=normal).exists():
            _bury(normal, why=why, recipient_id=recipient_id, now=now)
        return
    for address in rows.select_for_update():
        address.soft_bounces += 1
        if address.soft_bounces >= SOFT_BOUNCES_MAKE_INVALID:
            address.state = Address.State.BOUNCED
            address.state_at, address.state_why, address.state_recipient_id = now, why[:300], recipient_id
        address.save()


def _bury(normal: str, *, why: str, recipient_id: int, now: datetime) -> None:
    """No wish, so nobody is told of one; the gate lets no mail to it."""
    dead = Wish(
        normal=normal, scope=Suppression.Scope.INVALID, route=Suppression.Route.BOUNCE, at=now,
        recipient_id=recipient_id, words=why,
    )  # fmt: skip
    with connection.cursor() as cursor:
        suppress(cursor, dead)


def note_delivery(normals: Iterable[str]) -> None:
    """Soft bounces heal: the relay has taken a mail for these addresses, or they have answered."""
    Address.objects.filter(normal__in=list(normals), soft_bounces__gt=0).exclude(state=Address.State.BOUNCED).update(
        soft_bounces=0
    )


@transaction.atomic
def heal(address: Address, *, by: User, now: datetime) -> None:
    """A colleague says that an address works after all. Raises Forbidden."""
    holder: Person | Account = address.person or address.account  # type: ignore[assignment]
    module = holder.kind if isinstance(holder, Person) else Module.ACCOUNT
    policy.require(policy.allows(by, module, "edit", holder))
    Address.objects.filter(normal=address.normal).update(
        state=Address.State.VALID, state_why="", state_at=now, state_recipient_id=None, soft_bounces=0
    )


@transaction.atomic
def record_consent(
    person: Person, state: str, *, how: str, words: str, source: str, by: User | None, now: datetime
) -> ConsentProof:
    """Write a person's consent to being followed, with its proof (UNSUB-06)."""
    Person.objects.filter(pk=person.pk).update(tracking_consent=state)
    person.tracking_consent = state
    return ConsentProof.objects.create(
        person=person, state=state, at=now, how=how, words=words, source=source[:300], by=by
    )


def standing(normals: Iterable[str]) -> dict[str, list[Suppression]]:
    """The lines of the ledger that stand for these addresses."""
    lines: dict[str, list[Suppression]] = {}
    for line in Suppression.objects.filter(normal__in=list(normals), lifted_at=None).order_by("at", "id"):
        lines.setdefault(line.normal, []).append(line)
    return lines
