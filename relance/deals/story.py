"""What deals tell in the history of their account and of their people: each step of their way (REC-07)."""

from __future__ import annotations

from collections.abc import Sequence

from relance.deals.models import Deal, StageMove
from relance.records.history import Entry, Group, Place, Source, Subject, register

KIND = "move"


def tell() -> None:
    """Add the source. A deal's own history has these steps in its audit."""
    register(Source(kind=KIND, group=Group.DEAL, read=moves))


def moves(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each step of each deal which the reader may see. `fact` is a StageMove."""
    deals = Deal.objects.visible_to(subject.user)
    if subject.is_person:
        deals = deals.of_person(subject.id)
    elif subject.module == "account":
        deals = deals.filter(account=subject.id)
    else:
        return []
    rows = StageMove.objects.filter(deal__in=deals.order_by().values("pk"))
    if after is not None:
        rows = rows.filter(after.after(KIND, "at"))
    near = rows.select_related("deal", "source", "target", "by").order_by("-at", "-id")[:limit]
    return [Entry(at=move.at, kind=KIND, id=move.pk, fact=move) for move in near]
