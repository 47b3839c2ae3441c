"""What is known of mails when their deal is predicted: their people, these people's deals, their thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from relance.deals.models import Deal, DealContact, DealMail, Deals, StageMove
from relance.deals.prediction import Candidate, Facts
from relance.deals.rules import State
from relance.lib import addresses
from relance.mail.inbound import threads
from relance.mail.models import Mailbox, Message, Received, Recipient, ThreadKey
from relance.people.models import Address
from relance.team import policy
from relance.team.models import User

KINDS = (Message.Kind.PERSONAL, Message.Kind.SEQUENCE)
"""A mass mail to deals knows its deal for each copy (MASS-09); other mass mails are about no deal."""

WRITTEN = (
    Received.Kind.REPLY,
    Received.Kind.AUTO_REPLY,
    Received.Kind.OTHER,
    Received.Kind.UNSUBSCRIBE,
    Received.Kind.OWN,
)
IS_READ = Q(is_active=True) & (~Q(imap_host="") | ~Q(maildir=""))
IN_A_READ_MAILBOX = Q(mailbox__in=Mailbox.objects.filter(IS_READ).order_by().values("pk"))
LEADING = (DealMail.Rule.HAND, DealMail.Rule.WRITTEN_HERE, DealMail.Rule.THREAD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail as deals see it: sent by Relance (`message`), or found in mailboxes (`same`)."""

    key: str
    at: datetime
    message: int | None = None
    same: str = ""
    people: frozenset[int] = frozenset()
    thread: int | None = None
    written_on: int | None = None
    is_past: bool = False
    text: str = ""

    @property
    def named(self) -> dict[str, object]:
        """What says in a DealMail which mail it is."""
        return {"key": self.key, "message_id": self.message, "same": self.same}


def of_messages(messages: QuerySet[Message]) -> list[Mail]:
    """Mails that Relance has sent, of senders who have a mailbox that is read (DEAL-07)."""
    rows = list(messages.filter(kind__in=KINDS).select_related("sender", "content"))
    ids = [row.pk for row in rows]
    people: dict[int, set[int]] = defaultdict(set)
    for message, person in Recipient.objects.filter(message__in=ids, person__isnull=False).values_list(
        "message_id", "person_id"
    ):
        people[message].add(person or 0)
    found = dict(ThreadKey.objects.filter(recipient__message__in=ids).values_list("recipient__message", "thread_id"))
    may = {sender.pk for sender in {row.sender for row in rows} if has_mailbox(sender)}
    return [
        Mail(
            key=f"message:{row.pk}",
            at=row.started_at or row.deliver_at,
            message=row.pk,
            people=frozenset(people[row.pk]),
            thread=found.get(row.pk),
            written_on=row.about_id if row.about_kind == "Deal" else None,
            text=row.content.subject,
        )
        for row in rows
        if row.sender_id in may
    ]


def has_mailbox(user: User) -> bool:
    """Whether a mailbox of this colleague, or one that everybody uses, is read: only then mail has to do with deals."""
    return Mailbox.objects.filter(IS_READ).filter(Q(user=user) | Q(kind=Mailbox.Kind.SHARED)).exists()


def require_mailbox(user: User) -> None:
    """Mails and deals are for whoever has a mailbox that is read (DEAL-07, ZDL-02). Raises Forbidden."""
    sentence = _("The deals of mails are for those who have a mailbox that is read. Connect yours in the settings.")
    policy.require(has_mailbox(user), sentence)


def of_received(rows: Iterable[Received]) -> list[Mail]:
    """Mails of mailboxes that are read and shared. What Relance itself has sent, found in Sent, is not told twice."""
    boxes = {box.pk: box for box in Mailbox.objects.filter(IS_READ).exclude(sharing=Mailbox.Sharing.PRIVATE)}
    kept = [
        row for row in rows if row.mailbox_id in boxes and row.same and row.kind in WRITTEN and not is_our_copy(row)
    ]
    people = _people(kept)
    return [
        Mail(
            key=f"same:{row.same}",
            at=row.dated_at or row.received_at,
            same=row.same,
            people=people[row.pk],
            thread=row.thread_id,
            is_past=_is_past(row, boxes[row.mailbox_id]),
            text=f"{row.subject} {row.snippet}",
        )
        for row in kept
    ]


def is_our_copy(row: Received) -> bool:
    """Whether it is a mail that Relance has sent, found in the folder of sent mail."""
    return row.is_outgoing and threads.is_ours(row.message_id)


def _is_past(row: Received, box: Mailbox) -> bool:
    """Whether it lay there before the mailbox was connected."""
    return box.connected_at is not None and (row.dated_at or row.received_at) < box.connected_at


