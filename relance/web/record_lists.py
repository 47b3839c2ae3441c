"""What a list page shows of any module: its rows, its views, its criteria, its count (REC-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext

from relance.lib import criteria as trees
from relance.lib import criteria_text
from relance.lib.criteria import EVERYTHING, Group, Match
from relance.records import columns as chosen
from relance.records import criteria_words, lists, registry, sorting, views
from relance.records.fields import Kind
from relance.records.lists import Asked, Count, Page, Row
from relance.records.models import View as CustomView
from relance.records.registry import Asking
from relance.records.selection import quoted
from relance.team import policy
from relance.team.models import User
from relance.web import criteria_draft, criteria_page, list_tabs, record_cells
from relance.web.hrefs import href
from relance.web.places import Place, counted, place_of
from relance.web.record_cells import Cell

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A criterion in force; `href` is the list without it."""

    label: Words
    value: Words
    href: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that was chosen, and the name of its order if one may sort by it."""

    shown: chosen.Shown
    sort: str = ""

    @property
    def is_figure(self) -> bool:
        """Whether it stands on the right."""
        return self.shown.field.kind in (Kind.NUMBER, Kind.MONEY)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page of a list, ready for its template."""

    place: Place
    asked: Asked
    page: Page
    count: Count
    asking: Asking
    given: Mapping[str, str]
    view: CustomView | None = None
    columns: tuple[Column, ...] = ()
    lines: tuple[tuple[Row, list[Cell]], ...] = ()
    problems: tuple[str, ...] = ()


def read(request: HttpRequest, module: str, *, user: User, now: datetime) -> Shown:
    """The page of the list that the address asks for. Raises Http404 for a view that is not there for this person."""
    given = _params(request)
    view = views.opened_by(module, given["view"], user=user) if given.get("view") else None
    if given.get("view") and view is None:
        raise Http404
    told = views.opened(view, given) if view is not None else given
    asked, asking = lists.read(module, told), Asking(user=user, now=now)
    page = lists.page(asked, user=user, now=now)
    columns, left_out = _columns(asked, told.get("columns", ""), asking)
    return Shown(
        place=place_of(module), asked=asked, page=page, asking=asking, given=given, view=view, columns=columns,
        count=lists.count(asked, user=user, now=now, seen=page), lines=_lines(asked, page, columns, asking),
        problems=(*_strange(asked, given), *page.problems, *left_out),
    )  # fmt: skip


