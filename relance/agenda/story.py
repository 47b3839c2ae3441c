"""What tasks, calls, notes and cases tell in the history of the record that they are about (REC-07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Case as Either
from django.db.models import F, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from relance.agenda.actions import Entry as Row
from relance.agenda.links import Named, abouts, link_of
from relance.agenda.models import Call, Case, Note, Task
from relance.records.history import Entry, Group, Place, Source, Subject, register

DONE = Coalesce("done_at", "created_at")
MADE = Either(When(status=Call.Status.DONE, then=F("due_at")), default=DONE)
WRITTEN = F("created_at")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A row, and what else it is about than the record whose history is read."""

    row: Row
    about: tuple[Named, ...]


def tell() -> None:
    """Add the sources: a task stands where it was done, else where it was added; a call where it took place."""
    register(
        Source(kind="task", group=Group.TO_DO, read=_reader(Task, "task", DONE)),
        Source(kind="call", group=Group.TO_DO, read=_reader(Call, "call", MADE)),
        Source(kind="note", group=Group.NOTE, read=_reader(Note, "note", WRITTEN)),
        Source(kind="case", group=Group.TO_DO, read=_reader(Case, "case", WRITTEN)),
    )


def _reader(model: type[Row], kind: str, moment: Combinable) -> Callable[[Subject, Place | None, int], Sequence[Entry]]:
    return partial(_read, model, kind, moment)


def _read(
    model: type[Row], kind: str, moment: Combinable, subject: Subject, after: Place | None, limit: int
) -> Sequence[Entry]:
    rows = about(model, subject).annotate(moment=moment)
    if after is not None:
        rows = rows.filter(after.after(kind, "moment"))
    near = list(rows.select_related("owner").order_by("-moment", "-id")[:limit])
    named = abouts([vars(row) for row in near], subject.user)
    return [
        Entry(
            at=row.moment, kind=kind, id=row.pk,
            fact=Told(row=row, about=tuple(one for one in named[row.pk] if not _same(one, subject))),
        )
        for row in near
    ]  # fmt: skip


def _same(one: Named, subject: Subject) -> bool:
    return link_of(one.module) == link_of(subject.module) and one.id == subject.id


def about(model: type[Row], subject: Subject) -> QuerySet[Row]:
    """The rows about a record which its reader may see; those of a company's people and deals are the company's too."""
    link = link_of(subject.module)
    rows = model.objects.visible_to(subject.user)
    if model is Case and link == "case":
        return rows.none()
    if link != "account":
        return rows.filter(**{link: subject.id})
    every = model._default_manager.order_by()
    of_deals = every.filter(deal__account=subject.id).values("pk")
    of_people = every.filter(person__account=subject.id).values("pk")
    own = every.filter(account=subject.id).values("pk")
    # Read by themselves: what the planner expects of three joins at once is far too much, and it would read all rows.
    return rows.filter(pk__in=[row["pk"] for row in own.union(of_people, of_deals)])
