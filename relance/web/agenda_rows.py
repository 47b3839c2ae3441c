"""Tasks, calls, cases and notes as lists draw them: what, when, for whom, about whom (REC-09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from relance.agenda import rules
from relance.agenda.links import Named, abouts
from relance.agenda.models import Call, Case, Note, Task
from relance.agenda.rules import When
from relance.lib import zones
from relance.records.fields import Words
from relance.team.models import User

Row = Mapping[str, Any]  # the columns of one of the four kinds
STATUSES: Mapping[str, Mapping[str, Words]] = {
    "task": dict(Task.Status.choices), "call": dict(Call.Status.choices), "case": dict(Case.Status.choices),
}  # fmt: skip
MODELS: Mapping[str, type[Task | Call | Case | Note]] = {"task": Task, "call": Call, "case": Case, "note": Note}
ICONS = {"task": "square-check-big", "call": "phone", "case": "life-buoy", "note": "sticky-note"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line."""

    module: str
    row: Row
    near: When
    about: tuple[Named, ...]
    may_finish: bool = True

    @property
    def id(self) -> int:
        """Its key."""
        return int(self.row["id"])

    @property
    def href(self) -> str:
        """Its page."""
        return reverse(self.module, args=[self.id])

    @property
    def act(self) -> str:
        """Where the click that finishes it, or takes that back, is sent."""
        return reverse(f"{self.module}-{'reopen' if self.is_done else 'done'}", args=[self.id])

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to do."""
        return self.row.get("done_at") is not None

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been done already."""
        return self.near == When.OVERDUE and not self.is_done

    @property
    def status(self) -> Words:
        """How far it is, in words."""
        return STATUSES.get(self.module, {}).get(self.row.get("status", ""), "")

    @property
    def icon(self) -> str:
        """Its drawing."""
        return ICONS[self.module]


def items(module: str, rows: Sequence[Row], *, user: User, now: datetime) -> list[Item]:
    """Rows as lines; one query for each kind of record that they are about."""
    zone, named = zones.zone(user.time_zone), abouts(rows, user)
    return [
        Item(
            module=module, row=row, about=tuple(named[row["id"]]),
            near=rules.when(row.get("due_at"), now=now, zone=zone),
        )
        for row in rows
    ]  # fmt: skip


def items_of(
    module: str, rows: QuerySet[Task] | QuerySet[Call] | QuerySet[Case] | QuerySet[Note], *, user: User, now: datetime
) -> list[Item]:
    """The same of a query."""
    found = [{**vars(row), "owner__name": str(row.owner or "")} for row in rows.select_related("owner")]
    return items(module, found, user=user, now=now)


def by_due(*lists: Iterable[Item]) -> list[Item]:
    """Tasks and calls together, the first due on top, those without a date last."""
    return sorted(
        (item for items in lists for item in items),
        key=lambda item: (item.row["due_at"] is None, item.row["due_at"], item.module, item.id),
    )
