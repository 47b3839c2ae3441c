"""The mails of a deal and of its contacts, as a colleague may see them, with the deal of each (DEAL-03, DEAL-05)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from relance.deals import mail_facts
from relance.deals.models import Deal, DealMail
from relance.mail import contents
from relance.mail.models import Message, Received, Recipient
from relance.people.models import Person
from relance.team.models import User

SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One mail of a list: what it says, with whom, and its deal as far as the reader sees it.

    `author` wrote it; `copy` is the one of its recipients who has gone furthest with it, where Relance sent it.
    """

    key: str
    at: datetime
    subject: str
    who: str
    is_outgoing: bool
    author: str
    copy: Recipient | None = None
    message: int | None = None
    received: int | None = None
    link: DealMail | None = None
    deal: Deal | None = None

    @property
    def is_linked(self) -> bool:
        """Whether it belongs to a deal, be it one that the reader may not see."""
        return self.link is not None and self.link.deal_id is not None

    @property
    def is_offered(self) -> bool:
        """Whether what was chosen before its mailbox was disconnected can be chosen again (DEAL-08)."""
        return self.link is not None and self.link.is_offered


def messages_visible_to(user: User) -> QuerySet[Message]:
    """What Relance has sent on behalf of this colleague, or to people whom she sees."""
    known = Recipient.objects.filter(message=OuterRef("pk"), person__in=Person.objects.visible_to(user).order_by())
    return Message.objects.filter(Q(sender=user) | Exists(known), kind__in=mail_facts.KINDS)


def messages_of(deal: Deal) -> QuerySet[Message]:
    """What Relance has sent that belongs to this deal: written on its page, or linked to it."""
    written = Q(about_kind="Deal", about_id=deal.pk)
    return Message.objects.filter(written | Exists(DealMail.objects.filter(message=OuterRef("pk"), deal=deal)))


def of_deal(deal: Deal, *, by: User, limit: int = SHOWN) -> list[Listed]:
    """The mails that belong to this deal, the newest first."""
    links = DealMail.objects.filter(deal=deal)
    return _listed(
        messages_visible_to(by).filter(deal_mails__in=links),
        Received.objects.visible_to(by).filter(same__in=links.exclude(same="").values("same")),
        by=by,
        limit=limit,
    )


def of_people(people: Collection[int], *, by: User, limit: int = SHOWN) -> list[Listed]:
    """The mails from and to these people, the newest first, whatever deal they belong to."""
    seen = list(Person.objects.visible_to(by).filter(pk__in=people).values_list("pk", flat=True))
    sent = Recipient.objects.filter(person__in=seen, sent_at__isnull=False).order_by("-id")
    ids = list(sent.filter(message__kind__in=mail_facts.KINDS).values_list("message_id", flat=True)[: 4 * limit])
    return _listed(
        messages_visible_to(by).filter(pk__in=ids),
        Received.objects.visible_to(by).filter(person__in=seen),
        by=by,
        limit=limit,
    )


def of_offered(*, by: User, limit: int = SHOWN) -> list[Listed]:
    """The mails whose deal was chosen by hand before their mailbox was disconnected."""
    links = DealMail.objects.filter(is_offered=True)
    return _listed(
        messages_visible_to(by).filter(deal_mails__in=links),
        Received.objects.visible_to(by).filter(same__in=links.exclude(same="").values("same")),
        by=by,
        limit=limit,
    )


def one(key: str, *, by: User) -> Listed | None:
    """The mail of this key, if this colleague may see it."""
    kind, _, name = key.partition(":")
    messages, received = Message.objects.none(), Received.objects.none()
    if kind == "message" and name.isdecimal() and len(name) < 19:
        messages = messages_visible_to(by).filter(pk=int(name))
    elif kind == "same" and name:
        received = Received.objects.visible_to(by).filter(same=name)
    return next(iter(_listed(messages, received, by=by, limit=1)), None)


def row_of(listed: Listed) -> Message | Received:
    """The mail itself, to be linked (`mails.mail_of`)."""
    if listed.message is not None:
        return Message.objects.get(pk=listed.message)
    return Received.objects.select_related("mailbox").get(pk=listed.received or 0)


def _listed(messages: QuerySet[Message], received: QuerySet[Received], *, by: User, limit: int) -> list[Listed]:
    found = {one.key: one for one in (*_sent(messages, limit), *_came(received, limit))}
    links = DealMail.objects.filter(key__in=found).select_related("deal", "by", "offered")
    by_key = {link.key: link for link in links}
    deals = [link.deal_id for link in by_key.values() if link.deal_id is not None]
    seen = Deal.objects.visible_to(by).select_related("stage").in_bulk(deals)
    told = [_with(one, by_key.get(key), seen) for key, one in found.items()]
    return sorted(told, key=lambda one: (one.at, one.key), reverse=True)[:limit]


def _with(one: Listed, link: DealMail | None, seen: dict[int, Deal]) -> Listed:
    deal = seen.get(link.deal_id or 0) if link is not None else None
    return Listed(**{**vars(one), "link": link, "deal": deal})


def _sent(messages: QuerySet[Message], limit: int) -> Sequence[Listed]:
    rows = messages.select_related("content", "sender").order_by("-deliver_at", "-id").distinct()[:limit]
    copies: dict[int, list[Recipient]] = {}
    for copy in Recipient.objects.filter(message__in=[row.pk for row in rows]).select_related("message", "person"):
        copies.setdefault(copy.message_id, []).append(copy)
    return [
        Listed(
            key=f"message:{row.pk}",
            at=row.started_at or row.deliver_at,
            subject=contents.subject_of(copies[row.pk][0]) if row.pk in copies else row.content.subject,
            who=", ".join(copy.name or copy.email for copy in copies.get(row.pk, ())),
            is_outgoing=True,
            author=str(row.sender or ""),
            copy=max(copies.get(row.pk, ()), key=_progress, default=None),
            message=row.pk,
        )
        for row in rows
    ]


def _progress(copy: Recipient) -> tuple[bool, ...]:
    return (bool(copy.replied_at), bool(copy.first_clicked_at), bool(copy.first_opened_at), bool(copy.sent_at))


def _came(received: QuerySet[Received], limit: int) -> Sequence[Listed]:
    rows = received.exclude(same="").filter(kind__in=mail_facts.WRITTEN).order_by("-dated_at", "-id")[: 2 * limit]
    return [
        Listed(
            key=f"same:{row.same}",
            at=row.dated_at or row.received_at,
            subject=row.subject,
            who=_others(row),
            is_outgoing=row.is_outgoing,
            author=row.from_name or row.from_email,
            received=row.pk,
        )
        for row in rows
        if not mail_facts.is_our_copy(row)
    ]


def _others(row: Received) -> str:
    if not row.is_outgoing:
        return row.from_name or row.from_email
    return ", ".join(name or address for name, address in row.to)
