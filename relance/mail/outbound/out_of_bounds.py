"""What waits for an address that has just gone out of bounds is left out now, with its reason, not only at the gate.

Both are reactions: they take a batch of one event, and running them twice changes nothing. The gate would refuse the
same copies one by one when their hour comes; this is for the numbers on the screen until then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection, transaction

from relance.events import MessageBounced, PersonOptedOut
from relance.lib import live
from relance.mail.models import Recipient
from relance.mail.outbound import bounds
from relance.people.actions import note_bounce
from relance.people.models import Suppression


def refuse_opted_out(batch: Sequence[PersonOptedOut]) -> None:
    """Nothing that a program wrote, and that has not begun to leave, goes to these addresses any more."""
    lines = Suppression.objects.filter(pk__in=[event.suppression_id for event in batch])
    refuse_waiting(set(lines.values_list("normal", flat=True)))


def mark_bounced(batch: Sequence[MessageBounced]) -> None:
    """The addresses that a relay called dead are dead on their records too, even if the sender was killed meanwhile."""
    bounced = Recipient.objects.filter(pk__in=[event.recipient_id for event in batch], bounce_kind="hard")
    dead: set[str] = set()
    for recipient in bounced.order_by("normal", "id"):
        if recipient.normal and recipient.bounced_at:
            dead.add(recipient.normal)
            note_bounce(
                recipient.normal,
                hard=True,
                why=recipient.bounce_text,
                recipient_id=recipient.pk,
                now=recipient.bounced_at,
            )
    refuse_waiting(dead)


@transaction.atomic
def refuse_waiting(normals: Collection[str]) -> int:
    """Leave out what waits for these addresses and may not go to them; how many copies that was."""
    with connection.cursor() as cursor:
        cursor.execute(bounds.REFUSE_WAITING, {"normals": list(normals)})
        refused = cursor.fetchall()
        live.tell(cursor, *(f"message:{message_id}" for message_id, _ in refused))
    return sum(count for _, count in refused)
