"""Tell the users of a mailbox, once, that it can no longer be read (R19); the mailbox itself says why all the time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from relance.agenda import reminders
from relance.mail import notices
from relance.mail.mailboxes import fetch_sentence
from relance.mail.models import Mailbox
from relance.mail.transport.check import Finding
from relance.mail.transport.imap_words import UNSTEADY
from relance.team.models import User

AT_ONCE = (Finding.PASSWORD_REFUSED.value, UNSTEADY)
"""What does not mend by itself."""
PATIENCE = 5
"""Failures in a row, about half an hour, before anything else is told."""
QUIET = timedelta(days=1)
"""A mailbox that works now and then is told of once a day."""


def is_told(code: str, *, failures: int) -> bool:
    """Whether a failure is worth a word: it will not mend by itself, or it lasts. *(pure)*"""
    return code in AT_ONCE or failures >= PATIENCE


def tell_due(now: datetime) -> int:
    """Tell of every mailbox that has broken for good since the last look; how many mails were written.

    One that works again, a day after it was told of, may be told of another time.
    """
    Mailbox.objects.filter(fetch_state=Mailbox.State.WORKING, told_broken_at__lte=now - QUIET).update(
        told_broken_at=None
    )
    broken = Mailbox.objects.filter(fetch_state=Mailbox.State.BROKEN, told_broken_at=None, is_active=True)
    return sum(
        _tell(box, now)
        for box in broken.exclude(imap_host="").select_related("service").order_by("id")
        if is_told(box.fetch_code, failures=box.fetch_failures)
    )


@transaction.atomic
def _tell(box: Mailbox, now: datetime) -> int:
    """Wake the open pages of those who use it, and write to each by a mailbox that works; how many were written to."""
    if not Mailbox.objects.filter(pk=box.pk, told_broken_at=None).update(told_broken_at=now):
        return 0
    users = _users(box)
    reminders.tell(user.pk for user in users)
    return sum(_write(box, user, now) for user in users)


def _users(box: Mailbox) -> list[User]:
    """Whose mailbox it is; of a shared one the administrators."""
    people = User.objects.filter(is_active=True).select_related("role").order_by("id")
    if box.user_id is not None:
        return list(people.filter(pk=box.user_id))
    return [user for user in people if user.is_administrator]


def _write(box: Mailbox, user: User, now: datetime) -> bool:
    by = working(user, besides=box)
    if by is None:
        return False
    with override(user.language):
        subject = _("%(address)s can no longer be read") % {"address": box.address}
        text = _(
            "%(why)s\n\nNothing is lost: what has come stays on the server, and Relance fetches it as soon as the"
            " mailbox can be read again. Look at the mailbox in Settings."
        ) % {"why": fetch_sentence(box)}  # fmt: skip
    key = f"mailbox:{box.pk}:{user.pk}:{now:%Y%m%d%H%M%S}"
    notices.write(user, subject=subject, text=text, send_key=key, by=by, now=now)
    return True


def working(user: User, *, besides: Mailbox | None = None) -> Mailbox | None:
    """A mailbox to write to a colleague by: one that is not known to be broken."""
    usable = Q(kind=Mailbox.Kind.SHARED) | Q(user=user)
    others = Mailbox.objects.filter(usable, is_active=True).exclude(host="")
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    return others.exclude(state=Mailbox.State.BROKEN).order_by("-is_default", "-kind", "id").first()
