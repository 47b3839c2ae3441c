"""Why a mass mail stands where it stands, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models import MassMail

WHY: dict[str, str | Promise] = {
    "edited_late": _("It was edited in its last minutes, so it does not leave by itself. Launch it when it is ready."),
    "no_room": _("As many mass mails as allowed had started in its hour, so it waits for the next hour with room."),
    "late": _("Its hour passed while Relance was not running. Decide whether it still leaves."),
    "restored": _("These data come from a backup or another installation. Make sure that it has not left from there."),
    "not_ready": _("Something kept it from leaving at its hour. See the checks, then launch it."),
    "start_fails": _("An unexpected error broke off its start. It is tried again by itself in a few minutes."),
    "start_failed": _("Its start broke off several times, so it was stopped. Nothing has left. Launch it once more."),
    "creator_gone": _("Its creator may not send mass mail any more, so it was stopped."),
    "first_stopped": _("The first mail was stopped, and so was its follow-up."),
    "date_passed": _("Its date had passed before the first mail left. Give it another one, or launch it."),
    "bounces": _("Paused by itself: more comes back than the settings allow. See who bounced, then go on or stop."),
    "complaints": _("Paused by itself: more complain than the settings allow. Look at the list, then go on or stop."),
    "tested": _("Two mails are tested on a share of its readers. The rest gets the better one at this hour."),
    "by_hand": _("Stopped before it left."),
    "nobody": _("Nobody was left to receive it."),
}


def why(mass_mail: MassMail) -> str:
    """The sentence for its present state; empty where there is nothing to explain."""
    code = mass_mail.message.state_why if mass_mail.message is not None else mass_mail.state_why
    return str(WHY.get(code, code))
