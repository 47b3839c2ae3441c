"""What people's own tables tell in a history: added, agreed or refused to be followed, asked not to be written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from relance.people.models import Account, Address, ConsentProof, Person, Suppression
from relance.records.history import Entry, Group, Place, Source, Subject, register
from relance.records.models import Change, Record

ADDED, CONSENT, WISH = "added", "consent", "wish"


def tell() -> None:
    """Add the sources."""
    register(
        Source(kind=ADDED, group=Group.CHANGE, read=added),
        Source(kind=CONSENT, group=Group.CHANGE, read=consents),
        Source(kind=WISH, group=Group.CHANGE, read=wishes),
    )


def added(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """That a record was added, where the audit does not say so (it is older, or came with a file).

    `fact` is the Person or the Account.
    """
    model: type[Person | Account] = Person if subject.is_person else Account
    if not subject.is_person and subject.module != "account":
        return []
    told = Change.objects.filter(
        module__in=("lead", "contact") if subject.is_person else ("account",),
        record_id=OuterRef("pk"),
        act=Change.Act.ADDED,
    )
    rows = model.objects.filter(~Exists(told), pk=subject.id)
    if after is not None:
        rows = rows.filter(after.after(ADDED, "created_at"))
    return [Entry(at=row.created_at, kind=ADDED, id=row.pk, fact=row) for row in rows[:limit]]


def consents(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each change of consent. `fact` is a ConsentProof."""
    if not subject.is_person:
        return []
    rows = ConsentProof.objects.filter(person=subject.id)
    if after is not None:
        rows = rows.filter(after.after(CONSENT, "at"))
    near = rows.select_related("by").order_by("-at", "-id")[:limit]
    return [Entry(at=proof.at, kind=CONSENT, id=proof.pk, fact=proof) for proof in near]


def wishes(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each line of the ledger for one of its addresses, also those that were lifted. `fact` is a Suppression."""
    normals: QuerySet[Any, Any] = Record.objects.of(subject.module).filter(pk=subject.id).exclude(normal="")
    if subject.is_person or subject.module == "account":
        holder = {"person": subject.id} if subject.is_person else {"account": subject.id}
        normals = Address.objects.filter(**holder)
    rows = Suppression.objects.filter(normal__in=Subquery(normals.values("normal")))
    if after is not None:
        rows = rows.filter(after.after(WISH, "at"))
    near = rows.select_related("by").order_by("-at", "-id")[:limit]
    return [Entry(at=line.at, kind=WISH, id=line.pk, fact=line) for line in near]
