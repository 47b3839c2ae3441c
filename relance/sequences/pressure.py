"""Contact pressure: programs do not write to one person, nor to one company, again within a chosen time (SEQ-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from relance.lib import worktime
from relance.sequences.models import Enrolment
from relance.sequences.surroundings import House, zone_of

LAST_WRITTEN = """
SELECT max(coalesce(r.sent_at, r.queued_at)) FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
LEFT JOIN sequences_steprun s ON s.message_id = m.id
WHERE r.person_id = %s AND m.kind IN ('mass', 'sequence') AND r.standing IN ('waiting', 'sent', 'deferred', 'unknown')
  AND coalesce(s.enrolment_id, 0) <> %s
"""
# The colleagues whom the same sequence writes to are no second program.
LAST_WRITTEN_THERE = """
SELECT max(coalesce(r.sent_at, r.queued_at)) FROM people_person p JOIN mail_recipient r ON r.person_id = p.id
JOIN mail_message m ON m.id = r.message_id
LEFT JOIN sequences_steprun s ON s.message_id = m.id LEFT JOIN sequences_enrolment e ON e.id = s.enrolment_id
WHERE p.account_id = %s AND p.id <> %s AND m.kind IN ('mass', 'sequence')
  AND r.standing IN ('waiting', 'sent', 'deferred', 'unknown') AND coalesce(e.sequence_id, 0) <> %s
"""


@dataclass(frozen=True, kw_only=True)
class Held:
    """Until when a mail waits, and for what: `pressure` on the person, or on her `company`."""

    until: datetime
    why: str


def held(row: Enrolment, house: House, *, now: datetime) -> Held | None:
    """Whether a program has written to this person, or another one to her company, too short a time ago."""
    account = row.person.account_id if row.person else None
    found = [
        Held(until=until, why=why)
        for why, days, sql, about in (
            ("pressure", house.known.pressure_days, LAST_WRITTEN, [row.person_id, row.pk]),
            ("company", house.known.company_pressure_days, LAST_WRITTEN_THERE,
             [account, row.person_id, row.sequence_id]),
        )
        if days and (until := _free(row, house, days, _last(sql, about))) > now
    ]  # fmt: skip
    return max(found, key=lambda each: each.until, default=None)


def _last(sql: str, about: list[int | None]) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, about)
        found: datetime | None = cursor.fetchone()[0]
    return found


def _free(row: Enrolment, house: House, days: int, last: datetime | None) -> datetime:
    """When she may be written to again; long ago where nobody has."""
    if last is None:
        return row.enrolled_at
    return worktime.elapsed(last, timedelta(days=days), zone=zone_of(row.person, row.user).zone, work=house.work)
