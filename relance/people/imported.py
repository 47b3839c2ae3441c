"""Write a batch of imported people with few statements, through the same columns as `actions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relance.lib import at_once
from relance.lib.fold import fold
from relance.people.actions import PERSON_FIELDS, display_name, search_text
from relance.people.companies import Companies
from relance.people.models import Address, ConsentProof, Person
from relance.records import changes, definitions
from relance.records.custom import fields_of
from relance.records.imports.plan import Planned
from relance.records.imports.rows import Draft
from relance.records.imports.target import Origin
from relance.records.imports.typed import Typed
from relance.records.values import merged
from relance.team.models import User

CHANGED = (
    *PERSON_FIELDS, "name", "name_folded", "search", "primary_email", "tracking_consent", "account_id", "owner_id",
    "custom", "updated_at",
)  # fmt: skip


class Writing:
    """One batch being written."""

    def __init__(self, kind: str, origin: Origin, companies: Companies) -> None:
        self._kind = kind
        self._origin = origin
        self._companies = companies
        self._colleagues: Mapping[int, User] = User.objects.in_bulk()
        self._typed = Typed(fields_of(kind))

    def create(self, drafts: Sequence[Draft]) -> list[Person]:
        """New people with their addresses."""
        now = self._origin.now
        people = []
        for draft in drafts:
            person = Person(
                kind=self._kind, owner=self._origin.owner, import_id=self._origin.import_id, created_at=now,
                updated_at=now,
            )  # fmt: skip
            self._fill(person, draft)
            self._finish(person, [address.as_written for address in draft.addresses])
            people.append(person)
        at_once.added(people)
        with changes.through(changes.Way.IMPORT):
            changes.added_many(self._kind, people, by=self._origin.by, now=now)
        pairs = list(zip(people, drafts, strict=True))
        addresses = [
            {"person_id": person.pk, "position": position, "email": address.as_written, "normal": address.normal}
            for person, draft in pairs
            for position, address in enumerate(draft.addresses)
        ]
        at_once.written(Address, addresses)
        self._prove([(person, draft) for person, draft in pairs if "tracking_consent" in draft.values])
        return people

    def update(self, planned: Sequence[Planned]) -> None:
        """Change what the file names and leave the rest; addresses that are new are added after the others."""
        with definitions.remembering():
            self._update(planned)

    def _update(self, planned: Sequence[Planned]) -> None:
        wanted = {item.record_id for item in planned}
        near = Person.objects.select_related("account", "owner").prefetch_related("addresses")
        people = near.select_for_update(of=("self",)).in_bulk(list(wanted))
        before = {pk: changes.snapshot(person.kind, person) for pk, person in people.items()}
        taken = self._taken(planned)
        added: list[Address] = []
        pairs = [(people[item.record_id], item.draft) for item in planned if item.record_id in people]
        self._prove([pair for pair in pairs if _consents_anew(*pair)])
        for person, draft in pairs:
            self._fill(person, draft)
            added += _new_addresses(person, draft, taken)
        for person in people.values():
            emails = [a.email for a in (*person.addresses.all(), *(a for a in added if a.person_id == person.pk))]
            self._finish(person, emails)
            person.updated_at = self._origin.now
        if people:
            Person.objects.bulk_create(
                people.values(), update_conflicts=True, unique_fields=["id"], update_fields=list(CHANGED)
            )
        Address.objects.bulk_create(added)
        self._note(people, before)

    def _note(self, people: Mapping[int, Person], before: Mapping[int, changes.Snapshot]) -> None:
        """One line in the audit for each person whom the file changed (REC-10)."""
        with changes.through(changes.Way.IMPORT):
            for kind in Person.Kind.values:
                pairs = [(person, before[pk]) for pk, person in people.items() if person.kind == kind]
                changes.changed_many(kind, pairs, by=self._origin.by, now=self._origin.now)

    def _taken(self, planned: Sequence[Planned]) -> set[str]:
        normals = [address.normal for item in planned for address in item.draft.addresses]
        held = Address.objects.filter(normal__in=normals, person__isnull=False)
        return set(held.values_list("normal", flat=True))

    def _fill(self, person: Person, draft: Draft) -> None:
        for name in PERSON_FIELDS:
            if name in draft.values:
                setattr(person, name, draft.values[name])
        person.custom = merged(person.custom, self._typed.values(draft.values))
        if account := self._companies.named(draft.values.get("company", "")):
            person.account = account
        if "owner" in draft.values:
            person.owner = self._colleagues.get(int(draft.values["owner"]), person.owner)
        person.tracking_consent = draft.values.get("tracking_consent", person.tracking_consent)

    def _finish(self, person: Person, emails: Sequence[str]) -> None:
        person.name = display_name(person.first_name, person.last_name)
        person.primary_email = emails[0] if emails else ""
        person.name_folded = fold(person.name or person.primary_email or person.company)[:250]
        person.search = search_text(person, emails)

    def _prove(self, pairs: Sequence[tuple[Person, Draft]]) -> None:
        """Keep from which file a consent came (UNSUB-06)."""
        origin = self._origin
        ConsentProof.objects.bulk_create(
            ConsentProof(
                person=person, state=draft.values["tracking_consent"], at=origin.now, how="import",
                source=origin.file_name, by=origin.by,
            )
            for person, draft in pairs
        )  # fmt: skip


def _consents_anew(person: Person, draft: Draft) -> bool:
    return draft.values.get("tracking_consent", person.tracking_consent) != person.tracking_consent


def _new_addresses(person: Person, draft: Draft, taken: set[str]) -> list[Address]:
    """Addresses of the row that nobody holds yet; each is taken once."""
    added: list[Address] = []
    position = max((address.position for address in person.addresses.all()), default=-1)
    for address in draft.addresses:
        if address.normal not in taken:
            taken.add(address.normal)
            position += 1
            added.append(Address(person=person, position=position, email=address.as_written, normal=address.normal))
    return added