def _columns(asked: Asked, told: str, asking: Asking) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The chosen columns, the name aside, which always comes first; a head sorts where that is fast."""
    paths = [path for path in told.split(",") if path and path != "name"]
    if not paths:
        return (), ()
    shown, left_out = chosen.resolve(asked.module, paths, asking=asking)
    sorts = sorting.columns_of(registry.module(asked.module))
    return tuple(Column(shown=one, sort=_sort(one, sorts)) for one in shown), left_out


def _sort(shown: chosen.Shown, sorts: Mapping[str, registry.Column]) -> str:
    if shown.chain:
        return ""
    names = (shown.field.key, shown.field.key.removesuffix("_at"))
    return next((name for name in names if name in sorts), "")


def _lines(asked: Asked, page: Page, columns: tuple[Column, ...], asking: Asking) -> tuple[tuple[Row, list[Cell]], ...]:
    """The rows with the cells of the chosen columns."""
    if not columns:
        return ()
    ids = [row["id"] for row in page.rows]
    held = chosen.read(asked.module, ids, [one.shown for one in columns], asking=asking)
    return tuple((row, [_cell(cell) for cell in held[row["id"]]]) for row in page.rows)


def _cell(cell: chosen.Cell) -> Cell:
    field = cell.column.field
    if isinstance(cell.value, tuple) or not cell.name:
        return Cell(field=field, text=cell.text) if cell.name else record_cells.cell(field, cell.value, {})
    return record_cells.cell(field, cell.value, {field.key: {int(str(cell.value)): cell.name}})


def _strange(asked: Asked, given: Mapping[str, str]) -> tuple[str, ...]:
    """What somebody hoped to narrow the list by, but no module declares (X19)."""
    known = registry.module(asked.module).by_filter
    told = gettext("“%(what)s” is nothing that this list can be narrowed by, so it was left aside.")
    return tuple(told % {"what": key[:80]} for key in given if ("__" in key or "." in key) and key not in known)


def context(shown: Shown, *, user: User, criteria: bool) -> dict[str, object]:
    """The variables which the pages of all modules share."""
    asked = shown.asked
    edited = shown.view is not None and views.is_edited(shown.view, shown.given)
    tabs = list_tabs.tabs(asked, view=shown.view, edited=edited, user=user)
    return {
        "view": shown.view,
        "edited": edited,
        "built": _built(shown, edited=edited) if criteria else None,
        "number_of_criteria": sum(1 for _leaf in trees.leaves(lists.whole(asked))),
        "chosen_columns": shown.columns,
        "chosen_lines": shown.lines,
        "columns_href": f"{href('view-columns', asked.module)}?{urlencode(_address(shown))}",
        "place": shown.place,
        "asked": asked,
        "q": asked.text,
        "searched": {key: value for key, value in _address(shown).items() if key != "q"},
        "sort": asked.sort,
        "views": tabs,
        "tabs": list_tabs.drawn(tabs, shown.place.href),
        "rest": _rest(shown),
        "chips": list(chips(shown)) if not criteria else [],
        "kept": asked.params(),
        "rows": shown.page.rows,
        "before": shown.page.before,
        "after": shown.page.after,
        "problems": shown.problems,
        "count": shown.count,
        "count_words": counted(asked.module, shown.count.number, about=shown.count.about),
        "base": shown.place.href,
        "may_edit": policy.level(user, asked.module, "edit") > policy.NONE,
        "may_delete": policy.level(user, asked.module, "delete") > policy.NONE,
    }


def _rest(shown: Shown) -> str:
    """The query of the address, without the place in the list."""
    return urlencode({key: value for key, value in shown.given.items() if key not in ("after", "before")})


def _params(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.GET.items() if isinstance(value, str)}


def _built(shown: Shown, *, edited: bool) -> criteria_page.Built:
    """The builder, on all criteria in force; on one empty rule where there are none."""
    kept = {key: value for key, value in _address(shown).items() if key in criteria_page.KEPT}
    draft = criteria_draft.of_tree(lists.whole(shown.asked))
    begun = draft if draft.parts else criteria_draft.added(draft, "0", criteria_draft.Part())
    return criteria_page.build(
        shown.asked.module, begun, asking=shown.asking, kept=kept, view=shown.view, edited=edited
    )


def _address(shown: Shown) -> dict[str, str]:
    """The list as it stands, without the place in it: what buttons beside it carry on."""
    asked, given = shown.asked, shown.given
    told = {
        **asked.params(),
        "where": asked.where or (criteria_text.write(EVERYTHING) if shown.view is not None else ""),
        "sort": asked.sort if asked.sort not in (lists.BEST, "name") else "",
        "columns": ",".join(one.shown.path for one in shown.columns),
        "view": given.get("view", "") if shown.view is not None else "",
    }
    return {key: value for key, value in told.items() if value}


def chips(shown: Shown) -> Iterator[Chip]:
    """The search and the criteria in force, in words."""
    asked = shown.asked
    if asked.text:
        yield Chip(label=pgettext("noun", "Search"), value=quoted(asked.text), href=_without(shown, q=""))
    listed = registry.module(asked.module)
    for key, value in asked.filters.items():
        known = listed.by_filter[key]
        yield Chip(label=known.label, value=known.words(value), href=_without(shown, **{key: ""}))
    if asked.tree.match is not Match.ALL:
        told = criteria_words.sentence(asked.tree, module=asked.module, asking=shown.asking)
        yield Chip(label="", value=told, href=_without(shown, where=criteria_text.write(EVERYTHING)))
        return
    for place, part in enumerate(asked.tree.parts):
        rest = Group(parts=(*asked.tree.parts[:place], *asked.tree.parts[place + 1 :]))
        told = criteria_words.sentence(part, module=asked.module, asking=shown.asking)
        yield Chip(label="", value=told, href=_without(shown, where=_where(shown, rest)))


def _where(shown: Shown, tree: Group) -> str:
    """A tree in an address; an empty one is only told where a view would fill it."""
    return criteria_text.write(tree) if tree.parts or shown.view is not None else ""


def _without(shown: Shown, **changes: str) -> str:
    told = {**_address(shown), **changes}
    if shown.view is not None and "q" in changes:
        told["q"] = " "
    return "?" + urlencode({key: value for key, value in told.items() if value})
