"""What became of a mail (MASS-08): every number, the people behind it, its links, its hours and each copy's own story.

sent           the relay answered 250, or refused the recipient for good (5.1.x), which is a bounce
delivered      = sent - bounced
not delivered  = bounced + failed
opened + not opened + untracked    = delivered
clicked + not clicked + untracked  = delivered
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import Trunc

from relance.campaigns.buckets import BUCKETS as BUCKETS
from relance.campaigns.buckets import csv_rows as csv_rows
from relance.campaigns.buckets import people as people
from relance.campaigns.buckets import recipients as recipients
from relance.campaigns.copy_log import Entry as Entry
from relance.campaigns.copy_log import log as log
from relance.mail.models import Interaction, LinkCount, Message, OpeningCount, Recipient
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


def links(message: Message) -> list[LinkFigures]:
    """The links of the mail, most clicked first."""
    rows = LinkCount.objects.filter(message=message).values("link", "people", "clicks", "machine")
    counted = {row["link"]: row for row in rows}
    told = [_link(link, counted.get(int(link["number"]), {})) for link in message.content.links]
    return sorted(told, key=lambda link: (-link.people, -link.clicks, link.number))


def _link(link: dict[str, str | int], row: Mapping[str, Any]) -> LinkFigures:
    return LinkFigures(
        number=int(link["number"]), label=str(link["label"]), url=str(link["url"]),
        people=row.get("people", 0), clicks=row.get("clicks", 0), machine=row.get("machine", 0),
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
MOST_HOURS = timedelta(hours=72)
FEWEST_BARS = 12


def hours(message: Message, *, zone: ZoneInfo, now: datetime) -> Hours:
    """Openings hour by hour; minute by minute while the mail is fresh, day by day after two days."""
    start = message.started_at or message.created_at
    step = _step(_last_opening(message) or now, start)
    rows = (
        OpeningCount.objects.filter(message=message, at__gte=tally.stretch(start, start))
        .annotate(step=Trunc("at", step, tzinfo=zone))
        .values_list("step")
        .annotate(human=Sum("human"), unknown=Sum("unknown"), machine=Sum("machine"))
        .order_by()
    )
    counted = {at: {"human": human, "unknown": unknown, "machine": machine} for at, human, unknown, machine in rows}
    return Hours(step=step, bars=tuple(_bars(counted, STEPS[step])))


def _last_opening(message: Message) -> datetime | None:
    """To the minute, or to the quarter of an hour for what comes later."""
    return OpeningCount.objects.filter(message=message).order_by("-at").values_list("at", flat=True).first()


def _step(last: datetime, start: datetime) -> str:
    age = last - start
    if age < timedelta(minutes=BARS):
        return "minute"
    return "hour" if age < MOST_HOURS else "day"


def _bars(counted: dict[datetime, dict[str, int]], step: timedelta) -> Iterator[Bar]:
    if not counted:
        return
    at = min(counted)
    last = max(max(counted), at + step * (FEWEST_BARS - 1))
    while at <= last:
        yield Bar(at=at, **counted.get(at, {}))
        at += step