def _people(rows: Sequence[Received]) -> Mapping[int, frozenset[int]]:
    """Whom each mail comes from or goes to, of those whom we know."""
    named = {row.pk: _normals(row) for row in rows}
    known: dict[str, set[int]] = defaultdict(set)
    every = set().union(*named.values()) if named else set()
    for normal, person in Address.objects.filter(normal__in=every, person__isnull=False).values_list(
        "normal", "person_id"
    ):
        known[normal].add(person or 0)
    return {pk: frozenset(person for normal in normals for person in known[normal]) for pk, normals in named.items()}


def _normals(row: Received) -> set[str]:
    others = [address for _name, address in (*row.to, *row.cc)]
    return {row.from_normal, *(normal for one in others if (normal := addresses.normal(one)))} - {""}


def facts(mails: Sequence[Mail]) -> Mapping[str, Facts]:
    """What the rules are told of each mail, by its key. A handful of queries, however many mails."""
    people = frozenset(person for mail in mails for person in mail.people)
    deals, links = _deals(people)
    moves = _moves([deal.pk for deal in deals.values()]) if any(mail.is_past for mail in mails) else {}
    leads = _threads([mail.thread for mail in mails if mail.thread is not None])
    written = set(
        Deal.objects.filter(pk__in=[mail.written_on for mail in mails if mail.written_on]).values_list("pk", flat=True)
    )
    told: dict[str, Facts] = {}
    for mail in mails:
        theirs = {deal: since for person in mail.people for deal, since in links.get(person, ())}
        thread = leads.get(mail.thread or 0)
        told[mail.key] = Facts(
            candidates=[
                seen
                for deal, since in sorted(theirs.items())
                if (seen := _candidate(deals[deal], moves, since, mail)) is not None
            ],
            written_on=mail.written_on if mail.written_on in written else None,
            # a stranger who answers into the thread inherits nothing (R11): his people are none of the deal's
            of_thread=thread if thread in theirs else None,
            is_past=mail.is_past,
        )
    return told


def _deals(people: frozenset[int]) -> tuple[dict[int, Deal], Mapping[int, list[tuple[int, datetime]]]]:
    links: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for person, deal, since in DealContact.objects.filter(person__in=people).values_list(
        "person_id", "deal_id", "since"
    ):
        links[person].append((deal, since))
    ids = {deal for many in links.values() for deal, _since in many}
    return Deal.objects.in_bulk(ids), links


def _moves(deals: Sequence[int]) -> Mapping[int, list[tuple[datetime, str]]]:
    """The way of each deal: when it became what."""
    found: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for deal, at, state in (
        StageMove.objects.filter(deal__in=deals).order_by("at", "id").values_list("deal_id", "at", "state")
    ):
        found[deal].append((at, state))
    return found


def _candidate(
    deal: Deal, moves: Mapping[int, Sequence[tuple[datetime, str]]], since: datetime, mail: Mail
) -> Candidate | None:
    """The deal as it stands; for past mail as it stood then, None if it was not yet, or not with these people."""
    state = deal.state
    if mail.is_past:
        before = [told for at, told in moves.get(deal.pk, ()) if at <= mail.at]
        if not before or since > mail.at:
            return None
        state = before[-1]
    return Candidate(deal=deal.pk, state=State(state), modified_at=deal.modified_at, created_at=deal.created_at)


def _threads(ids: Sequence[int]) -> Mapping[int, int]:
    """The deal that each thread follows: of its mail that was last linked by hand, or written on a deal's page."""
    found: dict[int, tuple[datetime, int]] = {}
    links = DealMail.objects.filter(rule__in=LEADING, deal__isnull=False)
    received = Received.objects.filter(thread__in=ids).exclude(same="").values_list("same", "thread_id")
    by_same = dict(received)
    sent = ThreadKey.objects.filter(thread__in=ids, recipient__isnull=False)
    by_message = dict(sent.values_list("recipient__message", "thread_id"))
    for row in links.filter(Q(same__in=by_same) | Q(message__in=by_message)):
        thread = by_same.get(row.same) or by_message.get(row.message_id or 0)
        if thread is not None and row.deal_id is not None:
            found[thread] = max(found.get(thread, (row.at, 0)), (row.at, row.deal_id))
    return {thread: deal for thread, (_at, deal) in found.items()}


def offered(mail: Mail, *, by: User) -> Deals:
    """The deals that a colleague may choose for a mail: those of its people that she sees (DEAL-04)."""
    return Deal.objects.visible_to(by).filter(links__person__in=mail.people).distinct()
