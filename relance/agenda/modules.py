"""Tasks, calls, cases and notes as they declare themselves: fields, lists, filters, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.agenda import actions, rules
from relance.agenda.models import Call, Case, Note, Priority, Task
from relance.agenda.rules import When
from relance.lib import zones
from relance.people.modules import SHARED_FILTERS
from relance.records.fields import Field, Kind, Values, Words
from relance.records.registry import Asking, Column, Filter, Listed, NotUnderstood, Rows, declare
from relance.team.models import Module, User

OPEN, CLOSED = "open", "closed"
HALVES: Mapping[str, Words] = {OPEN: _("To be done"), CLOSED: pgettext_lazy("task", "No longer open")}
NEAR: Mapping[str, Words] = {
    When.OVERDUE: _("Overdue"), When.TODAY: _("Today"), When.TOMORROW: _("Tomorrow"), When.WEEK: _("This week"),
    When.LATER: _("Later"), When.NONE: _("No date"),
}  # fmt: skip


@dataclass(frozen=True)
class AgendaVerbs:
    """How one of the four kinds is written; the rules stand in `relance.agenda.actions`."""

    kind: type[actions.Entry]

    def add(self, values: Values, *, by: User, now: datetime) -> Model:
        """A new one."""
        return actions.add(self.kind, values, by=by, now=now)

    def edit(self, row: Any, values: Values, *, by: User, now: datetime) -> Model:  # Any: a row of this module
        """Change what `values` names."""
        changed: Model = actions.edit(row, values, by=by, now=now)
        return changed

    def delete(self, row: Any, *, by: User, now: datetime) -> None:  # Any: as above
        """Delete it."""
        actions.delete(row, by=by, now=now)


def declare_modules() -> None:
    """Make tasks, calls, cases and notes known to lists, searches and forms."""
    declare(_listed(Task, Module.TASK, "square-check-big", TASK_FIELDS, (DUE, *BY_DATE), sort="due"))
    declare(_listed(Call, Module.CALL, "phone", CALL_FIELDS, (START, *BY_DATE), sort="due"))
    declare(_listed(Case, Module.CASE, "life-buoy", CASE_FIELDS, BY_DATE, sort="-created"))
    declare(_listed(Note, Module.NOTE, "sticky-note", NOTE_FIELDS, BY_DATE, sort="-created"))


def _choices(model: type[actions.Entry], name: str) -> Callable[[], Mapping[str, Words]]:
    return lambda: dict(model._meta.get_field(name).choices or ())  # type: ignore[union-attr, arg-type]


def _priorities() -> Mapping[str, Words]:
    return dict(Priority.choices)


SUBJECT = Field(key="subject", label=_("Subject"), required=True, listed=True, sortable=True, max_length=200)
OWNER = Field(key="owner", label=_("Assigned to"), kind=Kind.USER, listed=True)
NOTED = Field(key="note", label=_("Note"), kind=Kind.LONG_TEXT)
PRIORITY = Field(key="priority", label=_("Priority"), kind=Kind.CHOICE, options=_priorities, listed=True)
LINKS = (
    Field(key="person", label=_("Person"), kind=Kind.LINK, target=Module.CONTACT, also=(Module.LEAD,), listed=True),
    Field(key="account", label=_("Account"), kind=Kind.LINK, target=Module.ACCOUNT),
    Field(key="deal", label=_("Deal"), kind=Kind.LINK, target=Module.DEAL),
)
OF_CASE = Field(key="case", label=_("Case"), kind=Kind.LINK, target=Module.CASE)
DATES = (
    Field(key="created_at", label=_("Added"), kind=Kind.MOMENT, editable=False, sortable=True),
    Field(key="updated_at", label=_("Changed"), kind=Kind.MOMENT, editable=False, sortable=True),
)
DONE_AT = Field(key="done_at", label=_("Closed"), kind=Kind.MOMENT, editable=False)


def _status(model: type[actions.Entry]) -> Field:
    return Field(key="status", label=_("Status"), kind=Kind.CHOICE, options=_choices(model, "status"), listed=True)


TASK_FIELDS = (
    SUBJECT,
    Field(key="due_at", label=_("Due"), kind=Kind.MOMENT, listed=True, sortable=True),
    _status(Task), PRIORITY, OWNER, *LINKS, OF_CASE, NOTED, DONE_AT, *DATES,
)  # fmt: skip
CALL_FIELDS = (
    SUBJECT,
    Field(key="due_at", label=_("Starts"), kind=Kind.MOMENT, listed=True, sortable=True),
    Field(key="minutes", label=_("Minutes"), kind=Kind.NUMBER),
    Field(key="direction", label=_("Direction"), kind=Kind.CHOICE, options=_choices(Call, "direction")),
    _status(Call),
    Field(key="result", label=_("Result"), kind=Kind.CHOICE, options=_choices(Call, "result"), listed=True),
    PRIORITY, OWNER, *LINKS, OF_CASE, NOTED, DONE_AT, *DATES,
)  # fmt: skip
CASE_FIELDS = (
    Field(key="number", label=pgettext_lazy("case", "Number"), kind=Kind.NUMBER, column="id", editable=False),
    SUBJECT, _status(Case), PRIORITY, OWNER, *LINKS,
    Field(key="description", label=_("Description"), kind=Kind.LONG_TEXT), DONE_AT, *DATES,
)  # fmt: skip
NOTE_FIELDS = (
    Field(key="text", label=_("Note"), kind=Kind.LONG_TEXT, required=True, listed=True),
    Field(key="is_pinned", label=_("Pinned"), kind=Kind.YES_NO),
    Field(key="owner", label=_("Written by"), kind=Kind.USER, listed=True),
    *LINKS, OF_CASE, *DATES,
)  # fmt: skip
BY_DATE = (
    Column(key="subject", label=_("Subject"), field="name_folded"),
    Column(key="created", label=_("Added"), field="created_at", kind="moment"),
    Column(key="updated", label=_("Changed"), field="updated_at", kind="moment"),
)
DUE = Column(key="due", label=_("Due"), field="due_order", kind="moment")
START = Column(key="due", label=_("Starts"), field="due_at", kind="moment")
COMMON = (
    "subject", "status", "priority", "owner_id", "owner__name", "person_id", "account_id", "deal_id", "record_id",
    "done_at", "created_at", "updated_at",
)  # fmt: skip
READ: Mapping[str, tuple[str, ...]] = {
    Module.TASK: (*COMMON, "due_at", "case_id"),
    Module.CALL: (*COMMON, "due_at", "case_id", "minutes", "direction", "result"),
    Module.CASE: COMMON,
    Module.NOTE: (*(name for name in COMMON if name not in ("status", "priority", "done_at")), "is_pinned", "case_id"),
}


def _listed(
    model: type[actions.Entry],
    module: Module,
    icon: str,
    declared: tuple[Field, ...],
    columns: tuple[Column, ...],
    *,
    sort: str,
) -> Listed:
    return Listed(
        key=module,
        model=model,
        label=module.label,
        icon=icon,
        visible=partial(_visible, model),
        columns=columns,
        filters=_filters(model),
        fields=READ[module],
        sort=sort,
        name="subject",
        detail=("owner__name",),
        declared=declared,
        verbs=AgendaVerbs(model),
    )


def _visible(model: type[actions.Entry], user: User) -> Rows:
    rows: Rows = model.objects.visible_to(user)
    return rows


def _filters(model: type[actions.Entry]) -> tuple[Filter, ...]:
    shared = tuple(filter_ for filter_ in SHARED_FILTERS if filter_.key in ("owner", "created", "import"))
    of_links = tuple(
        Filter(key=link.key, label=link.label, condition=_number(f"{link.key}_id"), words=_bare) for link in LINKS
    )
    if model is Note:
        return (*shared, *of_links)
    status = Filter(key="status", label=_("Status"), condition=_of_status(model), words=_status_words(model))
    priority = Filter(
        key="priority", label=_("Priority"), condition=_priority, words=lambda value: _priorities().get(value, value)
    )
    if model is Case:
        return (*shared, status, priority, *of_links)
    due = Filter(
        key="due",
        label=_("Due"),
        condition=_due("due_order" if model is Task else "due_at"),
        words=lambda value: NEAR.get(value, value),
    )
    return (*shared, status, due, priority, *of_links)


def _of_status(model: type[actions.Entry]) -> Callable[[str, Asking], Q]:
    def condition(value: str, _asking: Asking) -> Q:
        if value in HALVES:
            return Q(done_at__isnull=value == OPEN)
        if value not in _choices(model, "status")():
            raise NotUnderstood(value)
        return Q(status=value)

    return condition


def _status_words(model: type[actions.Entry]) -> Callable[[str], Words]:
    return lambda value: {**HALVES, **_choices(model, "status")()}.get(value, value)


def _priority(value: str, _asking: Asking) -> Q:
    if value not in Priority.values:
        raise NotUnderstood(value)
    return Q(priority=value)


def _due(column: str) -> Callable[[str, Asking], Q]:
    """By the column that an index holds. What is overdue, or due on a day, is still open; days are the asker's."""

    def condition(value: str, asking: Asking) -> Q:
        if value not in NEAR:
            raise NotUnderstood(value)
        near = When(value)
        start, end = rules.span(near, now=asking.now, zone=zones.zone(asking.user.time_zone))
        told = Q(done_at=None) & (Q(due_at=None) if near == When.NONE else Q(due_at__isnull=False))
        if start is not None:
            told &= Q(**{f"{column}__gte": start})
        return told & Q(**{f"{column}__lt": end}) if end is not None else told

    return condition


def _number(column: str) -> Callable[[str, Asking], Q]:
    def condition(value: str, _asking: Asking) -> Q:
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise NotUnderstood(value)
        return Q(**{column: int(value)})

    return condition


def _bare(value: str) -> Words:
    """The name only stands where it was seen already."""
    return f"#{value}"
