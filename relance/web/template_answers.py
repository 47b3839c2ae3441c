"""The answers that a template brought, beside those of the best others, as its editor draws them (TPL-05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.insights.templates import compared
from relance.mail.models import Template
from relance.mail.recommending import Rated, are_apart
from relance.team.models import User
from relance.web import charts


@dataclass(frozen=True, kw_only=True)
class Row:
    """One template with its rate, and the stretch in which the true one lies."""

    template: Template
    told: Rated
    drawn: charts.Interval


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The template itself, then the others."""

    rows: tuple[Row, ...]

    @property
    def are_told_apart(self) -> bool:
        """Whether more than chance stands between the template and each of the others."""
        first, *others = self.rows
        return all(are_apart(first.told, other.told) for other in others)


def of(template: Template, user: User, now: datetime) -> Answers | None:
    """Of the last year, among the templates that this colleague sees; None before the first mail."""
    found = compared(template, Template.objects.visible_to(user).filter(archived_at=None), now=now)
    highest = max((told.high for _each, told in found), default=0.0)
    rows = tuple(
        Row(template=each, told=told, drawn=charts.interval(told.low, told.rate, told.high, highest, width=110))
        for each, told in found
    )
    return Answers(rows=rows) if rows else None
