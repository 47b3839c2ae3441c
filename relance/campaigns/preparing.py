"""Write the recipients of a launched mass mail and let it be sent (MASS-09)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from relance.campaigns import audience
from relance.campaigns.models import MassMail
from relance.mail import actions as mail
from relance.mail.models import Message, Recipient
from relance.mail.models.template import SenderChoice

PREPARE, QUEUE = "relance.campaigns.prepare", "campaigns"
FORGOTTEN = timedelta(minutes=2)


@transaction.atomic
def prepare(message_id: int, *, now: datetime) -> bool:
    """Write the recipients of a launched mail and let it be sent: all or nothing, once however often it runs."""
    message = Message.objects.select_for_update().filter(pk=message_id, state=Message.State.PREPARING).first()
    if message is None:
        return False
    mass_mail = MassMail.objects.select_related("creator__role", "parent").get(message=message)
    write(mass_mail, message, now=now)
    return mail.queue(message, now=now)


def write(mass_mail: MassMail, message: Message, *, only: Collection[int] | None = None, now: datetime) -> None:
    """Write who gets it and who is left out; `only` those who got these copies of the first mail."""
    modes = audience.modes_of(wanted=message.track, policy=message.tracking, opens=message.track_opens)
    owner_signs = SenderChoice.OWNER in (message.from_choice, message.reply_choice)
    before = message.recipients.count() if only is not None else 0
    had = message.recipients.exclude(state=Recipient.State.REFUSED).count() if before else 0
    written = audience.write(mass_mail, message.pk, owner_signs=owner_signs, modes=modes, now=now, only=only) - before
    total = message.recipients.exclude(state=Recipient.State.REFUSED).count() - had
    MassMail.objects.filter(pk=mass_mail.pk).update(matched=F("matched") + written)
    mail.note_recipients(message, total=total, refused=written - total)


def prepare_forgotten(now: datetime) -> None:
    """Prepare what waits for a job that never came; the one that runs holds its row, so it is passed over."""
    waiting = Message.objects.filter(
        kind=Message.Kind.MASS, state=Message.State.PREPARING, created_at__lt=now - FORGOTTEN
    )
    for message_id in waiting.values_list("pk", flat=True):
        prepare(message_id, now=now)
