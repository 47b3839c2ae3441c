"""What became of a mail (MASS-08): every number, the people behind it, its links, its hours and each copy's own story.

sent           the relay answered 250, or refused the recipient for good (5.1.x), which is a bounce
delivered      = sent - bounced
not delivered  = bounced + failed
opened + not opened + untracked    = delivered
clicked + not clicked + untracked  = delivered
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from relance.campaigns.buckets import BUCKETS as BUCKETS
from relance.campaigns.buckets import csv_rows as csv_rows
from relance.campaigns.buckets import people as people
from relance.campaigns.buckets import recipients as recipients
from relance.campaigns.copy_log import Entry as Entry
from relance.campaigns.copy_log import log as log
from relance.mail.models import Interaction, Message, Recipient
from relance.mail.tracking import tally

State, Track, Kind, Verdict = Recipient.State, Recipient.Track, Interaction.Kind, Interaction.Verdict


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The numbers of one message, as its counters stand."""

    total: int
    refused: int
    cancelled: int
    sent: int
    delivered: int
    not_delivered: int
    bounced: int
    failed: int
    unknown: int
    opened: int
    not_opened: int
    untracked_opens: int
    clicked: int
    not_clicked: int
    untracked_clicks: int
    replied: int
    opted_out: int
    complained: int
    open_hits: int
    click_hits: int
    machine_hits: int
    waiting: int

    @property
    def gone(self) -> int:
        """How many have left or will not leave any more."""
        return self.total - self.waiting

    @property
    def followed(self) -> int:
        """Delivered and followed for openings."""
        return self.delivered - self.untracked_opens

    @property
    def followed_clicks(self) -> int:
        """Delivered and followed for clicks."""
        return self.delivered - self.untracked_clicks


def figures(message: Message) -> Figures:
    """The numbers of MASS-08 from the counters that sending and tracking keep."""
    delivered = message.sent - message.bounced_late
    return Figures(
        total=message.total,
        refused=message.refused,
        cancelled=message.cancelled,
        sent=message.sent + message.bounced - message.bounced_late,
        delivered=delivered,
        not_delivered=message.bounced + message.failed,
        bounced=message.bounced,
        failed=message.failed,
        unknown=message.unknown,
        opened=message.opened,
        not_opened=delivered - message.opened - message.untracked_opens,
        untracked_opens=message.untracked_opens,
        clicked=message.clicked,
        not_clicked=delivered - message.clicked - message.untracked_clicks,
        untracked_clicks=message.untracked_clicks,
        replied=message.replied,
        opted_out=message.opted_out,
        complained=message.complained,
        open_hits=message.open_hits,
        click_hits=message.click_hits,
        machine_hits=message.machine_hits,
        waiting=_waiting(message),
    )


def _waiting(message: Message) -> int:
    """Those who have still to get it: counted while it is being sent, from then on there are none."""
    if message.state in (Message.State.DONE, Message.State.STOPPED):
        return 0
    return people(message, "waiting").count()


@dataclass(frozen=True, kw_only=True)
class LinkFigures:
    """One link: how many people clicked it, how often, and how often a machine did."""

    number: int
    label: str
    url: str
    people: int
    clicks: int
    machine: int


LINKS = "SELECT link, people, clicks, machine FROM mail_linkcount WHERE message_id = %s"


def links(message: Message) -> list[LinkFigures]:
    """The links of the mail, most clicked first."""
    with connection.cursor() as cursor:
        cursor.execute(LINKS, [message.pk])
        counted = {link: counts for link, *counts in cursor.fetchall()}
    told = [_link(link, counted.get(int(link["number"]), (0, 0, 0))) for link in message.content.links]
    return sorted(told, key=lambda link: (-link.people, -link.clicks, link.number))


def _link(link: dict[str, str | int], counts: Sequence[int]) -> LinkFigures:
    people, clicks, machine = counts
    return LinkFigures(
        number=int(link["number"]), label=str(link["label"]), url=str(link["url"]),
        people=people, clicks=clicks, machine=machine,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The openings of one stretch of time, by verdict."""

    at: datetime
    human: int = 0
    unknown: int = 0
    machine: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.human + self.unknown + self.machine


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Openings over time in equal steps, none left out; at least a dozen, so that a young mail has room to grow."""

    step: str
    bars: tuple[Bar, ...]

    def sum(self, verdict: str) -> int:
        """The openings of one verdict."""
        return sum(getattr(bar, verdict) for bar in self.bars)


STEPS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
BARS = 48
MOST_HOURS = 72
FEWEST_BARS = 12


# Each bar adds up its own stretches along the index: cutting every stretch's time down to a bar costs twice as much.
HOURS = """
WITH known AS (
    SELECT min(at) AS first, max(at) AS last FROM mail_openingcount WHERE message_id = %(message)s AND at >= %(since)s
), chosen AS (
    SELECT first AT TIME ZONE %(zone)s AS first, last AT TIME ZONE %(zone)s AS last,
        CASE WHEN coalesce(last, %(now)s) - %(start)s < %(minutes)s::interval THEN 'minute'
            WHEN coalesce(last, %(now)s) - %(start)s < %(hours)s::interval THEN 'hour' ELSE 'day' END AS step
    FROM known
)
SELECT step, bar, coalesce(human, 0), coalesce(unknown, 0), coalesce(machine, 0)
FROM chosen LEFT JOIN LATERAL generate_series(date_trunc(step, first), last, ('1 ' || step)::interval) AS bar ON true
LEFT JOIN LATERAL (
    SELECT sum(human) AS human, sum(unknown) AS unknown, sum(machine) AS machine FROM mail_openingcount
    WHERE message_id = %(message)s AND at >= %(since)s AND at >= bar AT TIME ZONE %(zone)s
        AND at < (bar + ('1 ' || step)::interval) AT TIME ZONE %(zone)s
) AS counted ON true
"""


def hours(message: Message, *, zone: ZoneInfo, now: datetime) -> Hours:
    """Openings hour by hour; minute by minute while the mail is fresh, day by day after three days."""
    start = message.started_at or message.created_at
    with connection.cursor() as cursor:
        cursor.execute(
            HOURS,
            {
                "message": message.pk, "since": tally.stretch(start, start), "start": start, "now": now,
                "zone": zone.key, "minutes": f"{BARS} minutes", "hours": f"{MOST_HOURS} hours",
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    counted = {
        bar.replace(tzinfo=zone): {"human": human, "unknown": unknown, "machine": machine}
        for _step, bar, human, unknown, machine in rows
        if bar is not None
    }
    return Hours(step=rows[0][0], bars=tuple(_bars(counted, STEPS[rows[0][0]])))


def _bars(counted: dict[datetime, dict[str, int]], step: timedelta) -> Iterator[Bar]:
    if not counted:
        return
    at = min(counted)
    last = max(max(counted), at + step * (FEWEST_BARS - 1))
    while at <= last:
        yield Bar(at=at, **counted.get(at, {}))
        at += step
