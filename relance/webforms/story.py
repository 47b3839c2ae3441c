"""What people sent through the forms of one's site, in their history (REC-07)."""

from __future__ import annotations

from collections.abc import Sequence

from relance.records.history import Entry, Group, Place, Source, Subject, register
from relance.webforms.models import Submission

KIND = "form"


def tell() -> None:
    """Add the source."""
    register(Source(kind=KIND, group=Group.ENGAGEMENT, read=submissions))


def submissions(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each submission of a person. `fact` is a Submission."""
    if not subject.is_person:
        return []
    rows = Submission.objects.filter(person=subject.id)
    if after is not None:
        rows = rows.filter(after.after(KIND, "at"))
    return [
        Entry(at=row.at, kind=KIND, id=row.pk, fact=row)
        for row in rows.select_related("form").order_by("-at", "-id")[:limit]
    ]
