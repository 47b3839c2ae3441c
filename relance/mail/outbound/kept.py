"""The bytes that a relay has seen are kept while they may be wanted again, so that a second try is the same mail (D6).

What nobody has seen is written anew at each try, with the values of the day: the Message-ID stays, the words may be
corrected. Once the content has left and the answer was *later* or none at all, the mail may lie somewhere, and another
text under the same Message-ID would be two mails in one. A process that is killed takes its letters with it: then the
copy is written anew, the same unless its fields have changed, under the same Message-ID.

Whoever has withdrawn her consent meanwhile is not followed by an old letter: another tracking mode is written anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from django.db import close_old_connections, connection

from relance.mail.models import KeptLetter
from relance.mail.outbound.copy import Copy, Record
from relance.mail.transport.outcome import Lost, Outcome, Refused, Stage
from relance.mail.transport.transaction import Letter

CONTENT_LEFT = (Stage.CONTENT, Stage.DOT)
MAY_GO_AGAIN = ("deferred", "queued", "unknown")
FORGET = """
DELETE FROM mail_keptletter k USING mail_recipient r
WHERE r.id = k.recipient_id AND r.state IN ('sent', 'failed', 'cancelled', 'refused')
"""


def is_worth_keeping(outcome: Outcome, record: Record) -> bool:
    """Whether the relay has seen the content and may be offered it again."""
    return isinstance(outcome, Refused | Lost) and outcome.stage in CONTENT_LEFT and record.state in MAY_GO_AGAIN


def keep(copies: Iterable[Copy]) -> None:
    """Remember what these copies said; the first words stand."""
    letters = (
        KeptLetter(recipient_id=copy.due.id, content=zlib.compress(copy.letter.content, 6), track=copy.track)
        for copy in copies
    )
    KeptLetter.objects.bulk_create(letters, ignore_conflicts=True)


def letters(recipient_ids: Sequence[int]) -> dict[int, KeptLetter]:
    """What the relay has seen of these recipients' copies."""
    close_old_connections()
    return KeptLetter.objects.in_bulk(recipient_ids)


def as_before(copy: Copy, kept: KeptLetter | None) -> Copy:
    """The same copy, saying what it said then."""
    if kept is None or kept.track != copy.track:
        return copy
    letter = Letter.rendered(copy.letter.sender, copy.letter.recipient, zlib.decompress(bytes(kept.content)))
    return Copy(copy.due, copy.track, letter)


def forget() -> None:
    """Letters of copies that have come to their end."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
