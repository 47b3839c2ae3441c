"""Take a mail in: store it raw, find out what it is and whose, and let it have its effect. Once, whatever breaks.

    read_maildirs(now)                  # every folder that a mailbox names, a few hundred mails at a time
    store(mailbox, raw, now=now)        # the mail is ours from here on: byte for byte, whatever it turns out to be
    interpret(received.pk)              # may be done again: every effect is idempotent

Forged mail has no effect (R11, R15, R17): it is stored, and its note says why it was not believed.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, DataError, connection, transaction

from relance.lib import addresses, live
from relance.mail.inbound import maildir, placing, threads
from relance.mail.inbound.effects import take_effect
from relance.mail.inbound.packing import LONGEST, Gist, Packed, gist
from relance.mail.inbound.placing import Placed
from relance.mail.inbound.rows import add_many, save_many
from relance.mail.inbound.tie import NOTHING, REPORTS, Tie, acquainted, tie
from relance.mail.models import Folder, Location, Mailbox, Received, Unwanted

WRITTEN_HERE = (Folder.Role.SENT, Folder.Role.DRAFTS)
AT_ONCE = 250

logger = logging.getLogger(__name__)


def read_maildirs(now: datetime) -> int:
    """Take in what lies in the Maildir of each mailbox, and interpret what waits; how many mails were taken in."""
    count = 0
    for mailbox in Mailbox.objects.exclude(maildir="").order_by("id"):
        try:
            count += _read_maildir(mailbox, now)
        except OSError as problem:
            logger.warning("the Maildir of mailbox %s cannot be read: %s", mailbox.pk, problem)
    interpret_waiting()
    return count


def _read_maildir(mailbox: Mailbox, now: datetime) -> int:
    count = 0
    for path in maildir.waiting(Path(mailbox.maildir)):
        raw = maildir.read(path)
        if raw is not None:
            store(mailbox, raw, now=now)
            maildir.take(path)
            count += 1
    return count


def store(mailbox: Mailbox, raw: bytes, *, now: datetime) -> Received:
    """Keep a mail as it came; the same bytes in the same mailbox are the same mail. Durable when this returns."""
    kept = raw[:LONGEST]
    return Received.objects.get_or_create(
        mailbox=mailbox,
        key=hashlib.sha256(raw).hexdigest(),
        defaults={"raw": zlib.compress(kept, 6), "size": len(raw), "received_at": now},
    )[0]


def store_many(mailbox: Mailbox, mails: Sequence[tuple[Packed, datetime]]) -> list[int | None]:
    """Keep many mails, each with the moment it came; the ids in the same order, None for what is never stored again."""
    names = [mail.key for mail, _at in mails]
    unwanted = set(Unwanted.objects.filter(mailbox=mailbox, key__in=names).values_list("key", flat=True))
    add_many([(mailbox.pk, mail.key, mail.kept, len(mail.raw), at) for mail, at in mails if mail.key not in unwanted])
    ids = dict(Received.objects.filter(mailbox=mailbox, key__in=names).values_list("key", "id"))
    return [ids.get(name) for name in names]


def interpret_waiting(among: Mapping[int, Packed] | None = None) -> None:
    """Read every stored mail that has not been read, or of these; one that cannot be is kept, and says so.

    `among`: ids with the mails, where they are at hand.
    """
    known = among or {}
    rows = Received.objects.filter(kind=Received.Kind.WAITING)
    waiting = rows if among is None else rows.filter(pk__in=list(among))
    ids = list(waiting.order_by("id").values_list("id", flat=True)[:1000])
    faults: Counter[str] = Counter()
    for start in range(0, len(ids), AT_ONCE):
        _interpret_all(ids[start : start + AT_ONCE], known, faults)
    for fault, count in faults.items():
        if count > 1:
            logger.error("%s more mails could not be interpreted: %s", count - 1, fault)


def _interpret_all(ids: Sequence[int], known: Mapping[int, Packed], faults: Counter[str]) -> None:
    """Together, or if one of them is a mail that we cannot read, each alone; a fault tells its way here once."""
    try:
        interpret_many(ids, known)
        return
    except Exception as problem:
        if len(ids) == 1:
            if isinstance(problem, DatabaseError) and not isinstance(problem, DataError):
                raise  # the database is at fault, not the mail: it waits
            _keep_unread(ids[0], problem, faults)
    if len(ids) > 1:
        for id in ids:
            _interpret_all([id], known, faults)


def _keep_unread(id: int, problem: Exception, faults: Counter[str]) -> None:
    fault = _where(problem)
    if not faults[fault]:
        logger.exception("mail %s could not be interpreted: %s", id, fault)
    faults[fault] += 1
    Received.objects.filter(pk=id).update(kind=Received.Kind.FAILED, note=repr(problem)[:300])


def _where(problem: Exception) -> str:
    """The same for all mails that fail at the same statement."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__} at {Path(last.filename).name}:{last.lineno}"


