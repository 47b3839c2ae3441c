"""Take a mail in: store it raw, find out what it is and whose, and let it have its effect. Once, whatever breaks.

    read_maildirs(now)                  # every folder that a mailbox names, a few hundred mails at a time
    store(mailbox, raw, now=now)        # the mail is ours from here on: byte for byte, whatever it turns out to be
    interpret(received.pk)              # may be done again: every effect is idempotent

Forged mail has no effect (R11, R15, R17): it is stored, and its note says why it was not believed.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from relance.lib import addresses, keys, live
from relance.mail.inbound import bounces, maildir
from relance.mail.inbound.bounces import Fate
from relance.mail.inbound.classify import Classified, Kind, classify
from relance.mail.inbound.parse import Mail, parse
from relance.mail.inbound.placing import place
from relance.mail.inbound.tie import REPORTS, Tie, tie
from relance.mail.models import Folder, Interaction, Mailbox, Received, Recipient, Unwanted
from relance.mail.tracking.hits import Hit, HitKind, hit_id
from relance.mail.tracking.note import note
from relance.people.actions import note_bounce, note_delivery

LONGEST = 100_000_000
FAST = 3  # of zlib: a first synchronisation compresses ten thousands
WRITTEN_HERE = (Folder.Role.SENT, Folder.Role.DRAFTS)
SOFT_EVERY = timedelta(days=1)  # soft bounces of one address count once a day (R14)

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


def store_many(mailbox: Mailbox, mails: Sequence[tuple[bytes, datetime]]) -> list[int | None]:
    """Keep many mails, each with the moment it came; the ids in the same order, None for what is never stored again."""
    names = [hashlib.sha256(raw).hexdigest() for raw, _at in mails]
    unwanted = set(Unwanted.objects.filter(mailbox=mailbox, key__in=names).values_list("key", flat=True))
    rows = (
        Received(
            mailbox=mailbox, key=key, raw=zlib.compress(raw[:LONGEST], FAST), size=len(raw), received_at=at
        )
        for key, (raw, at) in zip(names, mails, strict=True)
        if key not in unwanted
    )  # fmt: skip
    Received.objects.bulk_create(rows, ignore_conflicts=True)
    ids = dict(Received.objects.filter(mailbox=mailbox, key__in=names).values_list("key", "id"))
    return [ids.get(name) for name in names]


def interpret_waiting(among: Sequence[int] | None = None) -> None:
    """Read every stored mail that has not been read; one that cannot be is kept, and says so."""
    rows = Received.objects.filter(kind=Received.Kind.WAITING)
    waiting = rows if among is None else rows.filter(pk__in=among)
    for id in waiting.order_by("id").values_list("id", flat=True)[:1000]:
        try:
            interpret(id)
        except DatabaseError:
            raise
        except Exception as problem:
            logger.exception("mail %s could not be interpreted", id)
            Received.objects.filter(pk=id).update(kind=Received.Kind.FAILED, note=repr(problem)[:300])


@transaction.atomic
def interpret(received_id: int) -> Received | None:
    """Read one stored mail and let it have its effect; None if somebody else is just doing so."""
    with connection.cursor() as cursor:  # what a crash undoes is read again: no need to wait for the disk
        cursor.execute("SET LOCAL synchronous_commit TO OFF")
    rows = Received.objects.select_for_update(skip_locked=True, of=("self",)).select_related("mailbox")
    received = rows.filter(pk=received_id).first()
    if received is None:
        return None
    mail = parse(received.content)
    found = classify(mail)
    received.message_id = mail.message_id[:998]
    if found.kind not in REPORTS and _is_own(received, mail):
        received.kind, received.recipient, received.note = Received.Kind.OWN, None, ""
        return _written(received, mail)
    tied = tie(mail, found, received.mailbox, now=received.received_at)
    if tied.recipient is not None:
        _effect(received, mail, found, tied)
    received.kind = Received.Kind.UNSUBSCRIBE if tied.is_opt_out else Received.Kind(found.kind)
    received.recipient = tied.recipient
    received.note = "; ".join(filter(None, (found.why, tied.how, *mail.problems)))[:300]
    return _written(received, mail)


def _written(received: Received, mail: Mail) -> Received:
    placed = place(received, mail, copy=received.recipient)
    received.save(update_fields=["message_id", "kind", "recipient", "note", *placed])
    with connection.cursor() as cursor:
        live.tell(cursor, f"inbox:{received.mailbox_id}")
    return received


def _is_own(received: Received, mail: Mail) -> bool:
    """Whether it was written in this mailbox: it has no effect, wherever it lies (R16)."""
    if addresses.normal(mail.sender) == addresses.normal(received.mailbox.address):
        return True
    return received.locations.filter(folder__role__in=WRITTEN_HERE).exists()


def _effect(received: Received, mail: Mail, found: Classified, tied: Tie) -> None:
    """What a mail of a known copy does."""
    assert tied.recipient is not None
    kind = Kind.UNSUBSCRIBE if tied.is_opt_out else found.kind
    match kind:
        case Kind.REPLY:
            _note(received, tied.recipient, HitKind.REPLY)
            note_delivery([tied.recipient.normal or ""])
        case Kind.AUTO_REPLY:
            _note(received, tied.recipient, HitKind.AUTO_REPLY, {"subject": mail.subject[:200]})
        case Kind.BOUNCE:
            _bounced(received, mail, found, tied.recipient)
        case Kind.DELAY:
            _note(received, tied.recipient, HitKind.DELAY)
        case Kind.COMPLAINT:
            _note(received, tied.recipient, HitKind.COMPLAINT)
        case Kind.UNSUBSCRIBE:
            wish = {"scope": "marketing", "route": "reply", "words": mail.subject[:200]}
            _note(received, tied.recipient, HitKind.OPT_OUT, wish)


def _note(received: Received, recipient: Recipient, kind: HitKind, detail: dict[str, str] | None = None) -> bool:
    """Through the one door; False if this mail has been noted before."""
    key = keys.derive(settings.SECRET, "tokens")
    # one answer that lies in two mailboxes (R3) is noted once
    same = f"{recipient.pk} {received.message_id}" if received.message_id else str(received.pk)
    hit = Hit(
        id=hit_id(key, "received", same, kind, window=0),
        kind=kind,
        at=received.received_at,
        recipient_id=recipient.pk,
        detail=detail or {},
    )
    with connection.cursor() as cursor:
        return hit.id in note(cursor, [hit]).new


def _bounced(received: Received, mail: Mail, found: Classified, recipient: Recipient) -> None:
    """A dead address is marked at once; a living one is only counted against, unless the fault is ours (5.7.x)."""
    reading = bounces.read(_fate_of(recipient, found), bounces.explanation(mail))
    counts = not reading.ours and not _was_counted(recipient, received.received_at)
    detail = {"bounce": "hard" if reading.is_dead else "soft", "text": reading.text, "status": reading.status}
    if _note(received, recipient, HitKind.BOUNCE, detail) and recipient.normal and (reading.is_dead or counts):
        note_bounce(
            recipient.normal,
            hard=reading.is_dead,
            why=reading.text,
            recipient_id=recipient.pk,
            now=received.received_at,
        )


def _fate_of(recipient: Recipient, found: Classified) -> Fate:
    """What the report says of this address, if it names it; else what it says first."""
    failed = [fate for fate in found.fates if fate.action == "failed"] or list(found.fates)
    for fate in failed:
        if recipient.normal in map(addresses.normal, fate.addresses):
            return fate
    return failed[0] if failed else Fate()


def _was_counted(recipient: Recipient, now: datetime) -> bool:
    """Whether a soft bounce of this address has been noted within a day."""
    return Interaction.objects.filter(
        recipient__normal=recipient.normal, kind=HitKind.BOUNCE, at__gt=now - SOFT_EVERY, at__lte=now
    ).exists()
