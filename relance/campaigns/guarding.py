"""A mail that bounces or is complained of too much pauses by itself, once; then people decide (CAMP-06, ADM-03)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from relance.campaigns import rules
from relance.campaigns.models import MassMail
from relance.mail import actions as mail
from relance.mail.models import Message, Recipient
from relance.team.models import Organisation
from relance.team.workspace import organisation


def watch(now: datetime) -> None:
    """Look at every mass mail that is being sent."""
    suspect = Q(message__bounced__gte=rules.FEWEST_BOUNCES) | Q(message__complained__gte=rules.FEWEST_COMPLAINTS)
    sending = MassMail.objects.filter(suspect, message__state=Message.State.SENDING, guarded_at=None)
    for mass_mail in sending.select_related("message"):
        _look(mass_mail, organisation(), now)


@transaction.atomic
def _look(mass_mail: MassMail, known: Organisation, now: datetime) -> None:
    message = mass_mail.message
    assert message is not None
    hard = Recipient.objects.filter(message=message, bounced_at__isnull=False, bounce_kind="hard").count()
    breach = rules.breach(
        sent=message.sent + hard, hard=hard, complained=message.complained, bounce_percent=known.bounce_limit,
        complaint_permille=known.complaint_limit,
    )  # fmt: skip
    if breach and mail.pause(message, why=breach, now=now):
        MassMail.objects.filter(pk=mass_mail.pk).update(guarded_at=now)
