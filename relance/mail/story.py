"""What received mail tells in a history: the mail of a person, of a company, and of whatever it belongs to (REC-07)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from relance.mail.models import Received
from relance.people.models import Person
from relance.records import registry
from relance.records.history import Entry, Group, Place, Source, Subject, register
from relance.records.models import Moved

RECEIVED = "received"


def tell() -> None:
    """Add the source."""
    register(Source(kind=RECEIVED, group=Group.MAIL, read=received))


def received(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each mail that the reader may see: from or to the person, or whose parent the record is; of copies, the first.

    An account also has the mail of its people and of its deals. `fact` is a Received.
    """
    rows = Received.objects.visible_to(subject.user).filter(_belongs(subject), dated_at__isnull=False)
    rows = rows.exclude(kind=Received.Kind.OWN, recipient__isnull=False)  # told as the mail that was sent
    if after is not None:
        rows = rows.filter(after.after(RECEIVED, "dated_at"))
    near = rows.select_related("mailbox", "person").defer("raw", "search").order_by("-dated_at", "-id")[: limit * 2]
    kept: dict[str, Received] = {}
    for mail in near:
        kept.setdefault(mail.same or str(mail.pk), mail)
    return [
        Entry(at=mail.dated_at, kind=RECEIVED, id=mail.pk, fact=mail)
        for mail in list(kept.values())[:limit]
        if mail.dated_at is not None
    ]


def _belongs(subject: Subject) -> Q:
    if subject.is_person:
        return Q(person=subject.id) | _parent(("lead", "contact"), subject.id)
    belongs = _parent((subject.module,), subject.id)
    if subject.module == "account":
        people = Person.objects.visible_to(subject.user).filter(account=subject.id).order_by().values("pk")
        deals = registry.module("deal").visible(subject.user).filter(account=subject.id).order_by().values("pk")
        belongs |= Q(person__in=people) | Q(parent_module="deal", parent_id__in=deals)
    return belongs


def _parent(modules: tuple[str, ...], id: int) -> Q:
    """Mail that belongs to a record, or to one that was merged into it."""
    gone = Moved.objects.filter(module__in=modules, to_id=id).values("record_id")
    return Q(parent_module__in=modules) & (Q(parent_id=id) | Q(parent_id__in=gone))
