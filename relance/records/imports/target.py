"""Where imported rows go: a module says which fields it offers, whom it knows already, and how it writes a batch.

The package of a module (people today, custom modules tomorrow) registers its targets when it starts; the import
itself knows no table but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from relance.records.imports.fields import ImportField
from relance.records.imports.plan import Known, Planned
from relance.team.models import User


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
    """One module that can be imported into."""

    key: str
    label: str | Promise
    naming: Sequence[str]
    by_name: bool

    def fields(self) -> Sequence[ImportField]:
        """The fields that a column may feed, in the order of the form."""

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add records to the module."""

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The record that holds each of these addresses, for those that are held; with `by_name`, that bears a name."""

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> None:
        """Create and update what the batch says, in the caller's transaction, and tell the events."""

    def remove_unused(self, import_id: int) -> Removed:
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
