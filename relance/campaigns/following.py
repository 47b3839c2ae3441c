"""Follow-ups to those who opened: each leaves so many days after a person's own first opening (MASS-05, D12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Q

from relance.campaigns import launching
from relance.campaigns.models import FollowDue, MassMail
from relance.campaigns.preparing import write
from relance.campaigns.taking_turns import take_turns
from relance.events import MessageOpened
from relance.mail import actions as mail
from relance.mail.models import Message
from relance.mail.outbound import held
from relance.team.workspace import organisation

AT_ONCE = 2_000
NOTE = """
INSERT INTO campaigns_followdue (mass_mail_id, recipient_id, due_at)
SELECT f.id, r.id, r.first_opened_at + make_interval(days => f.days)
FROM mail_recipient r JOIN campaigns_massmail m ON m.message_id = r.message_id
JOIN campaigns_massmail f ON f.parent_id = m.id AND f.follow = 'opened' AND f.deleted_at IS NULL
    AND f.state IN ('scheduled', 'launched')
WHERE r.id = ANY(%s) AND r.first_opened_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
State = MassMail.State


def opened(batch: Sequence[MessageOpened]) -> None:
    """Somebody has opened for the first time: her follow-ups get their moment. A reaction, safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [[event.recipient_id for event in batch]])


def send_due(now: datetime) -> None:
    """Send the follow-ups of those whose moment has come, and let none wait in a mail that has ended."""

    take_turns(partial(_send_some, now=now), what="follow-up")
    _reopen_ended()


@transaction.atomic
def _send_some(failed: Collection[int], begun: list[int], *, now: datetime) -> bool:
    due = FollowDue.objects.filter(done_at=None, due_at__lte=now)
    open_ones = Q(state=State.SCHEDULED) | Q(
        state=State.LAUNCHED, message__state__in=(Message.State.SENDING, Message.State.PAUSED, Message.State.DONE)
    )
    waiting = MassMail.objects.filter(open_ones, pk__in=due.values("mass_mail_id"), deleted_at=None)
    waiting = waiting.exclude(pk__in=failed)
    follow_up = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
    if follow_up is None:
        return False
    begun.append(follow_up.pk)
    rows = due.filter(mass_mail=follow_up).order_by("due_at", "id")[:AT_ONCE]
    chosen = list(rows.select_for_update().values_list("pk", "recipient_id", "due_at"))
    FollowDue.objects.filter(pk__in=[pk for pk, _recipient, _due in chosen]).update(done_at=now)
    deliver(follow_up, [recipient for _pk, recipient, _due in chosen], oldest=chosen[0][2], now=now)
    return True


def deliver(follow_up: MassMail, recipients: Sequence[int], *, oldest: datetime, now: datetime) -> None:
    """Write copies into the one message of a mail that goes to one after another: those of these recipients of the
    first mail, or of these people of an auto-responder. What is long overdue asks first (D16).
    """
    message = follow_up.message
    if message is None:
        if not launching.may_leave(follow_up, now=now):
            return
        message = launching.begin(follow_up, organisation(), now, deliver_at=oldest)
        write(follow_up, message, only=recipients, now=now)
        mail.queue(message, now=now)
        return
    Message.objects.select_for_update().get(pk=message.pk)
    write(follow_up, message, only=recipients, now=now)
    if now - oldest > timedelta(hours=organisation().late_hours) or held.is_foreign():
        mail.pause(message, why=held.LATE, now=now)
    else:
        mail.reopen(message)


def _reopen_ended() -> None:
    """The end of a mail and a new copy in it may cross: the copy still leaves."""
    goes_on = Q(mass_mail__follow=MassMail.Follow.OPENED) | Q(mass_mail__responder__isnull=False)
    ended = Message.objects.filter(goes_on, state=Message.State.DONE)
    for message in ended.filter(recipients__standing="waiting").distinct():
        mail.reopen(message)
