"""The figures of one mail or of several: what people did, and how long it took them; machines stand apart (ENG-09)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from relance.mail.models import Interaction, Message, Recipient
from relance.people.models import Person
from relance.team.models import User

HUMAN = Interaction.Verdict.HUMAN
Kind = Interaction.Kind


def personal(user: User) -> QuerySet[Message]:
    """Mails to one person or few that one may read: one's own, and those to people whom one sees."""
    to_mine = Recipient.objects.filter(message=OuterRef("pk"), person__in=Person.objects.visible_to(user))
    rows = Message.objects.filter(kind__in=(Message.Kind.PERSONAL, Message.Kind.SEQUENCE))
    return rows.filter(Q(sender=user) | Exists(to_mine)).exclude(send_key__startswith="account:")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What became of some copies. `hits` counts every request, machines included."""

    copies: int
    sent: int
    followed: int
    opens: int
    opened: int
    open_hits: int
    clicks: int
    clicked: int
    click_hits: int
    files: int
    replies: int
    bounced: int
    first_open_after: timedelta | None
    reply_after: timedelta | None


def figures(copies: Sequence[Recipient], hits: Iterable[Interaction]) -> Figures:
    """Of these copies, with what was noted of them. *(pure)*"""
    many = list(hits)
    ids = {copy.pk for copy in copies}
    human = [hit for hit in many if hit.verdict == HUMAN and hit.recipient_id in ids]
    return Figures(
        copies=len(copies),
        sent=sum(copy.sent_at is not None for copy in copies),
        followed=sum(copy.track == Recipient.Track.FULL for copy in copies),
        opens=sum(copy.opens for copy in copies),
        opened=sum(copy.first_opened_at is not None for copy in copies),
        open_hits=sum(hit.kind == Kind.OPEN for hit in many),
        clicks=sum(copy.clicks for copy in copies),
        clicked=sum(copy.first_clicked_at is not None for copy in copies),
        click_hits=sum(hit.kind == Kind.CLICK for hit in many),
        files=sum(hit.kind == Kind.FILE for hit in human),
        replies=sum(copy.replied_at is not None for copy in copies),
        bounced=sum(copy.bounced_at is not None for copy in copies),
        first_open_after=_soonest(copies, "first_opened_at"),
        reply_after=_soonest(copies, "replied_at"),
    )


def _soonest(copies: Iterable[Recipient], name: str) -> timedelta | None:
    """From the departure of a copy to what its reader did, the shortest of them."""
    took = [getattr(copy, name) - copy.sent_at for copy in copies if copy.sent_at and getattr(copy, name)]
    return min(took, default=None)


def shown(message: Message, copies: Sequence[Recipient]) -> dict[str, list[str]]:
    """Who stands in To, Cc and Bcc, by their names."""
    to, cc = message.shown_to, message.shown_cc
    if to is None and cc is None:
        return {"to": [copy.name or copy.email for copy in copies], "cc": [], "bcc": []}
    known = {address.lower() for _name, address in [*(to or []), *(cc or [])]}
    return {
        "to": [name or address for name, address in to or []],
        "cc": [name or address for name, address in cc or []],
        "bcc": [copy.name or copy.email for copy in copies if copy.email.lower() not in known],
    }
