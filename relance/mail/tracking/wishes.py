"""What a recipient wishes, through the one door: to leave, to come back, to be followed or not (UNSUB-01 to -06)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from django.db import connection, transaction

from relance.mail.models import Recipient
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.people.actions import record_consent, standing
from relance.people.models import Person, Suppression

Scope = Suppression.Scope
PAGE = Suppression.Route.PAGE


class Keep(StrEnum):
    """Which of our mail somebody keeps."""

    ALL = "all"
    PERSONAL = "personal"
    NOTHING = "nothing"


SCOPES = {Keep.PERSONAL: Scope.MARKETING, Keep.NOTHING: Scope.EVERYTHING}


def kept(recipient: Recipient) -> Keep:
    """What the ledger says that this address keeps."""
    if not recipient.normal:
        return Keep.ALL
    scopes = {line.scope for line in standing([recipient.normal]).get(recipient.normal, ())}
    if Scope.EVERYTHING in scopes:
        return Keep.NOTHING
    return Keep.PERSONAL if Scope.MARKETING in scopes else Keep.ALL


@transaction.atomic
def keep(recipient: Recipient, wanted: Keep, *, words: str, now: datetime) -> bool:
    """Make it so; False if it was so already. `words` is what the person read and pressed."""
    before = kept(recipient)
    if wanted is before:
        return False
    hits = []
    if before is not Keep.ALL:
        hits.append(_hit(recipient, HitKind.OPT_IN, {"route": PAGE, "words": words}, now))
    if wanted is not Keep.ALL:
        hits.append(_hit(recipient, HitKind.OPT_OUT, {"scope": SCOPES[wanted], "route": PAGE, "words": words}, now))
    with connection.cursor() as cursor:
        note(cursor, hits)
    return True


def _hit(recipient: Recipient, kind: HitKind, detail: dict[str, str], now: datetime) -> Hit:
    return Hit(id=uuid4(), kind=kind, at=now, recipient_id=recipient.pk, method="POST", detail=detail)


def follow(recipient: Recipient, agreed: bool, *, words: str, now: datetime) -> bool:
    """Write the person's consent with its proof; withdrawing also silences the pixels already sent (UNSUB-06)."""
    person = recipient.person
    wanted = Person.Consent.GRANTED if agreed else Person.Consent.DENIED
    if person is None or person.tracking_consent == wanted:
        return False
    record_consent(person, wanted, how="page", words=words, source=f"mail {recipient.message_id}", by=None, now=now)
    return True
