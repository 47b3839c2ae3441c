"""What deals tell in the history of their account and people: each step of their way, and their mail (REC-07)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from relance.deals import mail_lists
from relance.deals.models import Deal, DealMail, StageMove
from relance.mail import belonging
from relance.mail.models import Message, Received
from relance.records.history import Entry, Group, Place, Source, Subject, register

KIND = "move"
LINKED = "linked"


def tell() -> None:
    """Add the sources. A deal's own history has these steps in its audit."""
    register(Source(kind=KIND, group=Group.DEAL, read=moves))
    register(Source(kind=LINKED, group=Group.MAIL, read=linked))
    belonging.add(sent)


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


def sent(subject: Subject) -> QuerySet[Message] | None:
    """On an account: what Relance has sent for a deal of it which the reader may see (ESPI-11)."""
    if subject.module != "account":
        return None
    deals = Deal.objects.visible_to(subject.user).filter(account=subject.id).order_by().values("pk")
    links = DealMail.objects.filter(deal__in=deals, message__isnull=False).order_by().values("message")
    ours = Q(about_kind="Deal", about_id__in=deals) | Q(pk__in=links)
    return mail_lists.messages_visible_to(subject.user).filter(ours)


def linked(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """On an account: received mail that is linked to a deal of it and comes from elsewhere. `fact` is a Received."""
    if subject.module != "account":
        return []
    deals = Deal.objects.visible_to(subject.user).filter(account=subject.id).order_by().values("pk")
    links = DealMail.objects.filter(deal__in=deals).exclude(same="")
    rows = Received.objects.visible_to(subject.user).filter(same__in=links.values("same"), dated_at__isnull=False)
    told = Q(person__account=subject.id) | Q(parent_module="account", parent_id=subject.id)  # by the mail itself
    rows = rows.exclude(told | Q(parent_module="deal", parent_id__in=deals)).exclude(
        kind=Received.Kind.OWN, recipient__isnull=False
    )
    if after is not None:
        rows = rows.filter(after.after(LINKED, "dated_at"))
    near = rows.select_related("mailbox", "person").defer("raw", "search").order_by("-dated_at", "-id")[: limit * 2]
    kept: dict[str, Received] = {}
    for mail in near:
        kept.setdefault(mail.same, mail)
    return [
        Entry(at=mail.dated_at, kind=LINKED, id=mail.pk, fact=mail)
        for mail in list(kept.values())[:limit]
        if mail.dated_at is not None
    ]
