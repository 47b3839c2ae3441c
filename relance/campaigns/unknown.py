"""What ended *unknown*: a person decides, since nobody can know (RFC 1047; QUALITY 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from relance.campaigns.models import MassMail
from relance.lib.refusal import Refused
from relance.mail import actions as mail
from relance.mail.models import Recipient
from relance.mail.reconcile import ASK_AFTER
from relance.team.models import User
from relance.team.policy import require

MOST_ASKED = 5


class NotUnknown(Refused):
    """Its end is known by now."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A mass mail of which copies have stayed unknown for a day, without any evidence."""

    mass_mail: MassMail
    copies: int
    since: datetime


def asking(user: User, *, now: datetime) -> list[Asked]:
    """What nobody but this colleague, who made them, can settle now; the oldest doubt first."""
    theirs = MassMail.objects.filter(creator=user, deleted_at=None, message__unknown__gt=0)
    rows = theirs.filter(
        message__recipients__standing=Recipient.State.UNKNOWN, message__recipients__doubted_at__lte=now - ASK_AFTER
    ).annotate(copies=Count("message__recipients"), since=Min("message__recipients__doubted_at"))
    found = rows.order_by("since", "id").values_list("pk", "copies", "since")[:MOST_ASKED]
    mails = MassMail.objects.in_bulk([pk for pk, _copies, _since in found])
    return [Asked(mass_mail=mails[pk], copies=copies, since=since) for pk, copies, since in found]


def resend(mass_mail: MassMail, recipient: Recipient, *, by: User, now: datetime) -> None:
    """Send the same copy again, under the same Message-ID. Raises Forbidden, NotUnknown."""
    _require_creator(mass_mail, by)
    if not mail.resend_unknown(recipient, now=now):
        raise _known()


def settle(mass_mail: MassMail, recipient: Recipient, *, sent: bool, by: User, now: datetime) -> None:
    """Say what became of it. Raises Forbidden, NotUnknown."""
    _require_creator(mass_mail, by)
    why = _("%(name)s says that it left.") if sent else _("%(name)s says that it did not leave.")
    if not mail.settle_unknown(recipient, sent=sent, why=why % {"name": by.name}, now=now):
        raise _known()


def _require_creator(mass_mail: MassMail, by: User) -> None:
    require(
        mass_mail.creator_id == by.pk and by.may_send_mass_mail,
        _("Only the colleague who made this mass mail can decide this."),
    )


def _known() -> NotUnknown:
    return NotUnknown(_("What became of this mail is known by now. Load the page again."))
