"""Write what the mail client shows of a mail: its outline, its thread, whose it is. Safe to do again.

columns = place_many(mails)      # within `receive.interpret_many`
catch_up(now)                              # mail that was stored before there were such columns
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction

from relance import events
from relance.lib import addresses
from relance.mail.inbound import threads
from relance.mail.inbound.outline import Outline, normals, outline, settle
from relance.mail.inbound.parse import Mail, parse
from relance.mail.inbound.rows import save_many
from relance.mail.inbound.whose import HAND, Earlier, Facts, Ours, Parent, Whose, whose
from relance.mail.models import Mailbox, Received, Recipient, Thread
from relance.people.models import Address
from relance.team.models import Organisation, User

AT_ONCE = 300
COLUMNS = (
    "thread", "is_outgoing", "subject", "from_name", "from_email", "from_normal", "to", "cc", "reply_to", "written_at",
    "dated_at", "snippet", "has_attachments", "same", "search", "person", "parent_module", "parent_id", "parent_how",
)  # fmt: skip
REPORTS = frozenset({Received.Kind.BOUNCE, Received.Kind.DELAY, Received.Kind.DELIVERED, Received.Kind.COMPLAINT})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A mail that is to be placed; `copy`: ours that it is about."""

    received: Received
    mail: Mail
    outline: Outline
    copy: Recipient | None


def place_many(mails: Sequence[Placed]) -> Sequence[str]:
    """Set the columns of mails that the client shows, and name them for saving; one mail may answer another of them."""
    told = [each.outline for each in mails]
    known = ours()
    for each, seen in zip(mails, told, strict=True):
        _write_outline(each.received, seen)
        each.received.is_outgoing = _is_outgoing(each.received, known)
    found = threads.join_many([_bearing(each) for each in mails])
    bearers = holders(
        {party for each, seen in zip(mails, told, strict=True) for party in _parties(each.received, seen)}
    )
    earlier, fresh = _Earlier(mails), [each.received for each in mails if each.received.thread_id is None]
    for each, seen, thread in zip(mails, told, found, strict=True):
        each.received.thread_id = thread
        if each.received.parent_how != HAND:
            _write_whose(each.received, whose(_facts(each, seen, bearers, earlier, known)))
        earlier.add(each.received)
    events.emit_many(events.MessageReceived(received.pk) for received in fresh if received.person_id is not None)
    return COLUMNS


def _bearing(each: Placed) -> threads.Bearing:
    is_forged = not each.received.is_outgoing and threads.is_ours(each.mail.message_id)  # a twin of a mail of ours (R4)
    own = "" if is_forged else each.mail.message_id
    return threads.Bearing(own=own, named=each.mail.references, copy=each.copy)


def _write_outline(received: Received, told: Outline) -> None:
    received.subject, received.snippet, received.same = told.subject, told.snippet, told.same
    received.from_name, received.from_email = told.sender
    received.from_normal = addresses.normal(told.sender[1]) or told.sender[1].lower()
    received.to, received.cc, received.reply_to = (
        [list(one) for one in many] for many in (told.to, told.cc, told.reply_to)
    )
    received.written_at, received.dated_at = told.written_at, settle(told.written_at, received.received_at)
    received.has_attachments = told.has_attachments
    received.search = told.words  # `rows` makes what is searched of it


def ours() -> Ours:
    """Who we are: the addresses of users, mailboxes and the organisation, and their domains."""
    written = [
        *User.objects.values_list("email", flat=True),
        *Mailbox.objects.values_list("address", flat=True),
        *Organisation.objects.values_list("mail_address", flat=True),
    ]
    known = frozenset(normal for one in written if one and (normal := addresses.normal(one)) is not None)
    return Ours(addresses=known, domains=frozenset(one.rpartition("@")[2] for one in known))


def _is_outgoing(received: Received, known: Ours) -> bool:
    """Whether it was written here: as the server's folder says, else from this mailbox or one of us to others."""
    if received.kind == Received.Kind.OWN:
        return True
    return received.from_normal == addresses.normal(received.mailbox.address) or (
        received.from_normal in known.addresses
        and not any(known.are(normal) for normal in normals([(n, a) for n, a in (*received.to, *received.cc)]))
    )


def _parties(received: Received, told: Outline) -> list[str]:
    return [received.from_normal, *normals([*told.reply_to, *told.to, *told.cc])]


