"""The History panel of any record (REC-07): one page of its entries, what one may filter by, and where the next begins.

A page includes `history/panel.html` with what `panel` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from relance.records import history
from relance.records.fields import Words
from relance.records.history import Entry, Group, Place, Subject
from relance.team.models import User
from relance.web import agenda_lines, mail_lines, record_lines
from relance.web.record_lines import change_lines
from relance.web.templatetags.leading import url_or_nothing
from relance.web.timeline import Day, Draw, days

DRAWN: Mapping[str, Draw] = {**mail_lines.DRAWN, **record_lines.DRAWN, **agenda_lines.DRAWN}
BRIEF = 3
OF_PEOPLE = (Group.MAIL, Group.ENGAGEMENT, Group.TO_DO, Group.NOTE, Group.DEAL, Group.CHANGE)
OF_OTHERS = (Group.TO_DO, Group.NOTE, Group.CHANGE)
ALONE = ("task", "call", "note")  # nothing is about them


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One button of the filter."""

    key: str
    label: Words
    here: bool
    query: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A page of a history, ready for its template."""

    href: str
    page_href: str
    days: tuple[Day, ...]
    choices: tuple[Choice, ...]
    older: str
    is_first: bool
    is_filtered: bool
    names_people: bool


def panel(module: str, record_id: int, *, user: User, query: QueryDict, page_href: str, brief: bool = False) -> Panel:
    """What the address asks for: `show` a group, `after` a place. `page_href` is the record's own page.

    `brief` gives the first few entries alone, for a preview.
    """
    group = next((group for group in Group if group.value == query.get("show")), None)
    after = Place.read(query.get("after", ""))
    subject = Subject(module=module, id=record_id, user=user)
    page = history.page(subject, group=group, after=after, size=BRIEF if brief else history.PAGE)
    query_of_older = urlencode({**({"show": group.value} if group else {}), "after": page.older})
    return Panel(
        href=reverse("history", args=[module, record_id]),
        page_href=page_href,
        days=tuple(drawn(page.entries, user)),
        choices=_choices(module, group),
        older=f"?{query_of_older}" if page.older else "",
        is_first=after is None,
        is_filtered=group is not None,
        names_people=module == "account",
    )


def page_of(module: str, record_id: int) -> str:
    """The page of a record of any module; nothing where there is none."""
    return url_or_nothing(module, record_id) or url_or_nothing("record", module, record_id)


def drawn(entries: tuple[Entry, ...], user: User) -> list[Day]:
    """Entries by their days."""
    return days(entries, {**DRAWN, "change": change_lines(entries, user)})


def _choices(module: str, group: Group | None) -> tuple[Choice, ...]:
    if module in ALONE:
        return ()
    groups = OF_PEOPLE if module in ("lead", "contact", "account") else OF_OTHERS
    return tuple(
        Choice(key=one.value, label=one.label, here=one == group, query=f"?show={one.value}") for one in groups
    )
