"""What an incoming mail does to the copy of ours that it is about: an answer, a bounce, a complaint. Once each.

Every effect is idempotent, so a mail may be interpreted again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from relance.lib import addresses, keys
from relance.mail.inbound import bounces
from relance.mail.inbound.bounces import Fate
from relance.mail.inbound.classify import Classified, Kind
from relance.mail.inbound.parse import Mail
from relance.mail.inbound.tie import Tie
from relance.mail.models import Interaction, Received, Recipient
from relance.mail.tracking.hits import Hit, HitKind, hit_id
from relance.mail.tracking.note import note
from relance.people.actions import note_bounce, note_delivery

SOFT_EVERY = timedelta(days=1)  # soft bounces of one address count once a day (R14)


def take_effect(received: Received, mail: Mail, found: Classified, tied: Tie) -> None:
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
