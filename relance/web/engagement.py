"""What is asked of the engagement pages, from an address: the stretch of time, the record, along what (ENG-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from relance.deals.mail_lists import messages_of
from relance.deals.models import Deal
from relance.insights.engagement import Asked, By
from relance.mail.models import Template
from relance.people.models import Account, Person
from relance.team.models import Team, User
from relance.web.numbers import number

DAYS = (30, 90, 365)


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """One thing that the figures are narrowed to, and the address without it."""

    name: str
    href: str
    without: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and how it is asked otherwise."""

    asked: Asked
    along: By
    days: int
    named: dict[str, int]
    narrowed: tuple[Narrowed, ...]

    def href(self, **changes: object) -> str:
        """The page with something else; None leaves it out."""
        values: dict[str, object] = {"by": self.along.value, "days": self.days, **self.named, **changes}
        return address({name: value for name, value in values.items() if value is not None})


def address(values: dict[str, object]) -> str:
    """The page of the figures."""
    return f"{reverse('engagement')}?{urlencode(values)}"


def question(given: QueryDict, *, user: User, now: datetime) -> Question:
    """What an address asks. Raises Http404 for what one may not see."""
    days = number(given.get("days", "")) or DAYS[1]
    days = days if days in DAYS else DAYS[1]
    along = next((by for by in By if by == given.get("by")), By.PERIOD)
    found = {name: row for name in ROWS if (row := _row(name, given, user)) is not None}
    named = {name: row.pk for name, row in found.items()}
    deal = found.get("deal")
    asked = Asked(
        since=now - timedelta(days=days), until=now, user_id=named.get("user"), team_id=named.get("team"),
        template_id=named.get("template"), person_id=named.get("person"), account_id=named.get("account"),
        messages=messages_of(deal) if isinstance(deal, Deal) else None,
    )  # fmt: skip
    narrowed = tuple(
        Narrowed(name=str(row), href=_page(row), without=address(
            {"by": along.value, "days": days, **{key: value for key, value in named.items() if key != name}}
        ))
        for name, row in found.items()
    )  # fmt: skip
    return Question(asked=asked, along=along, days=days, named=named, narrowed=narrowed)


ROWS = ("user", "team", "template", "person", "account", "deal")


def _rows(name: str, user: User) -> QuerySet[Model]:
    match name:
        case "user":
            return User.objects.all()
        case "team":
            return Team.objects.all()
        case "template":
            return Template.objects.visible_to(user)
        case "person":
            return Person.objects.visible_to(user)
        case "account":
            return Account.objects.visible_to(user)
    return Deal.objects.visible_to(user)


def _row(name: str, given: QueryDict, user: User) -> Model | None:
    key = number(given.get(name, ""))
    return get_object_or_404(_rows(name, user), pk=key) if key else None


def _page(row: Model) -> str:
    """The page of the record itself; nothing for a colleague."""
    match row:
        case Person():
            return reverse(row.kind, args=[row.pk])
        case Account() | Deal() | Template():
            return reverse(type(row).__name__.lower(), args=[row.pk])
    return ""
