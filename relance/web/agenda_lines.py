"""Tasks, calls, notes and cases as lines of a history."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.agenda.models import Call, Case, Note, Task
from relance.agenda.story import Told
from relance.records.history import Entry
from relance.web.timeline import Line


def task(entry: Entry) -> Line:
    """A task that was done, or is still to be done."""
    told: Told = entry.fact
    row = told.row
    assert isinstance(row, Task)
    state = {Task.Status.DONE: _("done"), Task.Status.DROPPED: _("dropped")}.get(
        Task.Status(row.status), _("to be done")
    )
    return Line(
        at=entry.at, icon="square-check-big", tone="good" if row.status == Task.Status.DONE else "", said=row.subject,
        rest=state, href=reverse("task", args=[row.pk]), text=row.note, about=told.about, who=_owner(row),
    )  # fmt: skip


def call(entry: Entry) -> Line:
    """A call that took place, or is planned."""
    told: Told = entry.fact
    row = told.row
    assert isinstance(row, Call)
    return Line(
        at=entry.at, icon="phone", tone="good" if row.result == Call.Result.TALKED else "", said=row.subject,
        rest=_of_call(row), href=reverse("call", args=[row.pk]), text=row.note, about=told.about, who=_owner(row),
    )  # fmt: skip


def _of_call(row: Call) -> str:
    if row.status == Call.Status.TODO:
        return _("call planned")
    if row.status == Call.Status.DROPPED:
        return _("call dropped")
    length = ngettext("call of %(count)s minute", "call of %(count)s minutes", row.minutes) % {"count": row.minutes}
    result = str(row.get_result_display()) if row.result else ""
    return f"{length}, {result[:1].lower()}{result[1:]}" if result else length


def note(entry: Entry) -> Line:
    """What somebody wrote down."""
    told: Told = entry.fact
    row = told.row
    assert isinstance(row, Note)
    said = _("Pinned note") if row.is_pinned else _("Note")
    return Line(
        at=entry.at, icon="sticky-note", tone="hot" if row.is_pinned else "", said=said, rest=_owner(row),
        href=reverse("note", args=[row.pk]), text=row.text, about=told.about,
    )  # fmt: skip


def case(entry: Entry) -> Line:
    """A case that was opened."""
    told: Told = entry.fact
    row = told.row
    assert isinstance(row, Case)
    rest = _("case %(number)s, %(status)s") % {"number": row.number, "status": str(row.get_status_display()).lower()}
    return Line(
        at=entry.at, icon="life-buoy", said=row.subject, rest=rest, href=reverse("case", args=[row.pk]),
        text=row.description, about=told.about, who=_owner(row),
    )  # fmt: skip


def _owner(row: Task | Call | Case | Note) -> str:
    return row.owner.name if row.owner else ""


DRAWN = {"task": task, "call": call, "note": note, "case": case}
