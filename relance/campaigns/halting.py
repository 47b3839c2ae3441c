"""Stop, pause and resume a mass mail (MASS-06, MASS-07, D17)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.campaigns import contests, follow_ups, rules
from relance.campaigns.holding import not_yours, require_creator, row_of
from relance.campaigns.models import MassMail
from relance.lib.refusal import Refused
from relance.lib.states import move
from relance.mail import actions as mail
from relance.mail.outbound import held
from relance.team import policy
from relance.team.models import User

State = MassMail.State


class CannotStop(Refused):
    """There is nothing left to stop."""


class CannotPause(Refused):
    """It is not being sent."""


class CannotResume(Refused):
    """It is not paused."""


@transaction.atomic
def stop(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Nothing more of it leaves. Before the launch it can still be launched later. Raises Forbidden, CannotStop."""
    allowed = rules.may_stop(creator_id=mass_mail.creator_id, user_id=by.pk, administers=by.is_administrator)
    policy.require(allowed, not_yours(mass_mail))
    mass_mail = row_of(mass_mail)
    for message in contests.going(mass_mail):
        mail.stop(message, now=now)
    if mass_mail.message is not None:
        if mail.stop(mass_mail.message, now=now) is None:
            raise CannotStop(_("Everything has left already, nothing can be stopped."))
        follow_ups.stop_all(mass_mail, now=now)
    elif not move(
        MassMail.objects.filter(pk=mass_mail.pk), "state", rules.MOVES, to=State.STOPPED, state_why="by_hand"
    ):
        raise CannotStop(_("It was not scheduled, so there is nothing to stop."))
    return row_of(mass_mail)


@transaction.atomic
def pause(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Send no more for now. Raises Forbidden, CannotPause."""
    require_creator(mass_mail, by)
    mass_mail = row_of(mass_mail)
    if mass_mail.message is None or not mail.pause(mass_mail.message, now=now):
        raise CannotPause(_("It is not being sent, so it cannot be paused."))
    return row_of(mass_mail)


@transaction.atomic
def resume(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Go on with those who have not had it. Raises Forbidden, CannotResume."""
    require_creator(mass_mail, by)
    mass_mail = row_of(mass_mail)
    if held.is_foreign():
        raise CannotResume(_("Nothing leaves from here until an administrator says so on Today. Nothing is lost."))
    if mass_mail.message is None or not mail.resume(mass_mail.message, now=now):
        raise CannotResume(_("It is not paused."))
    return row_of(mass_mail)
