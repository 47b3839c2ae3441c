"""Imports into custom modules: known again by address, or by name where their records carry none (REC-08)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise

from relance.lib import at_once
from relance.records import actions, changes, custom, definitions, own
from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.plan import Fate, Known, Planned
from relance.records.imports.rows import Draft, Rejection, name_key
from relance.records.imports.target import ImportTarget, Origin, Removed, known_as, remove
from relance.records.imports.typed import Typed, colleagues, typed_fields
from relance.records.models import CustomModule, Record
from relance.records.values import merged
from relance.team import policy
from relance.team.models import User

CHANGED = ("name", "name_folded", "search", "email", "normal", "custom", "owner", "updated_at")


def targets() -> Mapping[str, ImportTarget]:
    """One for each custom module."""
    return {made.key: RecordsTarget(made) for made in custom.modules()}


class RecordsTarget:
    """The records of one custom module."""

    naming: Sequence[str] = ("name",)
    label: str | Promise

    def __init__(self, made: CustomModule) -> None:
        self.key, self.label, self._made = made.key, made.plural, made
        self.known_by: Sequence[str] = () if made.has_email else self.naming

    def fields(self) -> Sequence[ImportField]:
        """A name, an address if they carry one, an owner, then the fields that the administrator made."""
        built_in = {field.key: field for field in own.declared(self._made)}
        email = (
            ImportField(key="email", label=built_in["email"].label, kind=Kind.EMAIL) if self._made.has_email else None
        )
        return (
            ImportField(key="name", label=built_in["name"].label, max_length=250, names=(self._made.name.lower(),)),
            *((email,) if email else ()),
            *typed_fields(custom.fields_of(self.key)),
            ImportField(key="owner", label=built_in["owner"].label, kind=Kind.CHOICE, choices=colleagues()),
        )

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add records."""
        return policy.level(user, self.key, "edit") > policy.NONE

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The oldest record of each address or name."""
        rows = Record.objects.of(self.key).select_related("owner").order_by("-pk")
        if self.known_by:
            folded = [key.removeprefix("=")[:250] for key in keys]
            return {name_key(row.name_folded): self._known(row, by) for row in rows.filter(name_folded__in=folded)}
        return {row.normal: self._known(row, by) for row in rows.filter(normal__in=list(keys))}

    def _known(self, row: Record, by: User) -> Known:
        return known_as(self.key, row, import_id=row.import_id, by=by)

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Write records with few statements; the audit says from which import those came that were changed."""
        typed = Typed(custom.fields_of(self.key))
        people = User.objects.in_bulk()
        with definitions.remembering(), changes.through(changes.Way.IMPORT):
            self._create([item.draft for item in batch if item.fate == Fate.CREATE], typed, people, origin)
            self._update([item for item in batch if item.fate == Fate.UPDATE], typed, people, origin)
        return ()

    def _create(self, drafts: Sequence[Draft], typed: Typed, people: Mapping[int, User], origin: Origin) -> None:
        rows = []
        for draft in drafts:
            row = Record(
                module=self.key, owner=origin.owner, import_id=origin.import_id, created_at=origin.now,
                updated_at=origin.now,
            )  # fmt: skip
            _fill(row, draft, typed, people)
            rows.append(row)
        at_once.added(rows)
        changes.added_many(self.key, rows, by=origin.by, now=origin.now)

    def _update(self, planned: Sequence[Planned], typed: Typed, people: Mapping[int, User], origin: Origin) -> None:
        wanted = [item.record_id for item in planned]
        rows = Record.objects.select_for_update(of=("self",)).select_related("owner").in_bulk(wanted)

        def filled() -> Iterator[tuple[Record, changes.Snapshot]]:
            """Each record as its line of the file leaves it, with how it was; the audit looks before the next line."""
            for item in planned:
                if row := rows.get(item.record_id):
                    before = changes.snapshot(self.key, row)
                    _fill(row, item.draft, typed, people)
                    row.updated_at = origin.now
                    yield row, before

        changes.changed_many(self.key, filled(), by=origin.by, now=origin.now)
        if rows:
            Record.objects.bulk_create(
                rows.values(), update_conflicts=True, unique_fields=["id"], update_fields=CHANGED
            )

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete the records that an import created and that nobody has changed since."""
        return remove(self.key, Record.objects.of(self.key).filter(import_id=import_id), by=by, now=now)


def _fill(row: Record, draft: Draft, typed: Typed, people: Mapping[int, User]) -> None:
    """What the file names; the rest stays."""
    row.name = draft.values.get("name", row.name)
    row.email = draft.addresses[0].as_written if draft.addresses else row.email
    if "owner" in draft.values:
        row.owner = people.get(int(draft.values["owner"]), row.owner)
    row.custom = merged(row.custom, typed.values(draft.values))
    actions.finish(row)
