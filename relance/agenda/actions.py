"""Add, edit, finish, reopen and delete tasks, calls, cases and notes (REC-09).

Each verb asks the policy, writes, leaves its line in the audit and says so, in one transaction. `values` names fields
by their keys (`relance.agenda.modules`); a link is an id, None takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from django.db import transaction
from django.db.models import Field as Column
from django.utils.translation import gettext as _

from relance import events
from relance.agenda.links import LINKS, linked
from relance.agenda.models import Call, Case, Note, Task
from relance.lib.fold import fold
from relance.lib.refusal import Refused
from relance.records import changes, registry
from relance.records.fields import Field, Value, Values
from relance.records.values import merged
from relance.team import policy
from relance.team.models import Module, User

Entry = Task | Call | Case | Note
E_ = TypeVar("E_", bound=Entry)
MODULES: Mapping[type, Module] = {
    Task: Module.TASK, Call: Module.CALL, Case: Module.CASE, Note: Module.NOTE,
}  # fmt: skip
CLOSED: Mapping[type, tuple[str, ...]] = {
    Task: (Task.Status.DONE, Task.Status.DROPPED),
    Call: (Call.Status.DONE, Call.Status.DROPPED),
    Case: (Case.Status.SOLVED, Case.Status.CLOSED),
    Note: (),
}
DONE: Mapping[type, str] = {Task: Task.Status.DONE, Call: Call.Status.DONE, Case: Case.Status.SOLVED}
OPEN: Mapping[type, str] = {Task: Task.Status.TODO, Call: Call.Status.TODO, Case: Case.Status.OPEN}
STILL_OPEN: Mapping[type, tuple[str, ...]] = {
    Task: (Task.Status.TODO, Task.Status.DOING, Task.Status.WAITING),
    Call: (Call.Status.TODO,),
    Case: (Case.Status.NEW, Case.Status.OPEN, Case.Status.WAITING),
}
PLAIN: Mapping[type, tuple[str, ...]] = {
    Task: ("subject", "due_at", "status", "priority", "note"),
    Call: ("subject", "due_at", "minutes", "direction", "status", "result", "priority", "note"),
    Case: ("subject", "status", "priority", "description"),
    Note: ("text", "is_pinned"),
}
LONGEST_CALL = 24 * 60  # minutes
LONGEST_SUBJECT, MOST_SEARCHED = 200, 1_200


class NothingSaid(Refused):
    """A task without a subject, or a note without a text."""


class NobodyThere(Refused):
    """A colleague to whom nothing can be given."""


class NoLength(Refused):
    """A call that lasts no time that can be."""


@transaction.atomic
def add(kind: type[E_], values: Values, *, by: User, now: datetime, import_id: int | None = None) -> E_:
    """A new task, call, case or note; its adder does it unless `owner` names somebody else.

    A call without a start begins now. Raises Forbidden, NothingSaid, NotThere, NobodyThere.
    """
    module = MODULES[kind]
    policy.require(policy.level(by, module, "edit") > policy.NONE)
    row = kind(owner=by, created_at=now, updated_at=now, import_id=import_id)
    if isinstance(row, Call):
        row.due_at = now
    _fill(row, values, by=by, now=now)
    row.save()
    changes.added(module, row, by=by, now=now)
    _say(row, was_done=False)
    return row


@transaction.atomic
def edit(row: E_, values: Values, *, by: User, now: datetime) -> E_:
    """Change what `values` names and leave the rest; the row as it is then. Raises as `add`."""
    kind, module = type(row), MODULES[type(row)]
    policy.require(policy.allows(by, module, "edit", row))
    held = cast(E_, kind._default_manager.select_for_update().get(pk=row.pk))
    before, was_done = changes.snapshot(module, held), _is_done(held)
    _fill(held, values, by=by, now=now)
    if changes.changed(module, held, before, by=by, now=now) is not None:
        held.updated_at = now
        held.save()
        _say(held, was_done=was_done)
    return held


def finish(row: E_, *, by: User, now: datetime) -> E_:
    """It is done: one click. Done twice, it was done the first time. Raises Forbidden."""
    return edit(row, {} if _is_done(row) else {"status": DONE[type(row)]}, by=by, now=now)


def reopen(row: E_, *, by: User, now: datetime, status: str = "") -> E_:
    """It is still to be done, as it was before if `status` says how. Raises Forbidden."""
    wanted = status if status in STILL_OPEN[type(row)] else OPEN[type(row)]
    return edit(row, {"status": wanted} if _is_done(row) else {}, by=by, now=now)


@transaction.atomic
def delete(row: Entry, *, by: User, now: datetime) -> None:
    """Delete it; the audit keeps what it said. Raises Forbidden."""
    module = MODULES[type(row)]
    policy.require(policy.allows(by, module, "delete", row))
    changes.deleted(module, row, by=by, now=now)
    row.delete()


def _fill(row: Entry, values: Values, *, by: User, now: datetime) -> None:
    for name in PLAIN[type(row)]:
        if name in values:
            setattr(row, name, _written(row, name, values[name]))
    for name in LINKS:
        if name in values and hasattr(row, f"{name}_id"):
            setattr(row, name, linked(name, values[name], by))
    if "owner" in values:
        row.owner = _taker(values["owner"], row)
    own = {field.key: values[field.key] for field in registry.fields(MODULES[type(row)]) if _is_own(field, values)}
    row.custom = merged(row.custom, own) if own else row.custom
    _find_by(row)
    _settle(row, by, now)


def _is_own(field: Field, values: Values) -> bool:
    return field.custom and field.key in values


def _written(row: Entry, name: str, value: Value) -> Value:
    """What a column holds for a value; for nothing, what it says nothing with. Raises NoLength."""
    if name == "minutes" and value is not None:
        return _length(value)
    column = row._meta.get_field(name)
    if value is not None or not isinstance(column, Column):
        return value
    nothing: Value = None if column.null else column.get_default()
    kept: Value = getattr(row, name)
    return kept if nothing is None and not column.null else nothing


def _length(value: Value) -> int:
    if not isinstance(value, int | Decimal) or not 0 <= value <= LONGEST_CALL:
        raise NoLength(_("A call lasts between 0 and 1440 minutes."))
    return int(value)


def _taker(value: Value, row: Entry) -> User | None:
    """The colleague who is to do it. One who has left keeps what is his, and is given nothing more."""
    if value is None or value == row.owner_id:
        return row.owner if value is not None else None
    taker = User.objects.filter(pk=value, is_active=True).first() if isinstance(value, int) else None
    if taker is None:
        raise NobodyThere(_("This colleague is not there any more. Choose another one."))
    return taker


def _find_by(row: Entry) -> None:
    """The subject, and what lists sort and search by."""
    if isinstance(row, Note):
        row.text = row.text.strip()
        row.subject = next((line.strip() for line in row.text.splitlines() if line.strip()), "")[:LONGEST_SUBJECT]
    row.subject = " ".join(row.subject.split())[:LONGEST_SUBJECT]
    if not row.subject:
        raise NothingSaid(_("Write what it is about."))
    row.name_folded = fold(row.subject)[:LONGEST_SUBJECT]
    said = row.text if isinstance(row, Note) else row.description if isinstance(row, Case) else row.note
    row.search = fold(f"{row.subject} {said}").encode()[:MOST_SEARCHED].decode(errors="ignore")


def _is_done(row: Entry) -> bool:
    return not isinstance(row, Note) and row.done_at is not None


def _settle(row: Entry, by: User, now: datetime) -> None:
    """The one writer of when something was done, and by whom: its status says whether."""
    if isinstance(row, Note):
        return
    if row.status not in CLOSED[type(row)]:
        row.done_at = row.done_by = None
    elif row.done_at is None:
        row.done_at, row.done_by = now, by


def _say(row: Entry, *, was_done: bool) -> None:
    if isinstance(row, Task) and row.status == Task.Status.DONE and not was_done:
        events.emit(events.TaskFinished(row.pk))
