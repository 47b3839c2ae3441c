"""The calendar of tasks and calls: a month or a week, a list on phones (REC-09)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from relance.agenda import rules
from relance.agenda.models import Call, Task
from relance.lib import clock, zones
from relance.team.models import User
from relance.web import format as fmt
from relance.web.agenda_rows import Item, by_due, items_of
from relance.web.forms.people import colleagues
from relance.web.signed_in import user_of

MONTH, WEEK = "month", "week"
IN_A_CELL = 4
MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of the sheet with what is due on it."""

    day: date
    name: str
    items: list[Item]
    is_today: bool
    is_outside: bool
    hidden: int = 0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for: a day within the sheet, how much of it, and whose."""

    view: str
    day: date
    whose: str

    @classmethod
    def read(cls, request: HttpRequest, today: date) -> Asked:
        """Whatever says nothing is this month, and one's own."""
        try:
            day = date.fromisoformat(request.GET.get("day", ""))
        except ValueError:
            day = today
        day = min(max(day, date(1990, 1, 1)), date(2199, 12, 31))
        view = WEEK if request.GET.get("view") == WEEK else MONTH
        whose = request.GET.get("whose", "me")
        return cls(view=view, day=day, whose=whose if whose == "all" or whose.isdecimal() else "me")

    def weeks(self) -> list[list[date]]:
        """The weeks of the sheet."""
        if self.view == WEEK:
            first = rules.monday(self.day)
            return [[first + timedelta(days=number) for number in range(7)]]
        return list(rules.weeks_of(self.day))

    def query(self, **changes: object) -> str:
        """This sheet's address with changes."""
        return "?" + urlencode({"view": self.view, "day": self.day, "whose": self.whose, **changes})

    def turned(self, by: int) -> date:
        """A day of the sheet before or after."""
        if self.view == WEEK:
            return self.day + by * rules.WEEK
        return rules.next_month(self.day, by)


def page(request: HttpRequest) -> HttpResponse:
    """The sheet."""
    user, now = user_of(request), clock.now()
    zone = zones.zone(user.time_zone)
    today = now.astimezone(zone).date()
    asked = Asked.read(request, today)
    weeks = asked.weeks()
    start, end = rules.midnight(weeks[0][0], zone), rules.midnight(weeks[-1][-1] + timedelta(days=1), zone)
    found = _due(asked, user, now, start, end)
    context = {
        "asked": asked,
        "title": _title(asked, weeks),
        "heads": [format_date(day, "EEE", locale=fmt.locale_of(get_language())) for day in weeks[0]],
        "weeks": [[_day(day, found, asked, today, zone) for day in week] for week in weeks],
        "count": len(found),
        "before": asked.query(day=asked.turned(-1)),
        "after": asked.query(day=asked.turned(1)),
        "now_href": asked.query(day=today),
        "month_href": asked.query(view=MONTH),
        "week_href": asked.query(view=WEEK),
        "colleagues": [(pk, name) for pk, name in colleagues() if pk != str(user.pk)],
    }
    return render(request, "agenda/calendar.html", context)


def _due(asked: Asked, user: User, now: datetime, start: datetime, end: datetime) -> list[Item]:
    """Tasks and calls of the sheet, also those that are done, without those that were dropped."""
    tasks = Task.objects.visible_to(user).filter(due_at__gte=start, due_at__lt=end).exclude(status="dropped")
    calls = Call.objects.visible_to(user).filter(due_at__gte=start, due_at__lt=end).exclude(status="dropped")
    if asked.whose != "all":
        owner = user.pk if asked.whose == "me" else int(asked.whose[:18])
        tasks, calls = tasks.filter(owner=owner), calls.filter(owner=owner)
    return by_due(
        items_of("task", tasks.order_by("due_at", "id")[:MOST], user=user, now=now),
        items_of("call", calls.order_by("due_at", "id")[:MOST], user=user, now=now),
    )


def _day(day: date, found: Iterable[Item], asked: Asked, today: date, zone: ZoneInfo) -> Day:
    mine = [item for item in found if item.row["due_at"].astimezone(zone).date() == day]
    shown = mine if asked.view == WEEK or len(mine) <= IN_A_CELL else mine[: IN_A_CELL - 1]
    return Day(
        day=day, name=fmt.long_day(day, get_language()), items=shown, is_today=day == today,
        is_outside=asked.view == MONTH and day.month != asked.day.month, hidden=len(mine) - len(shown),
    )  # fmt: skip


def _title(asked: Asked, weeks: list[list[date]]) -> str:
    locale = fmt.locale_of(get_language())
    if asked.view == MONTH:
        said: str = format_date(asked.day, "LLLL y", locale=locale)
        return said[:1].upper() + said[1:]
    first, last = weeks[0][0], weeks[0][-1]
    return f"{fmt.day_name(first, get_language())} – {fmt.day_name(last, get_language())} {last.year}"
