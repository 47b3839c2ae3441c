"""What the audit tells in a record's history: who changed what, by which door."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from relance.records.history import Entry, Group, Place, Source, Subject, register
from relance.records.models import Change

KIND = "change"


def tell() -> None:
    """Add the source."""
    register(Source(kind=KIND, group=Group.CHANGE, read=changes))


def changes(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """The lines of a record; those of a contact hold what was changed while it was a lead. `fact` is a Change.

    What one act did alike to two records that were merged since is told once.
    """
    modules = ("lead", "contact") if subject.is_person else (subject.module,)
    held = Change.objects.filter(module__in=modules, record_id=subject.id)
    same = held.filter(at=OuterRef("at"), act=OuterRef("act"), fields=OuterRef("fields"), pk__gt=OuterRef("pk"))
    rows = held.filter(~Exists(same))
    if after is not None:
        rows = rows.filter(after.after(KIND, "at"))
    near = rows.select_related("by").order_by("-at", "-id")[:limit]
    return [Entry(at=line.at, kind=KIND, id=line.pk, fact=line) for line in near]
