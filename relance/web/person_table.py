"""The rows of a list of people as HTML, drawn here and not by a template: this is the page that must be fast (L1).

A template costs half a millisecond a row, this a fiftieth of it. Every value that people wrote goes through `escape`;
what repeats from row to row (states, threads, days) is drawn once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.insights.history import LastMail
from relance.lib import clock
from relance.web import drawings, fil, words
from relance.web import format as fmt
from relance.web.hrefs import href
from relance.web.person_rows import PersonRow


def drawn(rows: Iterable[PersonRow], base: str) -> SafeString:
    """The rows; `base` is the address of their list."""
    pen = _Pen(base=escape(base))
    return mark_safe("".join(pen.row(each) for each in rows))  # each value is escaped below


@dataclass(frozen=True, kw_only=True)
class _Pen:
    base: str
    now: datetime = field(default_factory=clock.now)
    language: str = field(default_factory=lambda: get_language() or "en")
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(timezone.get_current_timezone_name()))
    select: str = field(default_factory=lambda: _("Select %(name)s"))
    today: date = field(init=False)
    clock: str = field(init=False)
    account: str = field(default_factory=lambda: href("account", 0)[:-1])

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", self.now.astimezone(self.zone).date())
        object.__setattr__(self, "clock", escape(f" ({self.zone.key})"))

    def row(self, each: PersonRow) -> str:
        """One row, in the order of the table's head (people/list.html)."""
        row, name = each.row, escape(each.name)
        href = f"{self.base}/{row['id']}"
        mail = each.mail
        job = f'<span class="only-phone xs muted">{escape(row["job_title"])}</span>' if row["job_title"] else ""
        return (
            f'<tr><td><input class="box" type="checkbox" name="ids" value="{row["id"]}" '
            f'aria-label="{escape(self.select % {"name": each.name})}"></td>'
            f'<td><span class="who">{avatar(each.name, row["primary_email"], "s")}'
            f'<a href="{href}" data-drawer-href="{href}?drawer=1">{name}</a>'
            f"{_bell(each.wish_told) if each.wish else ''}</span>{job}</td>"
            f'<td class="soft">{self._company(each)}</td><td class="muted">{escape(row["city"])}</td>'
            f"<td>{_state(each.state, self.language)}</td><td>{self._thread(mail.last) if mail else ''}</td>"
            f'<td class="muted num">{self._told(each.opened_at)}</td>'
            f'<td class="num">{fmt.figure(mail.opens, self.language) if mail and mail.opens else ""}</td>'
            f'<td class="muted num">{self._told(row["created_at"])}</td>'
            f"<td>{_owner(row['owner__name'] or '')}</td></tr>"
        )

    def _company(self, each: PersonRow) -> str:
        company, account = escape(each.row["company"]), each.row["account_id"]
        return f'<a class="plain soft" href="{self.account}{account}">{company}</a>' if account else company

    def _told(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        local = moment.astimezone(self.zone)
        day = local.date()
        title = f"{_whole_day(day, self.language)}, {local.hour:02}:{local.minute:02}{self.clock}"
        near = abs((self.now - moment).days) <= 8
        told = escape(words.ago(moment, self.now, self.zone)) if near else _short_day(day, self.language, self.today)
        return f'<time datetime="{moment.isoformat()}" title="{title}">{told}</time>'

    def _thread(self, copy: LastMail) -> str:
        nodes = fil.nodes(fil.life(copy), self.now)
        return _mini(tuple((node.stage, node.kind) for node in nodes), self.language)


def avatar(name: str, key: str, size: str) -> str:
    """Initials on a hue which stays the same for one key."""
    hue = fmt.hue(key or name)
    classes = f"avatar h{hue} {size}" if hue > 1 else f"avatar {size}"
    return f'<span class="{classes}" aria-hidden="true">{escape(fmt.initials(name))}</span>'


@lru_cache(512)
def _owner(name: str) -> str:
    if not name:
        return ""
    told = escape(name)
    return f'<span class="row" title="{told}">{avatar(name, "", "xs")}<span class="sr-only">{told}</span></span>'


def _bell(words_of_it: str) -> str:
    """When, how and from which mail, on hover and on focus; the same as people/wish.html."""
    told = escape(words_of_it)
    tip = f'<span class="pop tip" aria-hidden="true">{told}</span>'
    return f'<button class="told" type="button" aria-label="{told}">{drawings.svg("bell-off")}{tip}</button>'


@lru_cache(512)
def _state(key: str, _language: str) -> str:
    known = words.state(key)
    tone = f" {known.tone}" if known.tone else ""
    return f'<span class="state{tone}">{drawings.svg(known.icon)}{escape(str(known.word))}</span>'


@lru_cache(512)
def _mini(nodes: tuple[tuple[fil.Stage, fil.Kind], ...], _language: str) -> str:
    said = escape(words.sentence(tuple(fil.Node(stage=stage, kind=kind) for stage, kind in nodes)))
    steps = "".join(
        f'<span class="{kind}"><span class="node">{drawings.svg(words.STAGES[stage])}</span></span>'
        for stage, kind in nodes
    )
    return f'<span class="fil mini" role="img" aria-label="{said}" title="{said}">{steps}</span>'


@lru_cache(4096)
def _short_day(day: date, language: str, today: date) -> str:
    return escape(fmt.short_date(day, language, today))


@lru_cache(4096)
def _whole_day(day: date, language: str) -> str:
    return escape(f"{fmt.long_day(day, language)} {day.year}")
