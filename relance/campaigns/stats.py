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

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Trunc
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from relance.campaigns.audience import reason_word
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


DELIVERED = Q(state=State.SENT, bounced_at=None)
OPENED = Q(first_opened_at__isnull=False)  # a click or a reply sets it too, see mail.tracking.facts
CLICKED = Q(first_clicked_at__isnull=False)
FOLLOWS_OPENS = Q(track=Track.FULL)
FOLLOWS_CLICKS = Q(track__in=(Track.FULL, Track.CLICKS))


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """One number's people: the condition over recipients, and what the list is called."""

    name: str | Promise
    where: Q


BUCKETS: dict[str, Bucket] = {
    "total": Bucket(name=gettext_lazy("Recipients"), where=~Q(state=State.REFUSED)),
    "sent": Bucket(name=gettext_lazy("Sent"), where=Q(state=State.SENT) | Q(bounced_at__isnull=False)),
    "delivered": Bucket(name=gettext_lazy("Delivered"), where=DELIVERED),
    "not_delivered": Bucket(
        name=gettext_lazy("Not delivered"), where=Q(state=State.FAILED) | Q(bounced_at__isnull=False)
    ),
    "bounced": Bucket(name=gettext_lazy("Bounced"), where=Q(bounced_at__isnull=False)),
    "failed": Bucket(name=gettext_lazy("Failed"), where=Q(state=State.FAILED, bounced_at=None)),
    "unknown": Bucket(name=gettext_lazy("Outcome unknown"), where=Q(state=State.UNKNOWN)),
    "opened": Bucket(name=gettext_lazy("Opened"), where=DELIVERED & OPENED),
    "not_opened": Bucket(name=gettext_lazy("Not opened"), where=DELIVERED & FOLLOWS_OPENS & ~OPENED),
    "untracked_opens": Bucket(name=gettext_lazy("Openings not tracked"), where=DELIVERED & ~FOLLOWS_OPENS & ~OPENED),
    "clicked": Bucket(name=gettext_lazy("Clicked"), where=DELIVERED & CLICKED),
    "not_clicked": Bucket(name=gettext_lazy("Not clicked"), where=DELIVERED & FOLLOWS_CLICKS & ~CLICKED),
    "untracked_clicks": Bucket(name=gettext_lazy("Clicks not tracked"), where=DELIVERED & ~FOLLOWS_CLICKS & ~CLICKED),
    "replied": Bucket(name=gettext_lazy("Replied"), where=Q(replied_at__isnull=False)),
    "opted_out": Bucket(name=pgettext_lazy("figure", "Opted out"), where=Q(opted_out_at__isnull=False)),
    "complained": Bucket(name=pgettext_lazy("figure", "Complained"), where=Q(complained_at__isnull=False)),
    "refused": Bucket(name=gettext_lazy("Left out"), where=Q(state=State.REFUSED)),
    "cancelled": Bucket(name=gettext_lazy("Cancelled"), where=Q(state=State.CANCELLED)),
    "waiting": Bucket(
        name=gettext_lazy("Waiting"),
        where=Q(state__in=(State.QUEUED, State.LEASED, State.IN_DATA, State.DEFERRED)),
    ),
}


def people(message: Message, bucket: str, *, link: int | None = None, reason: str = "") -> QuerySet[Recipient]:
    """The recipients behind a number; of one link only, or left out for one reason only. Raises KeyError."""
    rows = Recipient.objects.filter(BUCKETS[bucket].where, message=message)
    if reason:
        rows = rows.filter(refused_because=reason)
    if link is not None:
        clicks = Interaction.objects.filter(message=message, kind=Kind.CLICK, link=link).exclude(
            verdict=Verdict.MACHINE
        )
        rows = rows.filter(pk__in=clicks.values("recipient_id"))
    return rows.order_by("id")


def recipients(
    message: Message, bucket: str, *, after: int = 0, limit: int = 50, link: int | None = None, reason: str = ""
) -> list[Recipient]:
    """One page of the people behind a number, after a key. Raises KeyError for a number that does not exist."""
    rows = people(message, bucket, link=link, reason=reason).filter(pk__gt=after)
    return list(rows.select_related("person")[:limit])


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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a copy's story."""

    at: datetime
    kind: str
    words: str
    verdict: str = ""
    why: str = ""
    detail: str = ""


def log(recipient: Recipient) -> list[Entry]:
    """Everything that happened to one copy, oldest first."""
    return sorted([*_milestones(recipient), *_interactions(recipient)], key=lambda entry: entry.at)


def _milestones(recipient: Recipient) -> Iterator[Entry]:
    if recipient.state == State.REFUSED:
        yield Entry(
            at=recipient.queued_at,
            kind="refused",
            words=pgettext("one mail", "Left out"),
            detail=reason_word(recipient.refused_because),
        )
        return
    yield Entry(at=recipient.queued_at, kind="queued", words=_("Written for this address"), detail=recipient.email)
    if recipient.sent_at:
        yield Entry(
            at=recipient.sent_at, kind="sent", words=_("Accepted by the mail server"), detail=recipient.reply_text
        )
    if recipient.failed_at:
        yield Entry(at=recipient.failed_at, kind="failed", words=_("Not accepted"), detail=recipient.reply_text)
    if recipient.bounced_at and not recipient.interactions.filter(kind=Kind.BOUNCE).exists():
        words = pgettext("one mail", "Bounced")
        yield Entry(at=recipient.bounced_at, kind="bounced", words=words, detail=recipient.bounce_text)


def _interactions(recipient: Recipient) -> Iterator[Entry]:
    urls = {link["number"]: link for link in recipient.message.content.links}
    for hit in recipient.interactions.order_by("at", "id"):
        link = urls.get(hit.link) if hit.link is not None else None
        shown = f"{link['label']} {link['url']}".strip() if link else str(hit.detail.get("text", ""))
        yield Entry(
            at=hit.at, kind=hit.kind, words=hit.get_kind_display(), why=hit.why, detail=shown,
            verdict=hit.verdict if hit.kind in (Kind.OPEN, Kind.CLICK, Kind.FILE) else "",
        )  # fmt: skip


COLUMNS = (
    gettext_lazy("Name"), gettext_lazy("E-mail address"), gettext_lazy("State"), gettext_lazy("Reason"),
    gettext_lazy("Followed"), pgettext_lazy("one mail", "Sent"), pgettext_lazy("one mail", "Opened"),
    gettext_lazy("Openings"), pgettext_lazy("one mail", "Clicked"), gettext_lazy("Clicks"),
    pgettext_lazy("one mail", "Replied"), pgettext_lazy("one mail", "Bounced"),
    pgettext_lazy("one mail", "Opted out"), gettext_lazy("Answer of the server"),
)  # fmt: skip


def csv_rows(message: Message, bucket: str, *, link: int | None = None, reason: str = "") -> Iterator[list[str]]:
    """The people behind a number as rows of a table, with a head. Raises KeyError."""
    yield [str(column) for column in COLUMNS]
    for row in people(message, bucket, link=link, reason=reason).iterator(chunk_size=2000):
        moments = (
            row.sent_at,
            row.first_opened_at,
            row.first_clicked_at,
            row.replied_at,
            row.bounced_at,
            row.opted_out_at,
        )
        sent, opened, clicked, replied, bounced, out = (
            at.isoformat(timespec="seconds") if at else "" for at in moments
        )
        yield [
            row.name, row.email, row.get_state_display(), reason_word(row.refused_because), row.get_track_display(),
            sent, opened, str(row.opens), clicked, str(row.clicks), replied, bounced, out, row.reply_text,
        ]  # fmt: skip
