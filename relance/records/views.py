"""Custom views: criteria with columns and an order under a name, for oneself or for everyone (REC-05).

A view is opened by being written out as the address of its list, so that nothing below knows of views: `?view=7` means
what it keeps, and whatever stands beside it in the address takes the place of that part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Max, Value, When
from django.utils.translation import gettext as _

from relance.lib import criteria as trees
from relance.lib import criteria_text
from relance.lib.criteria import EVERYTHING, Group, Unreadable
from relance.lib.refusal import Refused
from relance.records import columns, criteria, definitions, indexes, registry
from relance.records.models import View
from relance.records.models.views import Views
from relance.records.registry import Asking
from relance.team import policy
from relance.team.models import User

LONGEST_NAME = 80
MOST = 200  # of one colleague on one module
PARTS = ("q", "where", "sort", "columns")


class BadView(Refused):
    """A view without a name, or more of them than anybody could read."""


@dataclass(frozen=True, kw_only=True)
class ViewDraft:
    """A view as somebody wants it: criteria, search, columns by their paths, and order."""

    name: str
    is_shared: bool = False
    tree: Group = EVERYTHING
    text: str = ""
    columns: tuple[str, ...] = ()
    sort: str = ""


def of(module: str, user: User) -> Views:
    """The views of a module which this colleague may open: one's own in their order, then those of others."""
    own = Case(When(owner=user, then=Value(0)), default=Value(1))
    return View.objects.visible_to(user).filter(module=module).order_by(own, "position", "name", "id")


def shelf(module: str, user: User) -> tuple[View, ...]:
    """The same, as every list shows them: to be read, never to be changed."""
    return definitions.once(("views", module, user.pk), lambda: tuple(of(module, user)))


def opened_by(module: str, told: str, *, user: User) -> View | None:
    """The view that the address of a list names, to be read; `find` gives one that may be changed."""
    return next((view for view in shelf(module, user) if str(view.pk) == told), None)


def may_change(view: View, user: User) -> bool:
    """Its owner; an administrator as well, if it is shared."""
    return view.owner_id == user.pk or (view.is_shared and user.is_administrator)


@transaction.atomic
def add(module: str, draft: ViewDraft, *, by: User, now: datetime) -> View:
    """A new view, after one's others. Raises BadView, BadCriteria, Forbidden, UnknownModule."""
    registry.module(module)
    policy.require(policy.level(by, module, "read") > policy.NONE)
    mine = View.objects.filter(module=module, owner=by)
    if mine.count() >= MOST:
        raise BadView(_("You have %(number)d views here. Delete one first.") % {"number": MOST})
    position = (mine.aggregate(last=Max("position"))["last"] or 0) + 1
    view = View(module=module, owner=by, position=position, created_at=now)
    return _written(view, draft, by=by, now=now)


@transaction.atomic
def change(view: View, draft: ViewDraft, *, by: User, now: datetime) -> View:
    """Keep what the draft says instead. Raises BadView, BadCriteria, Forbidden."""
    policy.require(may_change(view, by), _("Only %(owner)s changes this view.") % {"owner": view.owner})
    return _written(view, draft, by=by, now=now)


@transaction.atomic
def remove(view: View, *, by: User) -> None:
    """Delete it; records stay. Raises Forbidden."""
    policy.require(may_change(view, by), _("Only %(owner)s deletes this view.") % {"owner": view.owner})
    view.delete()
    definitions.forget()
    indexes.want()


@transaction.atomic
def arrange(module: str, ids: Sequence[int], *, by: User) -> None:
    """Put one's own views into this order; those that are not named come after."""
    places = {pk: place for place, pk in enumerate(ids)}
    mine = list(View.objects.filter(module=module, owner=by).order_by("position", "id"))
    for position, view in enumerate(sorted(mine, key=lambda view: places.get(view.pk, len(places))), 1):
        View.objects.filter(pk=view.pk).update(position=position)
    definitions.forget()


def _written(view: View, draft: ViewDraft, *, by: User, now: datetime) -> View:
    name = " ".join(draft.name.split())[:LONGEST_NAME]
    if not name:
        raise BadView(_("Give the view a name."))
    asking, told = Asking(user=by, now=now), trees.write(draft.tree)
    if told != view.criteria:
        criteria.condition(draft.tree, module=view.module, asking=asking)
    fresh = [path for path in draft.columns if path not in view.columns]
    _shown, problems = columns.resolve(view.module, fresh, asking=asking)
    if problems:
        raise BadView(problems[0])
    view.name, view.is_shared, view.text, view.updated_at = name, draft.is_shared, draft.text[:200], now
    view.criteria, view.columns = told, list(dict.fromkeys(draft.columns))[: columns.MOST]
    if draft.sort != view.sort:
        view.sort = _sort(view.module, draft.sort)
    view.save()
    definitions.forget()
    indexes.want()
    return view


def _sort(module: str, wanted: str) -> str:
    """An order that its field may have some day: an index may still be on its way."""
    key = wanted.removeprefix("-")
    known = {field.key for field in registry.fields(module)} | registry.module(module).by_column.keys()
    if key and key not in known:
        raise BadView(_("This list cannot be sorted that way."))
    return wanted[:60]


def draft_of(view: View) -> ViewDraft:
    """What a view keeps; criteria that cannot be read any more raise BadCriteria."""
    return ViewDraft(
        name=view.name, is_shared=view.is_shared, tree=criteria.read(view.criteria), text=view.text,
        columns=tuple(map(str, view.columns)), sort=view.sort,
    )  # fmt: skip


def params(view: View) -> dict[str, str]:
    """The view as the address of its list says it."""
    told = {"q": view.text, "where": _where(view), "sort": view.sort, "columns": ",".join(map(str, view.columns))}
    return {key: value for key, value in told.items() if value}


def _where(view: View) -> str:
    """Criteria that cannot be read any more are told as they are, so that the list says so and shows nobody."""
    try:
        tree = trees.read(view.criteria)
    except Unreadable:
        return "?"
    return criteria_text.write(tree) if tree.parts else ""


def find(module: str, told: str, *, user: User) -> View | None:
    """The view that an address names, if this colleague may open it."""
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        return None
    return of(module, user).filter(pk=int(told)).select_related("owner").first()


def opened(view: View, given: Mapping[str, str]) -> dict[str, str]:
    """An address that names a view, with what the view keeps wherever the address says nothing else."""
    return {**params(view), **{key: value for key, value in given.items() if key != "view"}}


def is_edited(view: View, given: Mapping[str, str]) -> bool:
    """Whether an address wants something else than the view keeps."""
    kept, wanted = params(view), opened(view, given)
    differs = any((kept.get(part) or "") != (wanted.get(part) or "") for part in PARTS)
    return differs or any(key in registry.module(view.module).by_filter and given[key] for key in given)


def renamed(view: View, name: str, *, is_shared: bool) -> ViewDraft:
    """The draft of the same view under another name, or for others."""
    return replace(draft_of(view), name=name, is_shared=is_shared)
