"""`{% load charts %}`: charts drawn on the server; the geometry is in `relance.web.charts`."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from relance.web import charts
from relance.web import format as fmt

register = template.Library()
PHONE = 360  # letters keep their size on phones: a second drawing, as wide as a phone


@register.inclusion_tag("components/partition.html")
def partition(rows: Sequence[Sequence[charts.Part]], whole: int, label: str, **options: object) -> dict[str, object]:
    """`{% partition rows stats.sent "1,197 sent: ..." %}`; rows of `charts.Part`; `thin=True`: one bar in a table."""
    told = [[_with_figure(part) for part in row] for row in rows]
    thin = bool(options.get("thin"))
    if thin:
        drawings = [(charts.partition(told, whole, width=300, height=14), "")]
    else:
        drawings = [
            (charts.partition(told, whole), "only-desk"),
            (charts.partition(told, whole, width=PHONE, height=28), "only-phone"),
        ]
    linked = any(part.href for row in told for part in row)
    return {"drawings": drawings, "label": label, "linked": linked, "thin": thin}


def _with_figure(part: charts.Part) -> charts.Part:
    written = fmt.figure(part.count, get_language())
    return charts.Part(word=part.word, count=part.count, tone=part.tone, href=part.href, figure=written)


@register.inclusion_tag("components/columns.html")
def columns(data: Sequence[charts.Column], tones: Sequence[str], label: str, **options: object) -> dict[str, object]:
    """`{% columns hours tones _("Opens per hour") id="opens" every=3 width=680 %}`; `charts.Column` each."""
    usual = {"width": 680, "height": 190, "every": 1}
    width, height, every = (int(str(options.get(name, usual[name]))) for name in usual)
    id = str(options.get("id", "hatch"))
    desk = charts.columns(data, list(tones), width=width, height=height, every=every)
    phone = charts.columns(data, list(tones), width=min(width, PHONE), height=height, every=every)
    return {"drawings": [(desk, "only-desk", id), (phone, "only-phone", f"{id}-phone")], "label": label}


@register.inclusion_tag("components/day.html")
def day(drawing: charts.Day, label: str) -> dict[str, object]:
    """`{% day advice.drawing advice.habit %}`: the hours of a day, with working hours behind them."""
    return {"drawing": drawing, "label": label}


@register.simple_tag
def interval(drawn: charts.Interval, label: str) -> SafeString:
    """`{% interval one "12 % to 18 %" %}`: a share and the stretch in which the true one lies."""
    return format_html(
        '<svg class="chart" viewBox="0 0 {0} 14" role="img" aria-label="{1}"><path class="grid" d="M4 7H{2}"/>'
        '<rect class="c2" x="{3}" y="3" width="{4}" height="8" rx="3"/>'
        '<circle class="c1" cx="{5}" cy="7" r="4"/></svg>',
        drawn.width,
        label,
        drawn.width - 4,
        drawn.left,
        round(drawn.right - drawn.left, 1),
        drawn.at,
    )


@register.simple_tag
def nested(whole: int, label: str, *values: int) -> SafeString:
    """`{% nested most said row.sent row.opened row.replied %}`: up to three numbers, each part of the one before it."""
    bars = zip(("c5", "c2", "c1"), charts.nested(values, whole), strict=False)
    rects = format_html_join("", '<rect class="{}" x="0" y="2" width="{}" height="12" rx="3"/>', bars)
    return format_html(
        '<svg class="chart nested" viewBox="0 0 150 16" role="img" aria-label="{}">{}</svg>', label, rects
    )


@register.simple_tag
def line(values: Sequence[int], label: str) -> SafeString:
    """`{% line counts _("Opens per month") %}`: a small curve from zero."""
    path, area = charts.line(values)
    return format_html(
        '<svg class="chart" viewBox="0 0 400 60" role="img" aria-label="{}">'
        '<path class="area" d="{}"/><path class="l1" d="{}"/></svg>',
        label,
        area,
        path,
    )


@register.simple_tag
def legend(*words_and_tones: str) -> SafeString:
    """`{% legend _("Human") "c1" _("Machine, not counted") "c5" %}`."""
    pairs = zip(words_and_tones[::2], words_and_tones[1::2], strict=True)
    spans = format_html_join("", '<span><i class="{}"></i>{}</span>', ((tone, word) for word, tone in pairs))
    return format_html('<p class="legend">{}</p>', spans)
