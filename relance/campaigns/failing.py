"""A mass mail whose start breaks off: it waits longer each time, then stops and tells its author (D25)."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from relance.agenda import outages, reminders
from relance.campaigns import rules
from relance.campaigns.holding import moved, row_of
from relance.campaigns.models import MassMail
from relance.campaigns.words import why
from relance.mail import notices

State = MassMail.State
logger = logging.getLogger(__name__)


def note(mass_mail_id: int, *, now: datetime) -> None:
    """Its start has just broken off and was undone. A word to its author that fails leaves it stopped all the same."""
    stopped = _put_off(mass_mail_id, now)
    if stopped is None:
        return
    try:
        _tell(stopped, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("the author of mass mail %s could not be told that it was stopped", mass_mail_id)


@transaction.atomic
def _put_off(mass_mail_id: int, now: datetime) -> MassMail | None:
    """Let it wait for its next try; after the last one it stops, and is given."""
    row = row_of(MassMail(pk=mass_mail_id))
    if row.state != State.SCHEDULED:
        return None  # somebody has stopped or launched it meanwhile
    tries = row.tries + 1
    if (wait := rules.wait_after(tries)) is not None:
        moved(row, to=State.SCHEDULED, state_why="start_fails", tries=tries, again_at=now + wait)
        return None
    moved(row, to=State.STOPPED, state_why="start_failed", updated_at=now)
    return row


@transaction.atomic
def _tell(row: MassMail, now: datetime) -> None:
    """Wake the open pages of its author, and write to them where a mailbox works."""
    user = row.creator
    reminders.tell([user.pk])
    if (by := outages.working(user)) is None:
        return
    with override(user.language):
        subject = _("%(name)s could not be started") % {"name": row.name}
        text = _("%(why)s\n\nYou find it under Mass mail, with the button that launches it.") % {"why": why(row)}
    key = f"start:{row.pk}:{now:%Y%m%d%H%M%S}"
    notices.write(user, subject=subject, text=text, send_key=key, by=by, now=now)