def interpret(received_id: int) -> Received | None:
    """Read one stored mail and let it have its effect; None if somebody else is just doing so."""
    return next(iter(interpret_many([received_id])), None)


@transaction.atomic
def interpret_many(ids: Sequence[int], known: Mapping[int, Packed] | None = None) -> list[Received]:
    """Read stored mails and let each have its effect; without those that somebody else is just reading.

    What costs a question to the database is asked for all of them at once.
    """
    with connection.cursor() as cursor:  # what a crash undoes is read again: no need to wait for the disk
        cursor.execute("SET LOCAL synchronous_commit TO OFF")
    rows = Received.objects.select_for_update(skip_locked=True)
    at_hand = known or {}
    if all(id in at_hand for id in ids):
        rows = rows.defer("raw", "search")
    waiting = list(rows.filter(pk__in=ids).order_by("id"))
    mailboxes = Mailbox.objects.in_bulk({received.mailbox_id for received in waiting})
    for received in waiting:
        received.mailbox = mailboxes[received.mailbox_id]
    read = [_read(received, at_hand.get(received.pk)) for received in waiting]
    _mark_own(read)
    _tie_all([each for each in read if not each.is_own])
    columns = placing.place_many([each.placed for each in read])
    save_many([each.received for each in read], ["message_id", "kind", "recipient", "note", *columns])
    with connection.cursor() as cursor:
        for id in sorted({each.received.mailbox_id for each in read}):
            live.tell(cursor, f"inbox:{id}")
    return [each.received for each in read]


@dataclass(kw_only=True)
class _Read:
    """A stored mail on its way through `interpret_many`."""

    received: Received
    gist: Gist
    is_own: bool = False
    tied: Tie = NOTHING

    @property
    def placed(self) -> Placed:
        """What is to be placed of it."""
        return Placed(received=self.received, mail=self.gist.mail, outline=self.gist.outline, copy=self.tied.recipient)


def _read(received: Received, packed: Packed | None) -> _Read:
    """What can be told from its bytes alone; most mails of a first synchronisation have been read beside us."""
    told = packed.gist if packed is not None else None
    if told is None:
        told = gist(received.content if packed is None else packed.raw, arrived_at=received.received_at)
    received.message_id = told.mail.message_id[:998]
    return _Read(received=received, gist=told)


def _mark_own(read: Sequence[_Read]) -> None:
    """What was written in its mailbox has no effect, wherever it lies (R16)."""
    places = Location.objects.filter(
        received__in=[each.received.pk for each in read], folder__role__in=WRITTEN_HERE
    )  # fmt: skip
    written_here = set(places.values_list("received_id", flat=True))
    for each in read:
        sender = addresses.normal(each.gist.mail.sender)
        is_ours = each.received.pk in written_here or sender == addresses.normal(each.received.mailbox.address)
        if is_ours and each.gist.found.kind not in REPORTS:
            each.is_own = True
            each.received.kind, each.received.recipient, each.received.note = Received.Kind.OWN, None, ""
    own = {each.received.message_id for each in read if each.is_own and each.received.message_id}
    copies = threads.copies_of(own)
    for each in read:
        if each.is_own:
            each.received.recipient_id = copies.get(each.received.message_id)


def _tie_all(read: Sequence[_Read]) -> None:
    """Find the copy of ours that each is about, and let it have its effect, in the order in which they came."""
    known = acquainted([each.gist.mail.sender for each in read])
    for each in read:
        received, mail, found = each.received, each.gist.mail, each.gist.found
        each.tied = tied = tie(mail, found, received.mailbox, now=received.received_at, acquainted=known)
        if tied.recipient is not None:
            take_effect(received, mail, found, tied)
        received.kind = Received.Kind.UNSUBSCRIBE if tied.is_opt_out else Received.Kind(found.kind)
        received.recipient = tied.recipient
        received.note = "; ".join(filter(None, (found.why, tied.how, *mail.problems)))[:300]
