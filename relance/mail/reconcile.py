"""What ended unknown is settled by evidence, never by a guess (RFC 1047; QUALITY 5): every five minutes, and by IMAP.

    unknown ── something came back that only a mail that arrived can cause ──► sent
    unknown ── a day without any ────────────────────────────────────────────► its owner is asked (`campaigns.unknown`)

A report of failure is evidence too: the relay had taken the mail, so it was sent, and then bounced. That nothing came
back proves nothing, so nothing here makes a copy *failed*. A late answer of the relay itself is heard by the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from relance.lib import keys, tokens
from relance.mail import actions
from relance.mail.models import Folder, Location, Mailbox, Recipient
from relance.mail.outbound import kept

MOST_A_TIME = 1000
FILTERED_FOR = timedelta(minutes=10)
"""For so long a machine's hit may be the relay's own filter, which looks at a mail and then refuses it."""
ASK_AFTER = timedelta(days=1)

NOTICE = """
UPDATE mail_recipient r SET doubted_at = %(now)s FROM mail_message m
WHERE m.unknown > 0 AND r.message_id = m.id AND r.standing = 'unknown' AND r.doubted_at IS NULL
"""
EVIDENCE = """
SELECT r.id, e.kind FROM mail_message m
JOIN mail_recipient r ON r.message_id = m.id AND r.standing = 'unknown'
CROSS JOIN LATERAL (
    SELECT i.kind, i.at FROM mail_interaction i
    WHERE i.recipient_id = r.id AND (
        i.kind NOT IN ('open', 'click', 'file') OR i.verdict <> 'machine'
        OR i.at > r.doubted_at + make_interval(secs => %(filtered)s)
    )
    UNION ALL
    SELECT 'report', x.received_at FROM mail_received x WHERE x.recipient_id = r.id AND x.kind IN ('delivered', 'delay')
    ORDER BY 2 LIMIT 1
) e
WHERE m.unknown > 0 ORDER BY r.id LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A Message-ID that stands in a folder of sent mail."""

    message_id: str
    folder: str


def reconcile(now: datetime) -> int:
    """Settle what the way back has shown to be sent; how many copies. Safe to run twice, by any number of processes."""
    kept.forget()
    with connection.cursor() as cursor:
        cursor.execute(NOTICE, {"now": now})
        cursor.execute(EVIDENCE, {"filtered": FILTERED_FOR.total_seconds(), "limit": MOST_A_TIME})
        evidence = dict(cursor.fetchall())
    rows = Recipient.objects.select_related("message").filter(pk__in=evidence).order_by("pk")
    settled = sum(_settle(row, _words(evidence[row.pk]), now) for row in rows)
    return settled + _look_in_sent(now)


def _look_in_sent(now: datetime) -> int:
    """Settle what lies in the Sent folder of the mailbox that sent it, as far as that has been read."""
    key, settled = keys.derive(settings.SECRET, "tokens"), 0
    reading = Folder.objects.filter(role=Folder.Role.SENT).values("mailbox")
    for row in in_doubt().filter(message__mailbox__in=reading)[:MOST_A_TIME]:
        own = _left(tokens.message_id(key, f"{row.message.send_key} {row.normal}", "relance"))
        place = (
            Location.objects.filter(
                folder__mailbox=row.message.mailbox_id,
                folder__role=Folder.Role.SENT,
                received__message_id__istartswith=f"<{own}@",
            )
            .select_related("folder")
            .first()
        )
        if place is not None:
            settled += _settle(row, _("Found in the folder %(folder)s.") % {"folder": place.folder}, now)
    return settled


def settle_found(mailbox: Mailbox, found: Iterable[Found], *, now: datetime) -> int:
    """Settle what lies in the mailbox's own Sent folder, by Message-ID; how many copies. For whoever reads folders."""
    folders = {_left(each.message_id): each.folder for each in found}
    if not folders:
        return 0
    key, settled = keys.derive(settings.SECRET, "tokens"), 0
    for row in in_doubt().filter(message__mailbox=mailbox):
        own = tokens.message_id(key, f"{row.message.send_key} {row.normal}", "relance")
        if folder := folders.get(_left(own)):
            settled += _settle(row, _("Found in the folder %(folder)s.") % {"folder": folder}, now)
    return settled


def in_doubt() -> QuerySet[Recipient]:
    """The copies that are unknown now, the oldest first."""
    rows = Recipient.objects.filter(message__unknown__gt=0, standing=Recipient.State.UNKNOWN)
    return rows.select_related("message").order_by("id")


def _settle(row: Recipient, why: str, now: datetime) -> bool:
    return actions.settle_unknown(row, sent=True, why=why, now=now)


def _words(kind: str) -> str:
    said = {
        "open": _("It was opened, so it left."),
        "click": _("A link in it was followed, so it left."),
        "file": _("A file in it was opened, so it left."),
        "reply": _("It was answered, so it left."),
        "auto_reply": _("An automatic answer came, so it left."),
        "bounce": _("A report of failure came back, so it had left."),
        "delay": _("A report of delay came, so it left."),
        "report": _("A report of the server names it, so it left."),
        "complaint": _("A complaint names it, so it left."),
    }
    return said.get(kind, _("The person acted on it, so it left."))


def _left(message_id: str) -> str:
    return message_id.strip().strip("<>").partition("@")[0].lower()
