"""What is to be done about a record, and the forms to add more, on the page of any record (REC-09).

A page includes `agenda/panel.html` with what `agenda_of` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.agenda.links import Linked, link_of, named
from relance.agenda.models import Call, Case, Note, Task
from relance.agenda.story import about
from relance.lib import clock
from relance.records.history import Subject
from relance.team import policy
from relance.team.models import Module, User
from relance.web.agenda_rows import Item, by_due, items_of
from relance.web.forms.agenda import CallForm, NoteForm, TaskForm, initial_of_new

MOST, MOST_PINNED = 5, 3


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """What a record's page shows and offers; `next` is that page, to come back to."""

    to_do: list[Item]
    more: bool
    cases: list[Item]
    pinned: list[Note]
    module: str
    id: int
    link: str
    forms: list[tuple[str, TaskForm | CallForm | NoteForm]]
    next: str


def agenda_of(record: Linked, *, user: User, next: str) -> Agenda:
    """Open tasks, calls and cases of a record which this colleague sees, its pinned notes, and a form of each kind."""
    now, one = clock.now(), named(record)
    subject = Subject(module=one.module, id=one.id, user=user)
    tasks = about(Task, subject).filter(done_at=None).order_by("due_order", "id")[: MOST + 1]
    calls = about(Call, subject).filter(done_at=None).order_by("due_at", "id")[: MOST + 1]
    cases = about(Case, subject).filter(done_at=None).order_by("-created_at", "-id")[:MOST]
    pinned = about(Note, subject).filter(is_pinned=True).select_related("owner").order_by("-created_at", "-id")
    due = by_due(items_of("task", tasks, user=user, now=now), items_of("call", calls, user=user, now=now))  # type: ignore[arg-type]
    return Agenda(
        to_do=due[:MOST],
        more=len(due) > MOST,
        cases=items_of("case", cases, user=user, now=now),  # type: ignore[arg-type]
        pinned=list(pinned[:MOST_PINNED]),  # type: ignore[arg-type]
        forms=[(module, form) for module, form in _forms(record, user, now) if _may_add(user, module)],
        module=one.module,
        id=one.id,
        link=link_of(one.module),
        next=next,
    )


def _may_add(user: User, module: str) -> bool:
    return policy.level(user, module, "edit") > policy.NONE


def _forms(record: Linked, user: User, now: datetime) -> list[tuple[str, TaskForm | CallForm | NoteForm]]:
    kinds = ((Module.TASK, TaskForm, False), (Module.CALL, CallForm, True), (Module.NOTE, NoteForm, False))
    return [
        (
            module.value,
            form(
                user=user,
                now=now,
                initial=initial_of_new(module, user=user, now=now, about=named(record), made=made),
                auto_id=f"add-{module.value}-%s",
            ),
        )
        for module, form, made in kinds
    ]
