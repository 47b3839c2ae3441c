"""Where imported rows go: a module says which fields it offers, whom it knows already, and how it writes a batch.

The package of a module (people today, custom modules tomorrow) registers its targets when it starts; the import
itself knows no table but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from relance import events
from relance.lib.refusal import Refused
from relance.records import changes, definitions
from relance.records.imports.fields import ImportField
from relance.records.imports.plan import Known, Planned
from relance.records.imports.rows import Rejection
from relance.records.unused import Record, unused
from relance.team import policy
from relance.team.models import User

AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Origin:
    """On whose behalf and from which file records are written; `owner` is given to those that name nobody."""

    import_id: int
    file_name: str
    by: User
    owner: User
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What an undo took away and what it left, since somebody has used it."""

    removed: int
    kept: int


class ImportTarget(Protocol):
    """One module that can be imported into.

    A row without address needs one of the fields in `naming`; by those in `known_by`, taken together, a record that has
    no address is known again.
    """

    key: str
    label: str | Promise
    naming: Sequence[str]
    known_by: Sequence[str]

    def fields(self) -> Sequence[ImportField]:
        """The fields that a column may feed, in the order of the form."""

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add records to the module."""

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The record that holds each of these addresses; with `known_by`, that has these fields (see `rows.key_of`)."""

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Create and update what the batch says, in the caller's transaction; the rows that were refused."""

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete the records that an import created and that nobody has touched, written to or linked since."""


_targets: dict[str, ImportTarget] = {}
_own: list[Callable[[], Mapping[str, ImportTarget]]] = []


def register(target: ImportTarget) -> None:
    """Offer a module to imports; called once when its package starts."""
    _targets[target.key] = target


def register_own(targets: Callable[[], Mapping[str, ImportTarget]]) -> None:
    """Offer the modules that administrators make, which come and go while Relance runs."""
    _own[:] = [targets]


def targets() -> Sequence[ImportTarget]:
    """Every module that can be imported into."""
    return (*_targets.values(), *(_own[0]().values() if _own else ()))


def target(module: str) -> ImportTarget:
    """The target of a module. Raises KeyError for one that takes no imports."""
    return _targets[module] if module in _targets or not _own else _own[0]()[module]


def known_as(module: str, row: Model, *, import_id: int | None, by: User) -> Known:
    """A record that is there already, as a plan looks at it; its name stands only for those who may read it."""
    return Known(
        record_id=row.pk,
        may_edit=policy.allows(by, module, "edit", row),
        name=str(row) if policy.allows(by, module, "read", row) else "",
        import_id=import_id,
    )


def remove(module: str, records: QuerySet[Record], *, by: User, now: datetime, own: tuple[str, ...] = ()) -> Removed:
    """Delete those of an import's records that nobody has changed or linked since, with their own parts (`own`)."""
    total, rows = records.count(), list(unused(records, own=own))
    with changes.through(changes.Way.IMPORT), events.gathered():
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            changes.deleted_many(module, some, by=by, now=now)
            records.model._default_manager.filter(pk__in=[row.pk for row in some]).delete()
    return Removed(removed=len(rows), kept=total - len(rows))


def one_by_one(batch: Sequence[Planned], write: Callable[[Planned], None]) -> list[Rejection]:
    """Write a batch row by row, through the verbs that pages use; a row that one refuses is left out whole."""
    refused: list[Rejection] = []
    with definitions.remembering(), changes.through(changes.Way.IMPORT), events.gathered():
        for item in batch:
            try:
                with transaction.atomic(), events.gathered():
                    write(item)
            except Refused as refusal:
                number, cells = item.draft.number, item.draft.cells
                data = {"sentence": str(refusal)}
                refused.append(Rejection(number=number, reason="refused", data=data, cells=cells))
    return refused
