"""L4: the statistics of one mass mail to a hundred thousand people, with ten million events."""

from __future__ import annotations

import time
from statistics import median
from zoneinfo import ZoneInfo

from django.db import connection

from bench import copies
from bench.crowd import without_indexes
from bench.printing import Figure, say
from relance.campaigns import stats
from relance.mail.models import Message, Recipient
from relance.mail.tracking import book
from relance.web.mass_mail_results import left_out

ZONE = ZoneInfo("Europe/Paris")
VISITS = 41
# Ids in the order of their making, as those of hits are nearly, so that ten million are written through one warm end of
# the key's index. Everybody opens again and again within a month, most in the first days; one event in ten is a click.
EVENTS = """
INSERT INTO mail_interaction
    (id, message_id, recipient_id, kind, at, link, verdict, why, method, user_agent, network, detail)
SELECT (lpad(to_hex(n), 8, '0') || lpad(to_hex(r.id), 24, '0'))::uuid, r.message_id, r.id,
    CASE WHEN n %% 10 = 0 THEN 'click' ELSE 'open' END,
    r.sent_at + interval '30 days' * power(random(), 3), CASE WHEN n %% 10 = 0 THEN 1 + n / 10 %% 5 END,
    CASE WHEN n %% 7 = 0 THEN 'machine' WHEN n %% 31 = 0 THEN 'unknown' ELSE 'human' END, 'browser', 'GET', '', '', '{}'
FROM mail_recipient r, generate_series(1, %s) AS n WHERE r.message_id = %s AND r.state = 'sent'
"""
OPENED = """
UPDATE mail_recipient SET first_opened_at = sent_at + interval '1 hour', opens = 9 WHERE message_id = %s AND id %% 3 > 0
"""
LEFT_OUT = """
UPDATE mail_recipient SET state = 'refused', normal = NULL,
    refused_because = CASE WHEN id %% 2 = 0 THEN 'excluded' ELSE 'opted_out' END
WHERE message_id = %s AND id %% 5 = 0
"""


def figure(message: Message, events: int, note: str) -> Figure:
    """Fill, look at the statistics again and again, and tell the median."""
    fill(message, events)
    took, busy = (median(each) for each in zip(*(_visit(message.pk) for _ in range(VISITS)), strict=True))
    return Figure(
        id="L4", what=f"statistics of a mass mail with {events:,} events", ours=took, theirs=None, ratio=took,
        gate=50, target=5, stretch=1, unit="ms",
        note=f"{note}{busy:.1f} ms of it are our processor's, the rest is PostgreSQL and waiting for a free core",
    )  # fmt: skip


def _visit(message_id: int) -> tuple[float, float]:
    """Everything that the page asks about the results: by the clock and by our processor, in milliseconds."""
    begun, spent = time.perf_counter(), time.process_time()
    message = Message.objects.select_related("content").get(pk=message_id)
    told = stats.figures(message), stats.hours(message, zone=ZONE, now=copies.SENT_AT), stats.links(message)
    reasons = left_out(message)
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - spent) * 1000
    assert told[0].opened
    assert told[1].bars
    assert told[2][0].people
    assert reasons
    return took


def fill(message: Message, events: int) -> None:
    """Write the events as fast as PostgreSQL can, without its log, then add them up as `book` does."""
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail_interaction")
        cursor.execute("ALTER TABLE mail_interaction SET UNLOGGED")
        cursor.execute(OPENED, [message.pk])
        cursor.execute(LEFT_OUT, [message.pk])
        people = Recipient.objects.filter(message=message, state=Recipient.State.SENT).count()
        later = without_indexes("mail_interaction")
        cursor.execute(EVENTS, [events // people, message.pk])
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
        for index in later:
            cursor.execute(index)
        added = time.monotonic()
        book.recount(cursor, [message.pk])
        say(f"{events:,} events added up from nothing in {time.monotonic() - added:.0f} s.")
        cursor.execute("RESET work_mem")
        cursor.execute("VACUUM (ANALYZE)")
    left_out = message.recipients.count() - people
    Message.objects.filter(pk=message.pk).update(sent=people, total=people, refused=left_out)
    say(f"{events:,} events written in {time.monotonic() - begun:.0f} s.")
