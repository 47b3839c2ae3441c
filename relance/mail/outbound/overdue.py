"""How late the sending is: the oldest copy that should have left, whoever was to send it (D15)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

OLDEST = """
SELECT min(greatest(m.deliver_at, r.queued_at, coalesce(r.next_attempt_at, m.deliver_at)))
FROM mail_message m
JOIN mail_mailbox b ON b.id = m.mailbox_id AND b.is_active AND (b.paused_until IS NULL OR b.paused_until <= %(now)s)
CROSS JOIN LATERAL (
    SELECT queued_at, next_attempt_at FROM mail_recipient
    WHERE message_id = m.id AND standing IN ('waiting', 'deferred') AND (
        (state IN ('queued', 'deferred') AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s))
        OR (state IN ('leased', 'in_data') AND NOT EXISTS (
            SELECT 1 FROM mail_lease l WHERE l.token = lease_token AND l.until >= clock_timestamp()))
    )
    ORDER BY id LIMIT 1
) r
WHERE m.state = 'sending' AND m.deliver_at <= %(now)s AND b.per_hour IS NULL
"""
"""A mailbox at rest or under an hourly cap is slow on purpose, so it is not late."""


def lateness(now: datetime) -> timedelta:
    """How long the oldest due copy has been waiting; zero when nothing is late."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, {"now": now})
        [oldest] = cursor.fetchone() or [None]
    return max(now - oldest, timedelta(0)) if oldest else timedelta(0)