def _facts(
    each: Placed, told: Outline, bearers: Mapping[str, Sequence[Parent]], earlier: _Earlier, known: Ours
) -> Facts:
    named = each.mail.references
    return Facts(
        sender=each.received.from_normal,
        reply_to=normals(told.reply_to),
        to=normals(told.to),
        cc=normals(told.cc),
        earlier=earlier.named_by(each.received, named) if named and each.received.kind not in REPORTS else (),
        answered=_answered(each.copy),
        holders=bearers,
        ours=known,
    )


def holders(normals_: Iterable[str]) -> Mapping[str, list[Parent]]:
    """The records that bear these addresses."""
    found: dict[str, list[Parent]] = {}
    rows = Address.objects.filter(normal__in=set(normals_)).values_list(
        "normal", "person__kind", "person_id", "account_id"
    )
    for normal, kind, person, account in rows:
        parent = Parent(module=kind, id=person) if person is not None else Parent(module="account", id=account or 0)
        found.setdefault(normal, []).append(parent)
    return found


class _Earlier:
    """The mails that these refer to and that have a parent: stored ones, and those of the same batch before them."""

    def __init__(self, mails: Sequence[Placed]) -> None:
        self._rows: dict[tuple[int, str], list[Received]] = {}
        named = {id for each in mails for id in each.mail.references}
        boxes = {each.received.mailbox_id for each in mails}
        rows = Received.objects.filter(mailbox__in=boxes, message_id__in=named, parent_id__isnull=False)
        for row in rows.defer("raw", "search").order_by("pk") if named else ():
            self.add(row)

    def add(self, row: Received) -> None:
        """Another that may be referred to."""
        near = self._rows.setdefault((row.mailbox_id, row.message_id), [])
        near[:] = [other for other in near if other.pk != row.pk]
        if row.parent_id is not None and len(near) < 50:
            near.append(row)

    def named_by(self, received: Received, named: Sequence[str]) -> list[Earlier]:
        """What this one names, the nearest first."""
        ids = dict.fromkeys(reversed(named))
        near = [row for id in ids for row in self._rows.get((received.mailbox_id, id), ()) if row.pk != received.pk]
        return [
            Earlier(
                parent=Parent(module=row.parent_module, id=row.parent_id or 0),
                people=frozenset([row.from_normal, *normals([(n, a) for n, a in (*row.to, *row.cc)])]),
            )
            for row in near[:50]
        ]


def _answered(copy: Recipient | None) -> Parent | None:
    """Whom our own mail was written to: `copy` is only known where the answer has been believed (R11)."""
    if copy is None or copy.person is None:
        return None
    return Parent(module=copy.person.kind, id=copy.person.pk)


def _write_whose(received: Received, found: Whose) -> None:
    received.person_id = found.person
    received.parent_module = found.parent.module if found.parent else ""
    received.parent_id = found.parent.id if found.parent else None
    received.parent_how = found.how


def catch_up(_now: datetime) -> int:
    """Place mail that was read before there was anything to place it by; how many were."""
    waiting = Received.objects.filter(thread=None).exclude(kind=Received.Kind.WAITING)
    ids = list(waiting.order_by("-id").values_list("id", flat=True)[:AT_ONCE])
    for id in ids:
        try:
            _place_again(id)
        except DatabaseError:
            raise
        except Exception:
            logger.exception("mail %s could not be placed", id)
            Received.objects.filter(pk=id).update(thread=Thread.objects.create(), dated_at=None)
    return len(ids)


@transaction.atomic
def _place_again(id: int) -> None:
    rows = Received.objects.select_for_update(skip_locked=True, of=("self",))
    received = rows.select_related("mailbox", "recipient__message", "recipient__person").filter(pk=id).first()
    if received is not None:
        mail = parse(received.content)
        told = outline(mail, arrived_at=received.received_at)
        save_many([received], place_many([Placed(received=received, mail=mail, outline=told, copy=received.recipient)]))


def meet(created: Sequence[events.RecordCreated]) -> None:
    """Mail of those who were unknown until now belongs to them."""
    claim([event.person_id for event in created])


def claim(people: Collection[int]) -> int:
    """Give these people the mail that came from their addresses and belongs to nobody; how many mails."""
    known, count = ours(), 0
    for address in Address.objects.filter(person__in=people).select_related("person"):
        if address.person is None or known.are(address.normal):
            continue
        strangers = Received.objects.filter(from_normal=address.normal, person=None, is_outgoing=False)
        count += strangers.filter(parent_id=None).update(
            parent_module=address.person.kind, parent_id=address.person.pk, parent_how="from"
        )
        strangers.update(person=address.person)
    return count
