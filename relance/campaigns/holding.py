"""A mass mail as it stands: who may act on it, its row held against others, and its one way of moving (MASS-07)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from relance.campaigns import rules
from relance.campaigns.models import MassMail
from relance.lib.refusal import Refused
from relance.lib.states import move
from relance.mail.outbound.pace import in_same_hour
from relance.team import policy
from relance.team.models import Module, Organisation, User
from relance.team.workspace import organisation

State = MassMail.State


class AlreadyLaunched(Refused):
    """It has left, or somebody else has just moved it."""


class HourFull(Refused):
    """As many mass mails as allowed are scheduled for that hour and module."""


def may_delete(mass_mail: MassMail, user: User) -> bool:
    """Its creator, and those whose role reaches it (MASS-07)."""
    return mass_mail.creator_id == user.pk or policy.allows(
        user, Module.MASS_MAIL, "delete", mass_mail, owner="creator"
    )


def may_send(user: User) -> bool:
    return user.may_send_mass_mail


def require_right(user: User) -> None:
    """Mass mail is for those whose role says so. Raises Forbidden."""
    policy.require(may_send(user))


def require_creator(mass_mail: MassMail, user: User) -> None:
    require_right(user)
    policy.require(rules.may_act(creator_id=mass_mail.creator_id, user_id=user.pk), not_yours(mass_mail))


def not_yours(mass_mail: MassMail) -> str:
    return _("Only %(name)s, who made it, may do this.") % {"name": mass_mail.creator.name}


def one_at_a_time() -> Organisation:
    """The settings, held so that two launches at once count each other."""
    return Organisation.objects.select_for_update().get(pk=organisation().pk)


def require_room(mass_mail: MassMail, at: datetime, known: Organisation) -> None:
    """At most so many are scheduled per module for the same hour of the organisation's clock (MASS-03).

    Raises HourFull. The caller holds the settings (`one_at_a_time`), so that no other takes the same place.
    """
    waiting = MassMail.objects.filter(state=State.SCHEDULED, module=mass_mail.module, parent=None, deleted_at=None)
    times = waiting.exclude(pk=mass_mail.pk).values_list("scheduled_at", flat=True)
    same = in_same_hour(at, [each for each in times if each], ZoneInfo(known.time_zone))
    if same >= known.scheduled_per_module_hour:
        raise HourFull(
            _("%(count)d mass mails leave in this hour already, which is the limit. Choose another hour.")
            % {"count": same}
        )


def row_of(mass_mail: MassMail) -> MassMail:
    rows = MassMail.objects.select_for_update(of=("self",)).select_related(
        "template", "mailbox", "message", "creator__role", "parent"
    )
    return rows.get(pk=mass_mail.pk)


def hold(mass_mail: MassMail) -> MassMail:
    """The row as it stands, held against others until the end of the transaction. Raises AlreadyLaunched."""
    row = row_of(mass_mail)
    if row.state == State.LAUNCHED or row.deleted_at is not None:
        raise AlreadyLaunched(_("It has left already. Copy it to send it again."))
    return row


def moved(mass_mail: MassMail, *, to: str, **also: object) -> None:
    """Its one way of moving; starts that failed are forgotten, unless they are what is told. Raises AlreadyLaunched."""
    told = {"tries": 0, "again_at": None} | also
    if not move(MassMail.objects.filter(pk=mass_mail.pk), "state", rules.MOVES, to=to, **told):
        raise AlreadyLaunched(_("It has left already. Copy it to send it again."))
    mass_mail.refresh_from_db()
