"""Lists of any module: an address is read into `Asked`, and answered by pages and counts (`finding` says how)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext as _

from relance.lib.criteria import EVERYTHING, Condition, Fact, Group, Match, Node, leaves, together
from relance.records import composing, criteria, cursors, indexes, registry
from relance.records.criteria import BadCriteria
from relance.records.cursors import Cursor
from relance.records.finding import BEST, Asked, Narrow, Row, Search, expected, order_of
from relance.records.matching import gathering, matching, words
from relance.records.registry import Asking, NotUnderstood, Rows
from relance.records.sorting import column_of
from relance.team.models import User

__all__ = ["BEST", "Asked", "Count", "Page", "Row", "count", "first", "matched", "narrowed", "page", "read"]

PAGE = 50
MOST_COUNTED = 10_000
QUICKLY_COUNTED = 500


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows of a list, the cursors of the pages beside it, and how many there are where that came to light."""

    rows: list[Row]
    before: str = ""
    after: str = ""
    total: int | None = None
    problems: tuple[str, ...] = ()
    narrow: Narrow | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many rows a list has. About, beyond 10,000; `later` when counting exactly would hold the page up."""

    number: int
    about: bool = False
    later: bool = False


def read(module: str, params: Mapping[str, str]) -> Asked:
    """Read an address; what the module did not declare is left aside (X19). Raises UnknownModule."""
    listed = registry.module(module)
    text = " ".join(params.get("q", "").split())[:200]
    wanted = params.get("sort", "")
    default = BEST if words(text) else listed.sort
    sort = wanted if wanted and column_of(listed, wanted.removeprefix("-")) else default
    filters = {key: params[key].strip() for key in listed.by_filter if params.get(key, "").strip()}
    problems = () if sort == wanted or not wanted else (_("This list cannot be sorted that way."),)
    tree, refusal = _tree(params.get("where", ""))
    return Asked(
        module=module, text=text, filters=filters, tree=tree, refusal=refusal,
        where=params.get("where", "") if tree.parts or refusal else "",
        sort=sort, problems=problems,
        after=params.get("after", ""), before=params.get("before", ""),
    )  # fmt: skip


def _tree(where: str) -> tuple[Group, str]:
    try:
        return (criteria.read_text(where) if where else EVERYTHING), ""
    except BadCriteria as bad:
        return EVERYTHING, str(bad)


def narrowed(asked: Asked, *, user: User, now: datetime) -> tuple[Rows, tuple[str, ...]]:
    """The visible rows which meet the criteria, without the search; and what was not understood, in sentences.

    A filter in short that says nothing is left aside; a tree of which one part cannot be taken finds nobody.
    """
    narrow, problems = _narrow(asked, user=user, now=now)
    return narrow.rows, problems


def _narrow(asked: Asked, *, user: User, now: datetime) -> tuple[Narrow, tuple[str, ...]]:
    asking, listed = Asking(user=user, now=now), registry.module(asked.module)
    try:
        if asked.refusal:
            raise BadCriteria(asked.refusal)
        met = criteria.condition(asked.tree, module=asked.module, asking=asking)
    except BadCriteria as bad:
        return Narrow(see=lambda: listed.visible(user).none()), (str(bad),)
    nodes, problems = shorthand(asked)
    taken: list[Node] = [asked.tree]
    for node in nodes:
        try:
            met &= criteria.condition(node, module=asked.module, asking=asking)
            taken.append(node)
        except BadCriteria as bad:
            problems = (*problems, _("%(why)s So it was left aside.") % {"why": bad})
    guessed = not all(criteria.is_plain(node, asked.module) for node in taken)
    tree = together(*taken)
    gather = partial(_gathering, tree, asked.module, asking) if _is_found_by_counting(tree, asked.module) else None
    narrow = Narrow(
        see=lambda: listed.visible(user), criteria=met, gather=gather, guessed=guessed, scope=user.pk,
        name=partial(criteria.candidates, tree, module=asked.module, asking=asking),
    )  # fmt: skip
    return narrow, problems


def _is_found_by_counting(tree: Group, module: str) -> bool:
    """Whether a counted fact says who is met; where a field narrows the list besides, few are looked at one by one."""
    fields = tree.parts if tree.match is Match.ALL else ()
    if any(isinstance(part, Condition) and criteria.is_plain(part, module) for part in fields):
        return False
    return any(isinstance(leaf, Fact) and leaf.times > 1 for leaf in leaves(tree))


def _gathering(tree: Node, module: str, asking: Asking) -> Q:
    return criteria.condition(tree, module=module, asking=replace(asking, gathered=True))


def shorthand(asked: Asked) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """The filters of an address as conditions; and sentences on those that say nothing."""
    by_filter, nodes, problems = registry.module(asked.module).by_filter, [], []
    for key, value in asked.filters.items():
        try:
            nodes.append(registry.node_of(by_filter[key], value))
        except NotUnderstood:
            told = _("“%(value)s” says nothing for %(filter)s, so it was left aside.")
            problems.append(told % {"value": value, "filter": by_filter[key].label})
    return tuple(nodes), tuple(problems)


def whole(asked: Asked) -> Group:
    """All criteria of an address as one tree, whether they were written in short or not."""
    return together(asked.tree, *shorthand(asked)[0])


def matched(asked: Asked, *, user: User, now: datetime) -> Rows:
    """All rows of a list, in no order."""
    rows, _problems = narrowed(asked, user=user, now=now)
    return rows.filter(matching(registry.module(asked.module), asked.text))


def page(asked: Asked, *, user: User, now: datetime, size: int = PAGE) -> Page:
    """One page. A cursor that is none of ours gives the first one, and says so."""
    listed = registry.module(asked.module)
    order = order_of(listed, asked.sort)
    given = asked.before or asked.after
    cursor = cursors.read(given, sort=asked.sort, kind=order.column.kind) if given else None
    narrow, problems = _narrow(asked, user=user, now=now)
    backwards = bool(asked.before) and cursor is not None
    met = Search(listed, asked, order, narrow).rows(cursor, backwards=backwards, limit=size + 1)
    more, found = len(met.rows) > size, met.rows[:size]
    lost = (_("That page is not there any more. This is the first one."),) if given and cursor is None else ()
    if backwards:
        found.reverse()
    return Page(
        rows=[row for _segment, row in found],
        before=_edge(asked, found[0]) if found and (more if backwards else cursor) else "",
        after=_edge(asked, found[-1]) if found and (more or backwards) else "",
        total=met.total,
        problems=(*asked.problems, *problems, *lost),
        narrow=narrow,
    )


def first(asked: Asked, *, user: User, limit: int) -> list[Row]:
    """The first rows that a search finds; filters play no part."""
    listed = registry.module(asked.module)
    narrow = Narrow(see=lambda: listed.visible(user), scope=user.pk)
    looked = Search(listed, asked, order_of(listed, asked.sort), narrow)
    return [row for _segment, row in looked.rows(None, backwards=False, limit=limit).rows]


def count(asked: Asked, *, user: User, now: datetime, seen: Page | None = None, exact: bool = False) -> Count:
    """How many rows; the planner's estimate where there are many, so that no list waits for its count.

    `seen` is the page that was found: one that is alone needs no counting, nor one whose search met all rows.
    `exact` counts up to 10,000.
    """
    if seen is not None and not seen.before and not seen.after:
        return Count(number=len(seen.rows))
    if seen is not None and seen.total is not None:
        return _exactly(seen.total)
    narrow = seen.narrow if seen is not None and seen.narrow is not None else _narrow(asked, user=user, now=now)[0]
    listed = registry.module(asked.module)
    guess = expected(listed, asked, narrow)
    if narrow.guessed and seen is not None and not exact and not indexes.is_small(listed):
        return Count(number=_rounded(max(guess, len(seen.rows) + 1)), about=True, later=True)
    if guess > MOST_COUNTED * 1.5 and not narrow.guessed:
        return Count(number=_rounded(guess), about=True)
    if guess > QUICKLY_COUNTED and asked.params() and not exact:
        return Count(number=_rounded(guess), about=True, later=True)
    rows = narrow.all_met.filter(gathering(listed, asked.text)).order_by().values("pk")[: MOST_COUNTED + 1]
    return _exactly(rows.count() if asked.is_narrowed else composing.number(rows))


def _exactly(number: int) -> Count:
    return Count(number=min(number, MOST_COUNTED), about=number > MOST_COUNTED)


def _rounded(number: int) -> int:
    """Two figures that mean something, zeros after them."""
    unit = int(10 ** max(len(str(number)) - 2, 0))
    return round(number / unit) * unit


def _edge(asked: Asked, found: tuple[int, Row]) -> str:
    segment, row = found
    return Cursor(sort=asked.sort, segment=segment, value=row["sort_key"], id=row["id"]).written()
