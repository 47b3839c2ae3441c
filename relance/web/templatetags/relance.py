"""The tags of every page: icons, people, times, figures, states, the thread, links that keep their filters."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.lib import clock
from relance.web import drawings, live, words
from relance.web import fil as threads
from relance.web import format as fmt

register = template.Library()

Number = int | float | Decimal


@register.simple_tag
def icon(name: str, **options: str) -> SafeString:
    """`{% icon "mail-open" class="tiny" %}`: one drawing of `web/icons`, inline, hidden from screen readers."""
    return mark_safe(drawings.svg(name, options.get("class", "")))  # our own files


@register.simple_tag
def avatar(name: object, key: str = "", **options: str) -> SafeString:
    """`{% avatar person.name person.email class="s" %}`: initials on a hue which stays the same for one key."""
    hue = fmt.hue(key or str(name))
    classes = " ".join(filter(None, ("avatar", f"h{hue}" if hue > 1 else "", options.get("class", ""))))
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, fmt.initials(str(name)))


@register.simple_tag
def ago(moment: datetime | None, empty: str = "") -> SafeString | str:
    """`{% ago row.last_open_at %}`: relative up to seven days, then the date; the full moment in its title."""
    if moment is None:
        return empty
    zone = timezone.get_current_timezone()
    told = words.ago(moment, clock.now(), zone)
    return _time(moment, told)


@register.simple_tag
def at(moment: datetime | None, empty: str = "") -> SafeString | str:
    """`{% at message.sent_at %}`: the hour for today, else day and hour; the full moment in its title."""
    if moment is None:
        return empty
    zone = timezone.get_current_timezone()
    local, today = moment.astimezone(zone), clock.now().astimezone(zone).date()
    hour = fmt.clock_time(moment, zone)
    if local.date() == today:
        return _time(moment, hour)
    return _time(moment, f"{fmt.day_name(local.date(), get_language())}, {hour}")


def _time(moment: datetime, told: str) -> SafeString:
    title = fmt.full_moment(moment, get_language(), timezone.get_current_timezone())
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), title, told)


@register.filter
def figure(value: Number | None, places: int = 0) -> str:
    """`{{ count|figure }}`: 1 284 or 1,284."""
    return "" if value is None else fmt.figure(value, get_language(), places)


@register.simple_tag
def percent(part: Number | None, whole: Number | None, places: int = 1) -> str:
    """`{% percent stats.opened stats.tracked %}`: 60,6 % or 60.6%; nothing when the whole is empty."""
    return fmt.percent(_float(part), _float(whole), get_language(), places)


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


@register.filter
def file_size(octets: int | None) -> str:
    """`{{ file.size|file_size }}`: 412 kB or 412 ko."""
    return "" if octets is None else fmt.file_size(octets, get_language())


@register.filter
def long_day(moment: datetime) -> str:
    """`{{ now|long_day }}`: Thursday 19 November or jeudi 19 novembre."""
    return fmt.long_day(moment.astimezone(timezone.get_current_timezone()).date(), get_language())


@register.filter
def hour(moment: datetime) -> str:
    """`{{ now|hour }}`: 15:42."""
    return fmt.clock_time(moment, timezone.get_current_timezone())


@register.filter
def day_and_hour(moment: datetime) -> str:
    """`{{ now|day_and_hour }}`: Thu 19 Nov, 15:42."""
    local = moment.astimezone(timezone.get_current_timezone())
    return f"{fmt.day_name(local.date(), get_language())}, {local:%H:%M}"


@register.simple_tag
def state(key: object, word: str = "", **options: str) -> SafeString:
    """`{% state recipient.status %}`: an icon and a word; a second argument replaces the word."""
    known = words.state(str(key))
    classes = " ".join(filter(None, ("state", options.get("tone", known.tone), options.get("class", ""))))
    drawing = mark_safe(drawings.svg(options.get("icon", known.icon)))
    return format_html('<span class="{}">{}{}</span>', classes, drawing, word or known.word)


@register.simple_tag
def chip(key: object, word: str = "", **options: str) -> SafeString:
    """`{% chip mass_mail.status %}`: a state with a ground, for titles; options `tone`, `icon`, `class`."""
    known = words.state(str(key))
    classes = " ".join(filter(None, ("chip", options.get("tone", known.tone), options.get("class", ""))))
    drawing = mark_safe(drawings.svg(options.get("icon", known.icon)))
    return format_html('<span class="{}">{}{}</span>', classes, drawing, word or known.word)


@register.simple_tag
def verdict(key: object) -> SafeString:
    """`{% verdict interaction.verdict %}`: human (solid), machine (dashed) or unknown (dotted)."""
    known = words.VERDICTS.get(str(key), words.VERDICTS["unknown"])
    kind = str(key) if str(key) in words.VERDICTS else "unknown"
    drawing = mark_safe(drawings.svg(known.icon))
    return format_html('<span class="verdict {}">{}{}</span>', kind, drawing, known.word)


STAGES: dict[threads.Stage, str] = {
    threads.Stage.SENT: "send",
    threads.Stage.SCHEDULED: "clock",
    threads.Stage.WAITING: "clock",
    threads.Stage.REFUSED: "circle-slash",
    threads.Stage.FAILED: "circle-alert",
    threads.Stage.UNKNOWN: "circle-question-mark",
    threads.Stage.BOUNCED: "x",
    threads.Stage.OPENED: "mail-open",
    threads.Stage.MACHINE: "bot",
    threads.Stage.NOT_TRACKED: "eye-off",
    threads.Stage.CLICKED: "mouse-pointer-click",
    threads.Stage.REPLIED: "reply",
}


def stage_word(node: threads.Node) -> str:
    """The word under a node of a thread, and in the sentence that stands for a small one."""
    todo = node.kind is threads.Kind.TODO
    match node.stage:
        case threads.Stage.SENT:
            return _("Sent")
        case threads.Stage.SCHEDULED:
            return _("Scheduled")
        case threads.Stage.WAITING:
            return _("Not sent yet")
        case threads.Stage.REFUSED:
            return _("Left out")
        case threads.Stage.FAILED:
            return _("Failed")
        case threads.Stage.UNKNOWN:
            return _("Outcome unknown")
        case threads.Stage.BOUNCED:
            return _("Bounced")
        case threads.Stage.OPENED:
            return _("Not opened") if todo else _("Opened")
        case threads.Stage.MACHINE:
            return _("Machine only")
        case threads.Stage.NOT_TRACKED:
            return _("Not tracked")
        case threads.Stage.CLICKED:
            return _("Not clicked") if todo else _("Clicked")
        case threads.Stage.REPLIED:
            return _("No reply") if todo else _("Replied")


@register.simple_tag
def fil(copy: threads.Life | threads.Copy, label: str = "") -> SafeString:
    """`{% fil recipient %}`: the life of one mail to one person, in full; takes a Recipient or a `fil.Life`."""
    nodes = _nodes(copy)
    items = format_html_join(
        "",
        '<li class="{}"><span class="node">{}</span><b>{}</b><span>{}</span></li>',
        ((node.kind, mark_safe(drawings.svg(STAGES[node.stage])), stage_word(node), at(node.at)) for node in nodes),
    )
    return format_html('<ol class="fil" aria-label="{}">{}</ol>', label or sentence(nodes), items)


@register.simple_tag
def fil_mini(copy: threads.Life | threads.Copy) -> SafeString:
    """`{% fil_mini recipient %}`: the same in one line of a list, with a sentence for those who cannot see it."""
    nodes = _nodes(copy)
    drawn = format_html_join(
        "",
        '<span class="{}"><span class="node">{}</span></span>',
        ((node.kind, mark_safe(drawings.svg(STAGES[node.stage]))) for node in nodes),
    )
    said = sentence(nodes)
    return format_html('<span class="fil mini" role="img" aria-label="{}" title="{}">{}</span>', said, said, drawn)


def _nodes(copy: threads.Life | threads.Copy) -> tuple[threads.Node, ...]:
    life = copy if isinstance(copy, threads.Life) else threads.life(copy)
    return threads.nodes(life, clock.now())


def sentence(nodes: tuple[threads.Node, ...]) -> str:
    """What a thread tells, in words: what happened, and the first thing that did not."""
    done = [stage_word(node) for node in nodes if node.kind is not threads.Kind.TODO]
    todo = [stage_word(node) for node in nodes if node.kind is threads.Kind.TODO]
    said = [*done, *todo[:1]]
    return ", ".join([said[0], *(word[0].lower() + word[1:] for word in said[1:])])


@register.simple_tag(takes_context=True)
def querystring_with(context: Context, **changes: object) -> str:
    """`{% querystring_with sort="-name" after=None %}`: the page's own query with changes; None removes a key."""
    query = cast(HttpRequest, context["request"]).GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(
    context: Context, url_name: str, label: str, icon: str, count: int | None = None, **options: object
) -> dict[str, object]:
    """One line of the side bar; a place which does not exist in this build is not listed. `under` = path prefix."""
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return {"href": ""}
    path = getattr(context.get("request"), "path", "")
    under = str(options.get("under", href))
    here = path == href or (under != "/" and (path == under or path.startswith(under.rstrip("/") + "/")))
    return {"href": href, "label": label, "icon": icon, "count": count, "hot": options.get("hot"), "here": here}


