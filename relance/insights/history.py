"""What mail tells of people: the last mail of each row of a list, a person's mails with what came of them (REC-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet, Sum, Window

from relance.mail.models import Interaction, Recipient
from relance.people.models import People

State = Recipient.State
KEPT_BACK = (State.REFUSED, State.CANCELLED)
COPY = (
    "id",
    "person_id",
    "state",
    "track",
    "queued_at",
    "next_attempt_at",
    "sent_at",
    "first_opened_at",
    "first_clicked_at",
    "replied_at",
    "bounced_at",
    "machine_hits",
)


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """What a row of a list shows of a person's mail."""

    last: Recipient
    opens: int
    last_opened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How many mails a person got, and what she did with them."""

    sent: int
    opened: int
    clicked: int
    replied: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """One mail to a person, and everything that came of it, oldest first."""

    copy: Recipient
    hits: tuple[Interaction, ...]


def glimpses(person_ids: Collection[int]) -> dict[int, Glimpse]:
    """The last mail of each of these people, and all openings; those never written to are left out. One query."""
    mails = Recipient.objects.filter(person_id__in=person_ids).exclude(state__in=KEPT_BACK)
    told = mails.annotate(
        all_opens=Window(Sum("opens"), partition_by="person_id"),
        latest=Window(Max("last_opened_at"), partition_by="person_id"),
    )
    last = told.order_by("person_id", "-id").distinct("person_id").only(*COPY)
    return {
        copy.person_id: Glimpse(last=copy, opens=copy.all_opens, last_opened_at=copy.latest)
        for copy in last
        if copy.person_id is not None
    }


def figures(people: People) -> Figures:
    """The mails of some people, counted by copies."""
    counted: Mapping[str, int] = Recipient.objects.filter(person__in=people).aggregate(
        sent=Count("id", filter=Q(sent_at__isnull=False)),
        opened=Count("id", filter=Q(first_opened_at__isnull=False)),
        clicked=Count("id", filter=Q(first_clicked_at__isnull=False)),
        replied=Count("id", filter=Q(replied_at__isnull=False)),
    )
    return Figures(**counted)


def mails_of(people: People, *, before: int | None, limit: int) -> list[Told]:
    """The mails of some people, newest first, from before a copy on; with all that came of each."""
    return _told(Recipient.objects.filter(person__in=people), before, limit)


def _told(rows: QuerySet[Recipient], before: int | None, limit: int) -> list[Told]:
    if before is not None:
        rows = rows.filter(pk__lt=before)
    near = rows.select_related("message__content", "message__sender", "message__mass_mail", "person")
    copies = list(near.order_by("-id")[:limit])
    hits: dict[int | None, list[Interaction]] = {}
    for hit in Interaction.objects.filter(recipient__in=copies).order_by("at", "id"):
        hits.setdefault(hit.recipient_id, []).append(hit)
    return [Told(copy=copy, hits=tuple(hits.get(copy.pk, ()))) for copy in copies]
