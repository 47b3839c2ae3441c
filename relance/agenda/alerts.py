"""Tell the sender of a personal mail, once, that it was opened for the first time, answered, or came back (ENG-03).

Machines raise nothing: only what the one door counts as a person's is news. What a later look at the same hits takes
back (a scanner that came click by click) is not shown any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from relance.agenda.models import Alert, AlertChoice
from relance.agenda.reminders import tell
from relance.agenda.watching import A_SWEEP, sure_at
from relance.events import MessageBounced, MessageOpened, MessageReplied, OpeningTakenBack
from relance.mail import contents, notices
from relance.mail.mailboxes import default_mailbox
from relance.mail.models import Message, Recipient
from relance.team.models import User

Kind = Alert.Kind
TOLD = (Message.Kind.PERSONAL, Message.Kind.SEQUENCE)
FRESH = timedelta(minutes=10)
MOST_MAILS = 20
"""Alerts by mail to one colleague within an hour (R16)."""


def opened(batch: Sequence[MessageOpened]) -> None:
    """A reaction: somebody has opened or clicked. An answer implies an opening, and tells itself."""
    rows = _copies(batch).filter(first_opened_at__isnull=False)
    _raise(rows.filter(Q(replied_at=None) | Q(first_opened_at__lt=F("replied_at"))), Kind.OPENED, "first_opened_at")


def taken_back(batch: Sequence[OpeningTakenBack]) -> None:
    """A reaction: it was a machine. What nobody has been told is forgotten, so that a person's opening is news."""
    ids = [event.recipient_id for event in batch]
    rows = Alert.objects.filter(recipient__in=ids, kind=Kind.OPENED, shown_at=None, mailed_at=None)
    rows.filter(recipient__first_opened_at=None).delete()


def replied(batch: Sequence[MessageReplied]) -> None:
    """A reaction: somebody has answered."""
    _raise(_copies(batch).filter(replied_at__isnull=False), Kind.REPLIED, "replied_at")


def bounced(batch: Sequence[MessageBounced]) -> None:
    """A reaction: a mail came back."""
    _raise(_copies(batch).filter(bounced_at__isnull=False), Kind.BOUNCED, "bounced_at")


def _copies(batch: Sequence[MessageOpened | MessageReplied | MessageBounced]) -> QuerySet[Recipient]:
    rows = Recipient.objects.filter(pk__in=[event.recipient_id for event in batch], message__kind__in=TOLD)
    return rows.exclude(message__send_key__startswith="test:").exclude(message__send_key__startswith="account:")


def _raise(rows: QuerySet[Recipient], kind: Kind, at: str) -> None:
    owners = set()
    for copy in rows.select_related("message").order_by("id"):
        owner_id = copy.sender_id or copy.message.sender_id
        facts = {"owner_id": owner_id, "at": getattr(copy, at)}
        _alert, is_new = Alert.objects.get_or_create(recipient=copy, kind=kind, defaults=facts)
        if is_new:
            owners.add(owner_id)
    if owners:
        tell(owners)


def standing(owner: User) -> QuerySet[Alert]:
    """One's alerts, without those that turned out to be a machine's."""
    rows = Alert.objects.filter(owner=owner).exclude(kind=Kind.OPENED, recipient__first_opened_at=None)
    return rows.select_related("recipient__message__content", "recipient__person__account")


def take_new(owner: User, *, now: datetime) -> list[Alert]:
    """Those that no page has shown yet, each given out once; what is older than ten minutes is for Today alone."""
    fresh = []
    for alert in standing(owner).filter(shown_at=None).order_by("at", "id")[:20]:
        if not is_sure(alert, now):
            continue
        was_free = Alert.objects.filter(pk=alert.pk, shown_at=None).update(shown_at=now)
        if was_free and now - alert.at < FRESH:
            fresh.append(alert)
    return fresh


def is_sure(alert: Alert, now: datetime) -> bool:
    """Whether it can no more turn out to be a scanner's."""
    copy = alert.recipient
    if alert.kind != Kind.OPENED or copy.first_opened_at is None:
        return True
    return now >= sure_at(opened_at=copy.first_opened_at, clicked_at=copy.first_clicked_at, sent_at=copy.sent_at)


def tell_sure(now: datetime) -> None:
    """Wake the pages of those whose alerts had to wait for a moment."""
    waited = Alert.objects.filter(shown_at=None, kind=Kind.OPENED, at__range=(now - 3 * A_SWEEP, now - A_SWEEP))
    if owners := set(waited.values_list("owner_id", flat=True)):
        tell(owners)


def choose(user: User, *, by_mail: bool) -> None:
    """Also tell this colleague by mail, or not any more."""
    AlertChoice.objects.update_or_create(user=user, defaults={"by_mail": by_mail})


def wants_mail(user: User) -> bool:
    """Whether this colleague is told by mail too."""
    return AlertChoice.objects.filter(user=user, by_mail=True).exists()


def mail_due(now: datetime) -> int:
    """Send by mail the alerts of those who want it; how many. Called once in a while: nothing is sent twice."""
    rows = Alert.objects.filter(
        mailed_at=None, owner__alert_choice__by_mail=True, owner__is_active=True, kind=Kind.OPENED, at__gt=now - FRESH
    ).exclude(recipient__first_opened_at=None)
    count = 0
    for alert in rows.select_related("owner", "recipient__message__content").order_by("id")[:100]:
        if not is_sure(alert, now):
            continue
        lately = Alert.objects.filter(owner=alert.owner, mailed_at__gt=now - timedelta(hours=1)).count()
        if lately < MOST_MAILS and Alert.objects.filter(pk=alert.pk, mailed_at=None).update(mailed_at=now):
            count += _mail(alert, now)
    return count


def _mail(alert: Alert, now: datetime) -> bool:
    """One mail to its owner, which says that a machine wrote it and to which nothing answers."""
    owner, copy = alert.owner, alert.recipient
    box = default_mailbox(owner)
    if box is None:
        return False
    with override(owner.language):
        who = copy.name or copy.email
        subject = _("%(who)s has opened your mail") % {"who": who}
        text = _("%(who)s has just opened “%(subject)s” for the first time.") % {
            "who": who, "subject": contents.subject_of(copy),
        }  # fmt: skip
    notices.write(owner, subject=subject, text=text, send_key=f"alert:{alert.pk}", by=box, now=now)
    return True
