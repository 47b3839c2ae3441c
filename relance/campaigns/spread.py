"""How a mail fared by receiving domain and by hour of the day (MASS-08); machines stand apart."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import ExtractHour

from relance.campaigns.stats import Bar
from relance.mail.models import Message, OpeningCount

MOST_DOMAINS = 12
DOMAINS = """
SELECT split_part(normal, '@', 2) AS domain,
  count(*) FILTER (WHERE state = 'sent' OR bounced_at IS NOT NULL) AS sent,
  count(*) FILTER (WHERE state = 'sent' AND bounced_at IS NULL) AS delivered,
  count(*) FILTER (WHERE bounced_at IS NOT NULL) AS bounced,
  count(*) FILTER (WHERE state = 'failed' AND bounced_at IS NULL) AS failed,
  count(*) FILTER (WHERE state = 'sent' AND bounced_at IS NULL AND first_opened_at IS NOT NULL) AS opened,
  count(*) FILTER (WHERE state = 'sent' AND bounced_at IS NULL AND first_clicked_at IS NOT NULL) AS clicked
FROM mail_recipient WHERE message_id = %s AND state <> 'refused' AND normal IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What became of the copies to one receiving domain; the smaller ones together have no name."""

    name: str
    sent: int
    delivered: int
    bounced: int
    failed: int
    opened: int
    clicked: int


def domains(message: Message) -> list[Domain]:
    """The domains with most copies, the rest summed up at the end."""
    with connection.cursor() as cursor:
        cursor.execute(DOMAINS, [message.pk])
        rows = cursor.fetchall()
    named, rest = rows[:MOST_DOMAINS], rows[MOST_DOMAINS:]
    if rest:
        named.append(("", *(sum(numbers) for numbers in list(zip(*rest, strict=True))[1:])))
    keys = ("name", "sent", "delivered", "bounced", "failed", "opened", "clicked")
    return [Domain(**dict(zip(keys, row, strict=True))) for row in named]


def hours_of_day(message: Message, *, zone: ZoneInfo) -> list[tuple[int, Bar]]:
    """Openings by hour of the day, all days together: when these people read."""
    rows = (
        OpeningCount.objects.filter(message=message)
        .annotate(hour=ExtractHour("at", tzinfo=zone))
        .values_list("hour")
        .annotate(human=Sum("human"), unknown=Sum("unknown"), machine=Sum("machine"))
        .order_by()
    )
    counted = {hour: (human, unknown, machine) for hour, human, unknown, machine in rows}
    at = message.created_at
    found = [(hour, counted.get(hour, (0, 0, 0))) for hour in range(24)]
    return [(hour, Bar(at=at, human=told[0], unknown=told[1], machine=told[2])) for hour, told in found]
