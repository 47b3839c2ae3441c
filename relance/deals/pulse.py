"""The pulse of deals: the last sign that each gave, by the mails of its people and its own changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from relance.deals import rules
from relance.deals.models import Deal
from relance.deals.rules import Facts, Pulse

MAILS = """
SELECT l.deal_id, max(r.sent_at), max(r.last_opened_at), max(r.first_clicked_at), max(r.replied_at), max(r.bounced_at)
FROM deals_dealcontact l JOIN mail_recipient r ON r.person_id = l.person_id
WHERE l.deal_id = ANY(%s) AND r.sent_at IS NOT NULL GROUP BY l.deal_id
"""
Mails = tuple[datetime | None, datetime | None, datetime | None, datetime | None, datetime | None]
NO_MAIL: Mails = (None, None, None, None, None)


def pulses(deals: Iterable[Deal], *, after: int, now: datetime) -> dict[int, Pulse]:
    """The pulse of each deal; one that is closed is never quiet. One query."""
    many = list(deals)
    mails = _mails([deal.pk for deal in many])
    return {
        deal.pk: rules.pulse(_facts(deal, mails.get(deal.pk, NO_MAIL)), now, after=after if _is_open(deal) else 0)
        for deal in many
    }


def _is_open(deal: Deal) -> bool:
    return deal.state == Deal.State.OPEN


def _mails(ids: list[int]) -> dict[int, Mails]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(MAILS, [ids])
        return {row[0]: (row[1], row[2], row[3], row[4], row[5]) for row in cursor.fetchall()}


def _facts(deal: Deal, mails: Mails) -> Facts:
    sent, opened, clicked, replied, bounced = mails
    return Facts(
        created_at=deal.created_at,
        touched_at=max(deal.moved_at, deal.modified_at),
        sent_at=sent,
        opened_at=opened,
        clicked_at=clicked,
        replied_at=replied,
        bounced_at=bounced,
    )