@register.simple_tag(takes_context=True)
def live_meta(context: Context) -> SafeString:
    """The address and the ticket of the live stream, for the topics in `live_topics`; nothing where it is off."""
    topics = cast("list[str]", context.get("live_topics") or [])
    return live.meta(topics)


@register.simple_tag(takes_context=True)
def tab(context: Context, url_name: str, label: str, icon_name: str = "", count: int | None = None) -> SafeString:
    """`{% tab "mailboxes" _("Mailboxes") "plug" 3 %}` inside `<nav class="tabs">`: a page of equal rank."""
    href = url_or_nothing(url_name)
    if not href:
        return SafeString("")
    here = mark_safe(' aria-current="page"') if getattr(context.get("request"), "path", "") == href else ""
    drawing = mark_safe(drawings.svg(icon_name)) if icon_name else ""
    number = format_html('<span class="count">{}</span>', figure(count)) if count is not None else ""
    return format_html('<a href="{}"{}>{}{}{}</a>', href, here, drawing, label, number)


@register.filter
def marked(text: str, words_sought: str) -> SafeString:
    """`{{ name|marked:q }}`: the part that was sought stands out, whatever its accents and capitals."""
    start, end = fmt.span_of(text, words_sought)
    return (
        format_html("{}<mark>{}</mark>{}", text[:start], text[start:end], text[end:])
        if end
        else format_html("{}", text)
    )


# The first mark that a User-Agent carries tells; each program also names those it descends from.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser_name(user_agent: str) -> str:
    """`Firefox, Linux`: what people call the program behind a User-Agent."""
    found = [next((word for mark, word in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or user_agent[:60]


@register.simple_tag
def url_or_nothing(name: str, *args: object) -> str:
    """The address of a page, or nothing where this build does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def standing(context: Context) -> SafeString:
    """The palette, the keys and the words of scripts: the same on every page, so rendered once a language and role."""
    role = getattr(context.get("user"), "role", None)
    rights = tuple(bool(getattr(role, name, False)) for name in ("may_send_mass_mail", "may_import"))
    key = (get_language() or "", get_urlconf() or settings.ROOT_URLCONF, rights)
    if settings.DEBUG or key not in _standing:
        rendered = render_to_string("components/standing.html", {"user": context.get("user")})
        _standing[key] = mark_safe(rendered)
    return _standing[key]


_standing: dict[tuple[str, str, tuple[bool, ...]], SafeString] = {}


@register.simple_tag
def first_url(names: tuple[str, ...]) -> str:
    """The address of the first of these pages that this build has."""
    return next(filter(None, (url_or_nothing(name) for name in names)), "")
