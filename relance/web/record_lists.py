"""What a list page shows of any module: its rows, its views, its criteria, its count (REC-05)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from relance.records import lists, registry
from relance.records.lists import Asked, Count, Page
from relance.records.selection import quoted
from relance.team import policy
from relance.team.models import User
from relance.web.forms.people import FilterForm
from relance.web.places import Place, counted, place_of

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class View:
    """A view that comes with the product: a tab."""

    label: Words
    filters: tuple[tuple[str, str], ...] = ()
    icon: str = ""
    here: bool = False

    @property
    def query(self) -> str:
        """The address of the tab."""
        return "?" + "&".join(f"{key}={value}" for key, value in self.filters)


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A criterion in force; `href` is the list without it."""

    label: Words
    value: Words
    href: str


VIEWS = (
    View(label=_("All")),
    View(label=_("Mine"), filters=(("owner", "me"),)),
)
ACCOUNT_VIEWS = (
    View(label=pgettext_lazy("accounts", "All")),
    View(label=pgettext_lazy("accounts", "Mine"), filters=(("owner", "me"),)),
)
MAIL_VIEWS = (
    View(label=_("Never written"), filters=(("mail", "never"),)),
    View(label=_("Opened, no reply"), filters=(("mail", "opened_no_reply"),)),
)
MINE, OPEN = ("owner", "me"), ("status", "open")
DUE_VIEWS = (
    View(label=_("Mine"), filters=(MINE, OPEN)),
    View(label=_("Today"), filters=(MINE, ("due", "today"))),
    View(label=_("Overdue"), filters=(MINE, ("due", "overdue"))),
    View(label=_("This week"), filters=(MINE, ("due", "week"))),
    View(label=_("Everybody’s"), filters=(OPEN,)),
    View(label=pgettext_lazy("tasks", "All")),
)
OF_MODULE: dict[str, tuple[View, ...]] = {
    "lead": (*VIEWS, *MAIL_VIEWS),
    "contact": (*VIEWS, *MAIL_VIEWS),
    "task": DUE_VIEWS,
    "call": DUE_VIEWS,
    "case": (
        View(label=pgettext_lazy("cases", "Open"), filters=(OPEN,)),
        View(label=_("Mine"), filters=(MINE, OPEN)),
        View(label=pgettext_lazy("cases", "All")),
    ),
}

DEAL_VIEWS = (
    View(label=pgettext_lazy("deals", "All")),
    View(label=pgettext_lazy("deals", "Mine"), filters=(("owner", "me"),)),
    View(label=pgettext_lazy("deals", "Open"), filters=(("state", "open"),)),
    View(label=pgettext_lazy("deals", "Won"), filters=(("state", "won"),)),
    View(label=pgettext_lazy("deals", "Lost"), filters=(("state", "lost"),)),
)
VIEWS_OF = {"account": ACCOUNT_VIEWS, "deal": DEAL_VIEWS}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page of a list, ready for its template."""

    place: Place
    asked: Asked
    page: Page
    count: Count


def read(request: HttpRequest, module: str, *, user: User, now: datetime) -> Shown:
    """The page of the list that the address asks for."""
    asked = lists.read(module, _params(request))
    page = lists.page(asked, user=user, now=now)
    counted = lists.count(asked, user=user, now=now, seen=page)
    return Shown(place=place_of(module), asked=asked, page=page, count=counted)


def context(shown: Shown, *, user: User, criteria: bool) -> dict[str, object]:
    """The variables which the pages of all modules share."""
    asked = shown.asked
    return {
        "place": shown.place,
        "asked": asked,
        "q": asked.text,
        "sort": asked.sort,
        "views": list(_views(asked)),
        "chips": list(chips(asked)),
        "filters": FilterForm(module=asked.module, initial=asked.filters) if criteria else None,
        "kept": asked.params(),
        "rows": shown.page.rows,
        "before": shown.page.before,
        "after": shown.page.after,
        "problems": shown.page.problems,
        "count": shown.count,
        "count_words": counted(asked.module, shown.count.number, about=shown.count.about),
        "base": shown.place.href,
        "may_edit": policy.level(user, asked.module, "edit") > policy.NONE,
        "may_delete": policy.level(user, asked.module, "delete") > policy.NONE,
    }


def _params(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.GET.items() if isinstance(value, str)}


def _views(asked: Asked) -> Iterator[View]:
    for view in OF_MODULE.get(asked.module, VIEWS):
        here = dict(view.filters) == asked.filters and (bool(view.filters) or not asked.text)
        yield View(label=view.label, filters=view.filters, icon=view.icon, here=here)


def chips(asked: Asked) -> Iterator[Chip]:
    """The search and the filters in force, in words."""
    if asked.text:
        yield Chip(label=pgettext("noun", "Search"), value=quoted(asked.text), href=_without(asked, "q"))
    listed = registry.module(asked.module)
    for key, value in asked.filters.items():
        known = listed.by_filter[key]
        yield Chip(label=known.label, value=known.words(value), href=_without(asked, key))


def _without(asked: Asked, key: str) -> str:
    kept = {name: value for name, value in asked.params().items() if name != key}
    sort = {"sort": asked.sort} if asked.sort not in (lists.BEST, "name") else {}
    return "?" + urlencode({**kept, **sort})
