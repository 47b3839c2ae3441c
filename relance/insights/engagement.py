"""What came of mails to single people: by colleague, team, template, period, and on each record (ENG-10).

One copy counts once. What machines did is left out; so are mass mail and test mails, and of openings and clicks the
copies that were not followed: nobody can know whether those were opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from django.db.models import Aggregate, Count, DurationField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDay, TruncMonth, TruncWeek

from relance.insights.mails import personal
from relance.mail.models import Message, Recipient, Template
from relance.people.models import Person
from relance.team.models import Team, User

Track = Recipient.Track
MOST_GROUPS = 200


class By(StrEnum):
    """Along what the figures are set apart."""

    USER = "user"
    TEAM = "team"
    TEMPLATE = "template"
    PERIOD = "period"


class Step(StrEnum):
    """The length of a period, from that of the whole stretch."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which copies: those that left in a stretch of time, narrowed to a colleague, a team, a template, a record."""

    since: datetime
    until: datetime
    user_id: int | None = None
    team_id: int | None = None
    template_id: int | None = None
    person_id: int | None = None
    account_id: int | None = None
    messages: QuerySet[Message] | None = field(default=None, compare=False)

    @property
    def step(self) -> Step:
        """Days for a month, weeks for half a year, else months."""
        whole = self.until - self.since
        return Step.DAY if whole <= timedelta(days=31) else Step.WEEK if whole <= timedelta(days=190) else Step.MONTH


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of some copies. Of openings only those followed are spoken of, of clicks those with followed links.

    `silent` were opened and not answered, `unopened` neither.
    """

    sent: int = 0
    people: int = 0
    bounced: int = 0
    followed: int = 0
    opened: int = 0
    opens: int = 0
    silent: int = 0
    unopened: int = 0
    links_followed: int = 0
    clicked: int = 0
    clicks: int = 0
    replied: int = 0
    machine_hits: int = 0
    to_open: timedelta | None = None
    to_reply: timedelta | None = None

    @property
    def arrived(self) -> int:
        """Those that did not come back."""
        return self.sent - self.bounced

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Those that arrived, each once: answered, opened only, not opened yet, not followed."""
        rest = self.arrived - self.replied - self.silent - self.unopened
        return self.replied, self.silent, self.unopened, rest

    @property
    def open_rate(self) -> float | None:
        """Opened, of those whose openings are followed; None where there are none."""
        return self.opened / self.followed if self.followed else None

    @property
    def click_rate(self) -> float | None:
        """Clicked, of those whose links are followed."""
        return self.clicked / self.links_followed if self.links_followed else None

    @property
    def reply_rate(self) -> float | None:
        """Answered, of those that arrived: answers are seen whether a mail is followed or not."""
        return self.replied / self.arrived if self.arrived else None


@dataclass(frozen=True, kw_only=True)
class Group:
    """One colleague, team, template or period; `key` is its id, or the beginning of the period."""

    key: int | datetime | None
    name: str
    figures: Figures


class Median(Aggregate):
    """The middle one."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


ARRIVED = Q(bounced_at=None)
FULL, LINKS = ARRIVED & Q(track=Track.FULL), ARRIVED & Q(track__in=(Track.FULL, Track.CLICKS))
COUNTS: Mapping[str, Any] = {
    "sent": Count("id"),
    "people": Count("person", distinct=True),
    "bounced": Count("id", filter=~ARRIVED),
    "followed": Count("id", filter=FULL),
    "opened": Count("id", filter=FULL & Q(first_opened_at__isnull=False)),
    "opens": Coalesce(Sum("opens", filter=FULL), 0),
    "silent": Count("id", filter=FULL & Q(first_opened_at__isnull=False, replied_at=None)),
    "unopened": Count("id", filter=FULL & Q(first_opened_at=None, replied_at=None)),
    "links_followed": Count("id", filter=LINKS),
    "clicked": Count("id", filter=LINKS & Q(first_clicked_at__isnull=False)),
    "clicks": Coalesce(Sum("clicks", filter=LINKS), 0),
    "replied": Count("id", filter=ARRIVED & Q(replied_at__isnull=False)),
    "machine_hits": Coalesce(Sum("machine_hits"), 0),
    "to_open": Median(F("first_opened_at") - F("sent_at"), filter=FULL, output_field=DurationField()),
    "to_reply": Median(F("replied_at") - F("sent_at"), filter=ARRIVED, output_field=DurationField()),
}


def copies(asked: Asked, *, by: User) -> QuerySet[Recipient]:
    """The copies that count: one's own, and those to people whom one sees."""
    seen = Q(whose=by.pk) | Q(person__in=Person.objects.visible_to(by).order_by())
    rows = (
        Recipient.objects.filter(sent_at__gte=asked.since, sent_at__lt=asked.until)
        .filter(message__in=personal(by).exclude(send_key__startswith="test:").order_by())
        .alias(whose=Coalesce("sender_id", "message__sender_id"))
        .filter(seen)
    )
    narrow: dict[str, object] = {
        "whose": asked.user_id, "message__content__template": asked.template_id, "person": asked.person_id,
        "message__in": asked.messages,
    }  # fmt: skip
    for name, value in narrow.items():
        if value is not None:
            rows = rows.filter(**{name: value})
    if asked.team_id is not None:
        rows = rows.filter(whose__in=User.objects.filter(team=asked.team_id).values("pk"))
    if asked.account_id is not None:
        about = Message.objects.filter(pk=OuterRef("message"), about_kind="Account", about_id=asked.account_id)
        rows = rows.filter(Q(person__account=asked.account_id) | Exists(about))
    return rows.order_by()


def total(asked: Asked, *, by: User) -> Figures:
    """The figures of all of them."""
    return Figures(**copies(asked, by=by).aggregate(**COUNTS))


def groups(asked: Asked, along: By, *, by: User, zone: tzinfo) -> list[Group]:
    """The figures of each, those with most mails first; of periods, the earliest first."""
    rows = copies(asked, by=by).annotate(key=_key(asked, along, zone)).values("key").annotate(**COUNTS)
    order: list[str] = ["key"] if along is By.PERIOD else ["-sent", "key"]
    told: list[dict[str, Any]] = [dict(row) for row in rows.order_by(*order)[:MOST_GROUPS]]
    names = _names(along, [row["key"] for row in told], by)
    return [
        Group(key=row["key"], name=names.get(row["key"], ""), figures=Figures(**{name: row[name] for name in COUNTS}))
        for row in told
    ]


def _key(asked: Asked, along: By, zone: tzinfo) -> Any:
    match along:
        case By.USER:
            return Coalesce("sender_id", "message__sender_id")
        case By.TEAM:
            return Coalesce("sender__team", "message__sender__team")
        case By.TEMPLATE:
            return F("message__content__template")
    cut = {Step.DAY: TruncDay, Step.WEEK: TruncWeek, Step.MONTH: TruncMonth}[asked.step]
    return cut("sent_at", tzinfo=zone)


def _names(along: By, keys: Iterable[Any], by: User) -> dict[Any, str]:
    """As people call them; of templates those that one may see."""
    wanted = [key for key in keys if key is not None]
    match along:
        case By.USER:
            return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))
        case By.TEAM:
            return dict(Team.objects.filter(pk__in=wanted).values_list("pk", "name"))
        case By.TEMPLATE:
            return dict(Template.objects.visible_to(by).filter(pk__in=wanted).values_list("pk", "name"))
    return {}
