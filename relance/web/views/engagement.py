"""What came of mails to single people: over all, by period, colleague, team and template, on a record (ENG-10)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from relance.insights import engagement
from relance.insights.engagement import By, Group, Step
from relance.lib import clock, zones
from relance.web import charts
from relance.web import format as fmt
from relance.web.engagement import DAYS, Question, question
from relance.web.signed_in import user_of

LABELS: dict[By, str | Promise] = {
    By.PERIOD: _("Period"), By.USER: _("Colleague"), By.TEAM: _("Team"), By.TEMPLATE: _("Template"),
}  # fmt: skip
NARROWS = {By.USER: "user", By.TEAM: "team", By.TEMPLATE: "template"}
TONES = ("c3", "c1", "c2", "c5")


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The figures, their chart over time, and the table along what is asked."""
    user, now = user_of(request), clock.now()
    zone = zones.zone(user.time_zone)
    asked = question(request.GET, user=user, now=now)
    periods = engagement.groups(asked.asked, By.PERIOD, by=user, zone=zone)
    rows = periods if asked.along is By.PERIOD else engagement.groups(asked.asked, asked.along, by=user, zone=zone)
    words = [_period(group.key, asked.asked.step, now) for group in periods]
    return render(request, "engagement/page.html", {
        "question": asked,
        "total": engagement.total(asked.asked, by=user),
        "rows": [_line(group, asked, now) for group in rows],
        "label": LABELS[asked.along],
        "ways": [(label, asked.href(by=by.value), by is asked.along) for by, label in LABELS.items()],
        "spans": [(days, asked.href(days=days), days == asked.days) for days in DAYS],
        "chart": [
            charts.Column(word=word, values=group.figures.parts) for word, group in zip(words, periods, strict=True)
        ],
        "tones": TONES,
        "every": max(1, len(periods) // 8),
        "kinds": [("c3", _("Replied")), ("c1", _("Opened")), ("c2", _("Not opened yet")), ("c5", _("Not followed"))],
    })  # fmt: skip


def _line(group: Group, asked: Question, now: datetime) -> dict[str, object]:
    name, href = group.name, ""
    if asked.along is By.PERIOD:
        name = _period(group.key, asked.asked.step, now)
    elif group.key is None:
        name = pgettext("engagement", "None")
    elif not group.name:
        name = pgettext("engagement", "Another’s own")
    else:
        href = asked.href(by=By.PERIOD.value, **{NARROWS[asked.along]: group.key})
    return {"name": name, "href": href, "figures": group.figures}


def _period(at: int | datetime | None, step: Step, now: datetime) -> str:
    if not isinstance(at, datetime):
        return ""
    return f"{at:%m/%Y}" if step is Step.MONTH else fmt.short_date(at.date(), get_language(), now.date())
