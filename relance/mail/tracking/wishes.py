"""What a recipient wishes, through the one door: to leave, to come back, to be followed or not (UNSUB-01 to -06)."""

from __future__ import annotations

from dataclasses import dataclass
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
    OTHERS = "others"  # all but what this very mail belongs to
    PERSONAL = "personal"
    NOTHING = "nothing"


SCOPES = {Keep.PERSONAL: Scope.MARKETING, Keep.NOTHING: Scope.EVERYTHING}


@dataclass(frozen=True)
class Topic:
    """What a mail belongs to, so that one can leave that alone (UNSUB-05): the sequences, or one target list."""

    scope: Suppression.Scope
    list_id: int | None = None

    @property
    def told(self) -> dict[str, str]:
        """As a hit tells it."""
        return {"scope": self.scope, **({"list_id": str(self.list_id)} if self.list_id else {})}


def kept(recipient: Recipient, topic: Topic | None = None) -> Keep:
    """What the ledger says that this address keeps."""
    if not recipient.normal:
        return Keep.ALL
    lines = standing([recipient.normal]).get(recipient.normal, ())
    scopes = {line.scope for line in lines}
    if Scope.EVERYTHING in scopes:
        return Keep.NOTHING
    if Scope.MARKETING in scopes:
        return Keep.PERSONAL
    left = topic is not None and (topic.scope, topic.list_id) in {(line.scope, line.list_id) for line in lines}
    return Keep.OTHERS if left else Keep.ALL


@transaction.atomic
def keep(recipient: Recipient, wanted: Keep, *, words: str, now: datetime, topic: Topic | None = None) -> bool:
    """Make it so; False if it was so already, or cannot be. `words` is what the person read and pressed."""
    before = kept(recipient, topic)
    if wanted is before or (wanted is Keep.OTHERS and topic is None):
        return False
    told = topic.told if topic else {}
    hits = []
    if before is not Keep.ALL:
        hits.append(_hit(recipient, HitKind.OPT_IN, {**told, "route": PAGE, "words": words}, now))
    if wanted is not Keep.ALL:
        left = told if wanted is Keep.OTHERS else {"scope": SCOPES[wanted]}
        hits.append(_hit(recipient, HitKind.OPT_OUT, {**left, "route": PAGE, "words": words}, now))
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
