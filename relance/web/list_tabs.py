"""The tabs over a list: the views that come with the product, then those that colleagues keep (REC-05)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from relance.records import views
from relance.records.lists import Asked
from relance.records.models import View
from relance.team.models import User
from relance.web import drawings

Words = str | Promise


class Tab(NamedTuple):
    """A view that comes with the product, or one that somebody keeps; `here` says that it is open."""

    label: Words
    filters: tuple[tuple[str, str], ...] = ()
    icon: str = ""
    here: bool = False
    edited: bool = False

    @property
    def query(self) -> str:
        """The address of the tab."""
        return "?" + "&".join(f"{key}={value}" for key, value in self.filters)


VIEWS = (
    Tab(label=_("All")),
    Tab(label=_("Mine"), filters=(("owner", "me"),)),
)
ACCOUNT_VIEWS = (
    Tab(label=pgettext_lazy("accounts", "All")),
    Tab(label=pgettext_lazy("accounts", "Mine"), filters=(("owner", "me"),)),
)
MAIL_VIEWS = (
    Tab(label=_("Never written"), filters=(("mail", "never"),)),
    Tab(label=_("Opened, no reply"), filters=(("mail", "opened_no_reply"),)),
)
MINE, OPEN = ("owner", "me"), ("status", "open")
DUE_VIEWS = (
    Tab(label=_("Today"), filters=(MINE, ("due", "today"))),
    Tab(label=_("Overdue"), filters=(MINE, ("due", "overdue"))),
    Tab(label=_("This week"), filters=(MINE, ("due", "week"))),
    Tab(label=_("Everybody’s"), filters=(OPEN,)),
)
OF_MODULE: dict[str, tuple[Tab, ...]] = {
    "lead": (*VIEWS, *MAIL_VIEWS),
    "contact": (*VIEWS, *MAIL_VIEWS),
    "task": (
        Tab(label=pgettext_lazy("tasks", "Mine"), filters=(MINE, OPEN)),
        *DUE_VIEWS,
        Tab(label=pgettext_lazy("tasks", "All")),
    ),
    "call": (Tab(label=_("Mine"), filters=(MINE, OPEN)), *DUE_VIEWS, Tab(label=_("All"))),
    "case": (
        Tab(label=pgettext_lazy("cases", "Open"), filters=(OPEN,)),
        Tab(label=_("Mine"), filters=(MINE, OPEN)),
        Tab(label=pgettext_lazy("cases", "All")),
    ),
}

DEAL_VIEWS = (
    Tab(label=pgettext_lazy("deals", "All")),
    Tab(label=pgettext_lazy("deals", "Mine"), filters=(("owner", "me"),)),
    Tab(label=pgettext_lazy("deals", "Open"), filters=(("state", "open"),)),
    Tab(label=pgettext_lazy("deals", "Won"), filters=(("state", "won"),)),
    Tab(label=pgettext_lazy("deals", "Lost"), filters=(("state", "lost"),)),
)
VIEWS_OF = {"account": ACCOUNT_VIEWS, "deal": DEAL_VIEWS}


def tabs(asked: Asked, *, view: View | None, edited: bool, user: User) -> tuple[Tab, ...]:
    """Those of a list; `view` is the kept one that is open."""
    bare, told = view is None and not asked.where, []
    for tab in OF_MODULE.get(asked.module) or VIEWS_OF.get(asked.module) or VIEWS:
        here = bare and dict(tab.filters) == asked.filters and (bool(tab.filters) or not asked.text)
        told.append(Tab(label=tab.label, filters=tab.filters, here=here))
    for one in views.shelf(asked.module, user):
        here = view is not None and one.pk == view.pk
        icon = "users" if one.owner_id != user.pk else "bookmark"
        told.append(Tab(label=one.name, filters=(("view", str(one.pk)),), icon=icon, here=here, edited=here and edited))
    return tuple(told)


def drawn(shown: Iterable[Tab], base: str) -> SafeString:
    """The tabs as HTML; `base` is the address of their list."""
    return mark_safe("".join(_tab(tab, base) for tab in shown))  # each value is escaped below


def _tab(tab: Tab, base: str) -> str:
    current = ' aria-current="page"' if tab.here else ""
    icon = drawings.svg(tab.icon) if tab.icon else ""
    edited = escape(pgettext("view", "edited")) if tab.edited else ""
    chip = f'<span class="chip hot">{edited}</span>' if tab.edited else ""
    return f'<a href="{escape(base + tab.query)}"{current}>{icon}{escape(str(tab.label))}{chip}</a>'
