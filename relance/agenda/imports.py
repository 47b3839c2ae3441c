"""Tasks, calls, cases and notes out of a file: what they are about is found by number, address or name (REC-08).

One that is there already is known again by its subject, what it is about and, for a task or a call, its date. A note
has nothing to know it by: each row is a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial

from django.utils.functional import Promise

from relance.agenda import actions
from relance.agenda.models import Call, Case, Note, Task
from relance.agenda.rules import END_OF_WORK
from relance.lib import written
from relance.records import registry
from relance.records.fields import Field
from relance.records.imports.fields import ImportField
from relance.records.imports.plan import Fate, Known, Planned
from relance.records.imports.rows import BETWEEN, Rejection, name_key
from relance.records.imports.target import Origin, Removed, known_as, one_by_one, remove
from relance.records.imports.typed import Typed, in_a_file, typed_fields
from relance.records.values import Habits, text
from relance.team import policy
from relance.team.models import User

Entry = Task | Call | Case | Note
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "subject": ("sujet", "objet", "titre", "tache", "title", "name", "nom"),
    "due_at": ("echeance", "date", "due date", "debut", "start"),
    "text": ("texte", "commentaire", "comment"),
    "owner": ("assigne a", "proprietaire", "owner", "responsable"),
    "person": ("personne", "contact", "e mail", "email", "adresse e mail"),
    "account": ("compte", "societe", "entreprise", "company"),
    "deal": ("affaire", "opportunite", "opportunity"),
}
ABOUT = ("person", "account", "deal", "case")


def targets() -> Iterable[AgendaTarget]:
    """The four kinds."""
    return (AgendaTarget(Task), AgendaTarget(Call), AgendaTarget(Case), AgendaTarget(Note))


class AgendaTarget:
    """One of the four kinds as imports write it, row by row through the same verbs as pages."""

    def __init__(self, kind: type[Entry]) -> None:
        module = actions.MODULES[kind]
        self.key: str = module.value
        self.label: str | Promise = module.label
        self.naming: Sequence[str] = ("text" if kind is Note else "subject",)
        self._kind, self._module = kind, module
        self._about = tuple(name for name in ABOUT if hasattr(kind, f"{name}_id"))
        self._dates = ("due_at",) if kind in (Task, Call) else ()
        self.known_by: Sequence[str] = () if kind is Note else ("subject", *self._about, *self._dates)

    def fields(self) -> Sequence[ImportField]:
        """What the module declares, and what administrators added."""
        return [self._offered(field) for field in typed_fields(self._fields())]

    def _fields(self) -> Sequence[Field]:
        return [field for field in registry.fields(self._module) if field.editable]

    def _offered(self, field: ImportField) -> ImportField:
        read = by_evening(field.read) if field.key == "due_at" and field.read and self._kind is Task else field.read
        return replace(field, names=OTHER_NAMES.get(field.key, ()), read=read)

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add them."""
        return policy.level(user, self._module, "edit") > policy.NONE

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The oldest of each subject, about the same records, at the same time."""
        subjects = {key.removeprefix("=").partition(BETWEEN)[0] for key in keys}
        rows = self._kind._default_manager.select_related("owner").filter(name_folded__in=subjects).order_by("-pk")
        habits = in_a_file()
        return {self._key_of(row, habits): known_as(self._module, row, import_id=row.import_id, by=by) for row in rows}

    def _key_of(self, row: Entry, habits: Habits) -> str:
        about = [str(getattr(row, f"{name}_id") or "") for name in self._about]
        dates = [text(registry.field(self._module, name), getattr(row, name), habits) for name in self._dates]
        return name_key(row.name_folded, *about, *dates)

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Add and change them in the caller's transaction."""
        return one_by_one(batch, partial(self._write, Typed(self._fields()), origin))

    def _write(self, typed: Typed, origin: Origin, item: Planned) -> None:
        values = typed.values(item.draft.values)
        if item.fate == Fate.CREATE:
            made = {"owner": origin.owner.pk, **values}
            actions.add(self._kind, made, by=origin.by, now=origin.now, import_id=origin.import_id)
        elif row := self._kind._default_manager.filter(pk=item.record_id).first():
            actions.edit(row, values, by=origin.by, now=origin.now)

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete those that an import created and that nobody has changed or finished since."""
        return remove(self.key, self._kind._default_manager.filter(import_id=import_id), by=by, now=now)


def by_evening(read: Callable[[str], str]) -> Callable[[str], str]:
    """A day without an hour is the end of its work, as on the pages."""

    def reading(cell: str) -> str:
        with suppress(ValueError):
            told = written.moment(cell, UTC)
            cell = f"{told:%Y-%m-%d} {END_OF_WORK:%H:%M}" if told.time() == time.min else cell
        return read(cell)

    return reading
