"""The state of one person's mail in words, as its tile says it (ENG-08): scheduled for, not opened yet, answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.mail.models import Message, Recipient
from relance.web import format as fmt
from relance.web import words

SOON = timedelta(minutes=2)
FOLLOWED = (Recipient.Track.FULL,)
State = Recipient.State


def of(copy: Recipient, *, now: datetime) -> str:
    """What became of it last; what people did says more than what the relay did."""
    if copy.bounced_at is not None:
        return _("bounced %(when)s") % {"when": _ago(copy.bounced_at, now)}
    if copy.replied_at is not None:
        return _("answered %(when)s") % {"when": _ago(copy.replied_at, now)}
    if copy.first_clicked_at is not None:
        return _("clicked %(when)s") % {"when": _ago(copy.first_clicked_at, now)}
    if copy.last_opened_at is not None:
        return _("opened %(when)s") % {"when": _ago(copy.last_opened_at, now)}
    if copy.sent_at is not None:
        return _("not opened yet") if copy.track in FOLLOWED else _("not tracked")
    return _waiting(copy, now)


def _waiting(copy: Recipient, now: datetime) -> str:
    message = copy.message
    if copy.state in (State.QUEUED, State.LEASED) and message.state in (Message.State.SENDING, Message.State.PREPARING):
        if message.deliver_at > now + SOON:
            return _("scheduled for %(when)s") % {"when": _at(message.deliver_at)}
        return _("leaving")
    if message.state == Message.State.PAUSED:
        return _("held: it asks first")
    return str(words.state(copy.state).word)


def _ago(moment: datetime, now: datetime) -> str:
    return words.ago(moment, now, timezone.get_current_timezone())


def _at(moment: datetime) -> str:
    zone = timezone.get_current_timezone()
    day = fmt.long_day(moment.astimezone(zone).date(), get_language())
    return _("%(day)s, %(hour)s") % {"day": day, "hour": fmt.clock_time(moment, zone)}
