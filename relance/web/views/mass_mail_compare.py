"""Mails side by side with honest intervals, and how one fared by domain and by hour of the day (MASS-08)."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from relance.campaigns import rates, spread, stats
from relance.campaigns.models import MassMail
from relance.campaigns.rates import Rate
from relance.campaigns.stats import Figures
from relance.web import charts
from relance.web.format import percent
from relance.web.mass_mail_results import TONES
from relance.web.mass_mail_steps import found, user_of
from relance.web.numbers import number

MOST, OFFERED = 12, 100
PARTS: tuple[tuple[str | Promise, Callable[[Figures], tuple[int, int]]], ...] = (
    (gettext_lazy("Delivered"), lambda told: (told.delivered, told.sent)),
    (gettext_lazy("Opened"), lambda told: (told.opened, told.followed)),
    (gettext_lazy("Clicked"), lambda told: (told.clicked, told.followed_clicks)),
    (gettext_lazy("Replied"), lambda told: (told.replied, told.delivered)),
)


def compare(request: HttpRequest) -> HttpResponse:
    """The mails that the address names, at most a dozen."""
    user = user_of(request)
    launched = MassMail.objects.visible_to(user).filter(message__isnull=False)
    ids = [pk for text in request.GET.getlist("ids") if (pk := number(text))][:MOST]
    by_id = {mail.pk: mail for mail in launched.filter(pk__in=ids).select_related("message")}
    rows = [(by_id[pk], stats.figures(by_id[pk].message)) for pk in dict.fromkeys(ids) if pk in by_id]  # type: ignore[arg-type]
    parts = [{"title": title, "lines": _lines(rows, of)} for title, of in PARTS] if rows else []
    offered = launched.exclude(pk__in=ids).order_by("-launched_at", "-pk").values_list("pk", "name")[:OFFERED]
    context = {"rows": [{"mail": mail} for mail, _told in rows], "parts": parts, "offered": list(offered)}
    return render(request, "mass_mails/compare.html", context)


def _lines(
    rows: list[tuple[MassMail, Figures]], of: Callable[[Figures], tuple[int, int]]
) -> list[tuple[MassMail, Rate, charts.Interval, str, str]]:
    told = [(mail, rates.rate(*of(figures))) for mail, figures in rows]
    highest = max(rate.high for _mail, rate in told if rate.of) if any(rate.of for _mail, rate in told) else 1.0
    first = told[0][1]
    return [
        (mail, rate, charts.interval(rate.low, rate.share, rate.high, highest), _between(rate),
         _against(first, rate) if rate is not first else "")
        for mail, rate in told
    ]  # fmt: skip


def _between(rate: Rate) -> str:
    if not rate.of:
        return _("not known")
    low, high = (percent(share, 1, get_language()) for share in (rate.low, rate.high))
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _against(first: Rate, rate: Rate) -> str:
    if not rates.is_clear(first, rate):
        return _("No clear difference")
    return _("Higher") if rate.share > first.share else _("Lower")


def by_domain(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The part of the results that reads every copy."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message is None:
        raise Http404
    hours = spread.hours_of_day(mass_mail.message, zone=ZoneInfo(user_of(request).time_zone))
    columns = [charts.Column(word=f"{hour}", values=(bar.human, bar.unknown, bar.machine)) for hour, bar in hours]
    context = {
        "domains": spread.domains(mass_mail.message), "hours": columns, "tones": TONES,
        "any": any(bar.total for _hour, bar in hours),
    }  # fmt: skip
    return render(request, "mass_mails/spread.html", context)
