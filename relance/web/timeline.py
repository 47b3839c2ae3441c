"""The history of a record as it is drawn: one line for each entry, under the headings of their days (REC-07)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.agenda.links import Named
from relance.lib import clock
from relance.mail.models import Recipient
from relance.records.history import Entry
from relance.web import format as fmt
from relance.web.change_words import Difference

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One interaction with a mail, as it is drawn."""

    at: datetime
    icon: str
    tone: str
    said: Words
    detail: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One entry of the history: a mail that unfolds (`copy`), or something that was done or said."""

    at: datetime
    icon: str
    tone: str = ""
    said: Words = ""
    rest: Words = ""
    href: str = ""
    detail: Words = ""
    text: str = ""
    verdict: str = ""
    who: str = ""
    about: tuple[Named, ...] = ()
    differences: tuple[Difference, ...] = ()
    copy: Recipient | None = None
    state: str = ""
    why: str = ""
    agent: str = ""
    hits: tuple[Hit, ...] = field(default=())

    @property
    def template(self) -> str:
        """What draws it."""
        return "people/mail_tile.html" if self.copy else "history/line.html"


@dataclass(frozen=True, kw_only=True)
class Day:
    """A heading and what happened that day."""

    heading: str
    lines: tuple[Line, ...]


Draw = Callable[[Entry], Line]


def days(entries: Iterable[Entry], draw: Mapping[str, Draw]) -> list[Day]:
    """The entries, drawn, by day; they come newest first."""
    zone = timezone.get_current_timezone()
    today = clock.now().astimezone(zone).date()
    grouped = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return [
        Day(heading=heading(day, today), lines=tuple(draw[entry.kind](entry) for entry in many))
        for day, many in grouped
    ]


def by_day(lines: Iterable[Line]) -> list[Day]:
    """Lines that are drawn already, newest first, under the headings of their days."""
    zone = timezone.get_current_timezone()
    today = clock.now().astimezone(zone).date()
    grouped = groupby(lines, key=lambda line: line.at.astimezone(zone).date())
    return [Day(heading=heading(day, today), lines=tuple(many)) for day, many in grouped]


def heading(day: date, today: date) -> str:
    """Today, Yesterday, Monday 16 November; with the year when it is another one."""
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    said = fmt.long_day(day, get_language())
    return said if day.year == today.year else f"{said} {day.year}"
