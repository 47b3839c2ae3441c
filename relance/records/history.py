"""One history of a record (REC-07): every floor adds its sources, here they become one row of entries, newest first.

Entries stand by (moment, kind, id), so that a page begins exactly where the one before ended, whatever has come in
between. How many queries a page takes depends on the sources alone (`docs/decisions/0010-one-history-many-sources.md`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.records.fields import Words
from relance.team.models import User

PAGE = 20
Key = int | UUID


class Group(StrEnum):
    """What a reader may want to see alone."""

    MAIL = "mail"
    ENGAGEMENT = "engagement"
    TO_DO = "to_do"
    NOTE = "note"
    DEAL = "deal"
    CHANGE = "change"

    @property
    def label(self) -> Words:
        """As the filter of a history says."""
        return LABELS[self]


LABELS: dict[Group, Words] = {
    Group.MAIL: _("Mails"),
    Group.ENGAGEMENT: _("Engagement"),
    Group.TO_DO: _("Tasks and calls"),
    Group.NOTE: _("Notes"),
    Group.DEAL: _("Deals"),
    Group.CHANGE: _("Changes"),
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose history is read, by whom: no source tells what this colleague may not see."""

    module: str
    id: int
    user: User

    @property
    def is_person(self) -> bool:
        """Whether it is a lead or a contact."""
        return self.module in ("lead", "contact")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. `fact` is what its source knows of it; faces draw it by `kind`."""

    at: datetime
    kind: str
    id: Key
    fact: Any  # of the type that the source of this kind gives, see its `read`

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(at=self.at, kind=self.kind, id=self.id)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of one entry; the next page holds what stands after it."""

    at: datetime
    kind: str
    id: Key

    def written(self) -> str:
        """As an address carries it."""
        return f"{self.at.isoformat()}~{self.kind}~{self.id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """What `written` wrote; None for anything else."""
        try:
            at, kind, key = text.split("~")
            moment = datetime.fromisoformat(at)
            known: Key = int(key) if len(key) < 19 and key.isascii() and key.isdigit() else UUID(key)
        except ValueError:
            return None
        return cls(at=moment, kind=kind, id=known) if moment.tzinfo and kind in _sources else None

    def after(self, kind: str, moment: str, key: str = "pk") -> Q:
        """The rows of a kind that stand after it; `moment` and `key` are their columns."""
        if kind > self.kind:
            return Q(**{f"{moment}__lt": self.at})
        if kind < self.kind:
            return Q(**{f"{moment}__lte": self.at})
        return Q(**{f"{moment}__lt": self.at}) | Q(**{moment: self.at, f"{key}__lt": self.id})


Read = Callable[[Subject, Place | None, int], Sequence[Entry]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one floor knows of records: at most so many entries after a place, newest first, in a few queries.

    `apart` is only shown when its group is asked for.
    """

    kind: str
    group: Group
    read: Read
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some entries; `older` is where the next page begins, empty on the last one."""

    entries: tuple[Entry, ...]
    older: str = ""


_sources: dict[str, Source] = {}


def register(*sources: Source) -> None:
    """A floor tells what it knows; from its app's `ready`."""
    _sources.update({source.kind: source for source in sources})


def page(
    subject: Subject,
    *,
    group: Group | None = None,
    after: Place | None = None,
    size: int = PAGE,
    but: Collection[str] = (),
) -> Page:
    """One page of the history of a record that its reader may see; of one group, or of all. `but` leaves kinds out."""
    wanted = [
        source
        for source in _sources.values()
        if source.kind not in but and (source.group == group if group else not source.apart)
    ]
    found = [source.read(subject, after, size + 1) for source in wanted]
    entries = list(islice(heapq.merge(*found, key=_order, reverse=True), size + 1))
    return Page(entries=tuple(entries[:size]), older=entries[size - 1].place.written() if len(entries) > size else "")


def _order(entry: Entry) -> tuple[datetime, str, Key]:
    return entry.at, entry.kind, entry.id
