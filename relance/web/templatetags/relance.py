"""The tags of every page: icons, people, times, figures, states, the thread of a mail, and what was sought."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.lib import clock
from relance.mail.models import Recipient
from relance.records import registry
from relance.records.registry import UnknownModule
from relance.web import drawings, mail_states, words
from relance.web import fil as threads
from relance.web import format as fmt
from relance.web.why import RULES

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
def stopped(text: str) -> str:
    """`{{ subject|stopped }}`: a text before another sentence, with a full stop unless it ends a sentence already."""
    told = str(text).rstrip()
    return told if not told or told[-1] in ".!?…" else f"{told}."


@register.filter
def figure(value: Number | None, places: int = 0) -> str:
    """`{{ count|figure }}`: 1 284 or 1,284."""
    return "" if value is None else fmt.figure(value, get_language(), places)


@register.simple_tag
def money(amount: Decimal, currency: str) -> str:
    """`{% money deal.amount deal.currency %}`: 82 000 € or €82,000."""
    return fmt.money(amount, currency, get_language())


@register.simple_tag
def colon() -> str:
    """`{% colon %}`: between a name and its value, as the language writes it."""
    return fmt.colon(get_language())


@register.simple_tag
def percent(part: Number | None, whole: Number | None, places: int = 1) -> str:
    """`{% percent stats.opened stats.tracked %}`: 60,6 % or 60.6%; nothing when the whole is empty."""
    return fmt.percent(_float(part), _float(whole), get_language(), places)


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


@register.filter
def module_label(key: str) -> str:
    """`{{ import.module|module_label }}`: the name of a module; its key, if it was retired since."""
    if key == "list":
        return _("Members")
    try:
        return str(registry.module(key).label)
    except UnknownModule:
        return key


@register.filter
def file_size(octets: int | None) -> str:
    """`{{ file.size|file_size }}`: 412 kB or 412 ko."""
    return "" if octets is None else fmt.file_size(octets, get_language())


@register.filter
def long_day(moment: datetime) -> str:
    """`{{ now|long_day }}`: Thursday 19 November or jeudi 19 novembre."""
    return fmt.long_day(moment.astimezone(timezone.get_current_timezone()).date(), get_language())


@register.filter
def day(moment: datetime) -> str:
    """`{{ since|day }}`: 17 Nov, with the year only when it is another one."""
    zone = timezone.get_current_timezone()
    return fmt.short_date(moment.astimezone(zone).date(), get_language(), clock.now().astimezone(zone).date())


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


@register.filter
def why(rule: str) -> str:
    """`{{ hit.why|why }}`: the rule that told a person from a machine, in words."""
    return str(RULES.get(rule, rule))


@register.simple_tag
def fil(copy: threads.Life | threads.Copy, label: str = "") -> SafeString:
    """`{% fil recipient %}`: the life of one mail to one person, in full; takes a Recipient or a `fil.Life`."""
    nodes = _nodes(copy)
    items = format_html_join(
        "",
        '<li class="{}"><span class="node">{}</span><b>{}</b><span>{}</span></li>',
        (
            (node.kind, mark_safe(drawings.svg(words.STAGES[node.stage])), words.stage_word(node), at(node.at))
            for node in nodes
        ),
    )
    return format_html('<ol class="fil" aria-label="{}">{}</ol>', label or words.sentence(nodes), items)


@register.simple_tag
def fil_mini(copy: threads.Life | threads.Copy) -> SafeString:
    """`{% fil_mini recipient %}`: the same in one line of a list, with a sentence for those who cannot see it."""
    nodes = _nodes(copy)
    drawn = format_html_join(
        "",
        '<span class="{}"><span class="node">{}</span></span>',
        ((node.kind, _stage(node)) for node in nodes),
    )
    said = words.sentence(nodes)
    return format_html('<span class="fil mini" role="img" aria-label="{}" title="{}">{}</span>', said, said, drawn)


def _stage(node: threads.Node) -> SafeString:
    return mark_safe(drawings.svg(words.STAGES[node.stage]))


def _nodes(copy: threads.Life | threads.Copy) -> tuple[threads.Node, ...]:
    life = copy if isinstance(copy, threads.Life) else threads.life(copy)
    return threads.nodes(life, clock.now())


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


@register.filter
def span(took: timedelta) -> str:
    """How long something took: 2 d 3 h, 4 h 05, 12 min."""
    minutes = int(took.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)d min") % {"minutes": minutes}


@register.simple_tag
def mail_state(copy: Recipient) -> str:
    """The state of one person's mail in words."""
    return mail_states.of(copy, now=clock.now())
