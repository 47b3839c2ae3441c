"""Tell the administrators, once, that a sending domain which was right is wrong (ADM-03); Today says so meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from relance.agenda import reminders
from relance.agenda.outages import working
from relance.mail import notices
from relance.mail.domains import checking, words
from relance.mail.domains.rules import Finding
from relance.team.models import User


@transaction.atomic
def tell_due(now: datetime) -> int:
    """Tell of every domain that has broken since the last look; how many mails were written.

    One that is mended and breaks again is told of another time.
    """
    if not (broken := checking.broken()):
        return 0
    people = User.objects.filter(is_active=True).select_related("role").order_by("id")
    users = [user for user in people if user.is_administrator]
    reminders.tell(user.pk for user in users)
    return sum(_write(domain, wrong, user, now) for domain, wrong in broken for user in users)


def _write(domain: str, wrong: Sequence[Finding], user: User, now: datetime) -> bool:
    by = working(user)
    if by is None:
        return False
    with override(user.language):
        subject = _("A record of %(domain)s is no longer right") % {"domain": domain}
        found = "\n\n".join(f"{words.title(each.part)}\n{words.sentence(each)}" for each in wrong)
        text = _(
            "%(found)s\n\nIt was right when Relance looked before. Nothing was changed here. Settings, Sending domains"
            " shows what to publish."
        ) % {"found": found}
    key = f"domain:{domain}:{user.pk}:{now:%Y%m%d%H%M%S}"
    notices.write(user, subject=subject, text=text, send_key=key, by=by, now=now)
    return True
