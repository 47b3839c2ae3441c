"""Imports of leads and contacts: which fields they take, whom we know by address, how a batch is written (REC-08)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, Field, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance import events
from relance.people.companies import Companies
from relance.people.imported import Writing
from relance.people.models import Account, Address, ConsentProof, Person
from relance.people.suppression import Wish, suppress
from relance.records import custom
from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.plan import Fate, Known, Planned
from relance.records.imports.rows import Rejection
from relance.records.imports.target import Origin, Removed, known_as, remove
from relance.records.imports.typed import colleagues, typed_fields
from relance.team import policy
from relance.team.models import Module, User

OTHER_KINDS = {"phone": Kind.PHONE, "mobile": Kind.PHONE, "language": Kind.LANGUAGE, "time_zone": Kind.ZONE}
BEFORE_EMAIL = ("first_name", "last_name")
AFTER_EMAIL = (
    "phone", "mobile", "job_title", "company", "street", "postcode", "city", "country", "language", "time_zone",
    "source",
)  # fmt: skip
CONSENTS = {
    "granted": ("oui", "yes", "o", "y", "1", "true", "vrai", "x", "accepte", "agreed", "granted"),
    "denied": ("non", "no", "n", "0", "false", "faux", "refuse", "refused", "denied"),
}


class PeopleTarget:
    """Leads, or contacts; contacts also bring in their companies as accounts."""

    naming: Sequence[str] = ("first_name", "last_name", "full_name")
    known_by: Sequence[str] = ()

    def __init__(self, kind: str, label: str | Promise) -> None:
        self.key = kind
        self.label = label

    def fields(self) -> Sequence[ImportField]:
        """Those of a person, with the ways in which files name them."""
        return (
            *(_of_model(name) for name in BEFORE_EMAIL),
            ImportField(key="full_name", label=_("Whole name"), kind=Kind.FULL_NAME, max_length=120),
            ImportField(key="email", label=_("E-mail address"), kind=Kind.EMAIL, many=True),
            *(_of_model(name) for name in AFTER_EMAIL),
            *self._of_company(),
            ImportField(key="owner", label=_("Owner"), kind=Kind.CHOICE, choices=colleagues()),
            ImportField(key="note", label=_("Note"), kind=Kind.LONG_TEXT, many=True, max_length=20_000),
            ImportField(
                key="tracking_consent", label=_("Consent to tracking"), kind=Kind.CHOICE,
                choices={word: state for state, words in CONSENTS.items() for word in words},
            ),
            ImportField(key="opted_out", label=_("Opted out"), kind=Kind.YES_NO),
            *typed_fields(custom.fields_of(self.key)),
        )  # fmt: skip

    def _of_company(self) -> Sequence[ImportField]:
        if self.key != Person.Kind.CONTACT:
            return ()
        return (ImportField(key="website", label=_("Website"), kind=Kind.URL, max_length=300),)

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add people of this kind."""
        return policy.level(user, self.key, "edit") > policy.NONE

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The person who holds each address: one of this kind first, then the oldest."""
        held = Address.objects.filter(normal__in=list(keys), person__isnull=False)
        found: dict[str, Known] = {}
        for address in sorted(held.select_related("person__owner"), key=self._nearness):
            if address.person is not None and address.normal not in found:
                found[address.normal] = known_as(
                    address.person.kind, address.person, import_id=address.person.import_id, by=by
                )
        return found

    def _nearness(self, address: Address) -> tuple[bool, int]:
        return (address.person is None or address.person.kind != self.key, address.person_id or 0)

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Write people, addresses, companies, wishes and consents; tell of those who are new."""
        writing = Writing(self.key, origin, self._companies(batch, origin))
        created = writing.create([item.draft for item in batch if item.fate == Fate.CREATE])
        writing.update([item for item in batch if item.fate == Fate.UPDATE])
        wishes = _wishes(batch, origin)
        events.emit_many([events.RecordCreated(person.pk) for person in created])
        events.emit_many([events.PersonOptedOut(line) for line in wishes])
        return ()

    def _companies(self, batch: Sequence[Planned], origin: Origin) -> Companies:
        if self.key != Person.Kind.CONTACT or policy.level(origin.by, Module.ACCOUNT, "edit") == policy.NONE:
            return Companies.none()
        named = {
            item.draft.values["company"]: item.draft.values.get("website", "")
            for item in batch
            if item.draft.values.get("company")
        }
        return Companies.found_or_made(named, origin=origin)

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete the people, then the companies, that came with an import and that nothing has touched since."""
        people = Person.objects.filter(import_id=import_id)
        total = people.count()
        spoken = ConsentProof.objects.filter(person=OuterRef("pk"), at__gt=OuterRef("created_at"))
        own = ("addresses", "consent_proofs")
        gone = remove(self.key, people.filter(~Exists(spoken)), by=by, now=now, own=own).removed
        remove(Module.ACCOUNT, Account.objects.filter(import_id=import_id), by=by, now=now, own=("addresses",))
        return Removed(removed=gone, kept=total - gone)


def _of_model(name: str) -> ImportField:
    column = Person._meta.get_field(name)
    assert isinstance(column, Field)
    return ImportField(
        key=name,
        label=column.verbose_name,
        kind=OTHER_KINDS.get(name, Kind.TEXT),
        max_length=column.max_length or 0,
    )


def _wishes(batch: Sequence[Planned], origin: Origin) -> list[int]:
    """Write into the ledger the addresses that the file says have opted out; the lines that are new."""
    lines: list[int] = []
    with connection.cursor() as cursor:
        for item in batch:
            if item.draft.values.get("opted_out") != "yes":
                continue
            for address in item.draft.addresses:
                wish = Wish(
                    normal=address.normal, route="import", at=origin.now, words=origin.file_name, by_id=origin.by.pk
                )
                line = suppress(cursor, wish)
                lines += [line] if line is not None else []
    return lines
