"""Custom views of any module, and what criteria may ask of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.filters import BadFilter
from relance.api.key import Caller
from relance.api.paging import Listed, Page, told
from relance.api.reading import Wanted
from relance.lib import clock
from relance.lib.criteria import EVERYTHING, Group
from relance.records import columns, criteria, criteria_words, own_facts, registry, views
from relance.records.criteria import BadCriteria
from relance.records.fields import Field as Declared
from relance.records.models import View
from relance.records.operators import operators_of
from relance.records.registry import Asking, UnknownModule
from relance.records.views import ViewDraft
from relance.team import policy
from relance.team.models import User

router = Router(tags=["Views"])
MODULE = Field(max_length=20, description="lead, contact, account, deal, task, ..., or the key of your own module.")


class ViewOut(Schema):
    """A view. `problems` say what is not there any more, or not for the caller: then its list finds nobody."""

    id: int
    module: str
    name: str
    shared: bool
    owner: str
    criteria: dict[str, Any] = Field(description="A tree of all, any and none; see the criteria of the module.")
    where: str = Field(description="The same in one line, as lists take it.")
    sentence: str
    q: str
    columns: list[str]
    sort: str
    position: int
    problems: list[str]
    created_at: datetime
    updated_at: datetime


class Views(Listed):
    """A page of views."""

    items: list[ViewOut]


class ViewChange(Wanted):
    """What to change; what is left out stays. Criteria as a tree, or in one line as `where`."""

    name: str | None = Field(None, min_length=1, max_length=80)
    shared: bool | None = None
    criteria: dict[str, Any] | None = None
    where: str | None = Field(None, max_length=6_000)
    q: str | None = Field(None, max_length=200)
    columns: list[str] | None = Field(None, max_length=columns.MOST)
    sort: str | None = Field(None, max_length=60)


class ViewIn(ViewChange):
    """A new view."""

    module: str = MODULE
    name: str = Field(min_length=1, max_length=80)


class OrderIn(Wanted):
    """The ids of the caller's own views of a module, in the order wanted."""

    module: str = MODULE
    ids: list[int] = Field(max_length=views.MOST)


class OrderOut(Schema):
    """The ids of the caller's own views, as they stand now."""

    ids: list[int]


class Search(Page):
    """Of which module; of all without one."""

    module: str = Field("", max_length=20)


class CriterionOut(Schema):
    """One field that criteria may ask for; `target` is the module that a link leads to: `account.city`."""

    path: str
    label: str
    kind: str
    operators: list[str]
    target: str
    options: dict[str, str]


class FactOut(Schema):
    """Something that may have happened. `of` are what it may be narrowed to, as in `template:7`."""

    fact: str
    label: str
    dated: bool
    counted: bool
    of: list[str]


class CriteriaOut(Schema):
    """What criteria may ask of a module."""

    fields: list[CriterionOut]
    facts: list[FactOut]


def found(request: Caller, view_id: int) -> View:
    """A view that the caller may open. Raises Http404."""
    view = View.objects.visible_to(request.user).filter(pk=view_id).select_related("owner").first()
    if view is None or policy.level(request.user, view.module, "read") == policy.NONE:
        raise Http404
    return view


def _readable(request: Caller, module: str) -> registry.Listed:
    try:
        listed = registry.module(module)
    except UnknownModule as unknown:
        raise Http404 from unknown
    if policy.level(request.user, module, "read") == policy.NONE:
        raise Http404
    return listed


def _module(request: Caller, module: str) -> str:
    """A module that a query or a body names. Raises BadFilter."""
    try:
        return _readable(request, module).key
    except Http404 as missing:
        raise BadFilter(_("There is no module “%(name)s” here.") % {"name": module}) from missing


def show(view: View, user: User) -> ViewOut:
    """A view as the API tells it to somebody."""
    asking = Asking(user=user, now=clock.now())
    kept = views.params(view)
    tree, problems = _understood(view, asking)
    _shown, left_out = columns.resolve(view.module, view.columns, asking=asking)
    return ViewOut(
        id=view.pk, module=view.module, name=view.name, shared=view.is_shared, owner=view.owner.email,
        criteria=view.criteria, where=kept.get("where", ""), q=view.text, columns=view.columns, sort=view.sort,
        sentence=criteria_words.sentence(tree, module=view.module, asking=asking), position=view.position,
        problems=[*problems, *left_out], created_at=view.created_at, updated_at=view.updated_at,
    )  # fmt: skip


def _understood(view: View, asking: Asking) -> tuple[Group, tuple[str, ...]]:
    try:
        tree = criteria.read(view.criteria)
    except BadCriteria as bad:
        return EVERYTHING, (str(bad),)
    try:
        criteria.condition(tree, module=view.module, asking=asking)
    except BadCriteria as bad:
        return tree, (str(bad),)
    return tree, ()


def _draft(wanted: ViewChange, before: ViewDraft) -> ViewDraft:
    """The request as a draft. Raises BadCriteria."""
    tree = before.tree
    if wanted.criteria is not None:
        tree = criteria.read(wanted.criteria)
    elif wanted.where is not None:
        tree = criteria.read_text(wanted.where) if wanted.where else EVERYTHING
    return ViewDraft(
        name=wanted.name if wanted.name is not None else before.name,
        is_shared=wanted.shared if wanted.shared is not None else before.is_shared,
        tree=tree,
        text=wanted.q if wanted.q is not None else before.text,
        columns=tuple(wanted.columns) if wanted.columns is not None else before.columns,
        sort=wanted.sort if wanted.sort is not None else before.sort,
    )


def _views(request: Caller, module: str) -> QuerySet[View]:
    if module:
        return views.of(_module(request, module), request.user)
    modules = (listed.key for listed in registry.modules())
    seen = [key for key in modules if policy.level(request.user, key, "read") > policy.NONE]
    return View.objects.visible_to(request.user).filter(module__in=seen).order_by("module", "position", "id")


@router.get("", response=Views, summary="Views of a module")
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """The caller's own, then those that colleagues share."""
    rows = _views(request, search.module).select_related("owner")
    start = int(search.cursor) if search.cursor.isdecimal() else 0
    found_rows = list(rows[start : start + search.limit + 1])
    page = told(request, response, found_rows, search, lambda view: show(view, request.user), counted=rows)
    return {**page, "next": str(start + search.limit) if len(found_rows) > search.limit else None}


@router.post("", response={201: ViewOut}, summary="Keep a view")
def add(request: Caller, new: ViewIn) -> Status[ViewOut]:
    """Private unless `shared`."""
    _module(request, new.module)
    draft = _draft(new, ViewDraft(name=new.name))
    return Status(201, show(views.add(new.module, draft, by=request.user, now=clock.now()), request.user))


@router.post("/order", response=OrderOut, summary="Put one's views in order")
def arrange(request: Caller, wanted: OrderIn) -> OrderOut:
    """Those that are not named come after."""
    _module(request, wanted.module)
    views.arrange(wanted.module, wanted.ids, by=request.user)
    mine = views.of(wanted.module, request.user).filter(owner=request.user)
    return OrderOut(ids=list(mine.values_list("pk", flat=True)))


@router.get("/criteria/{module}", response=CriteriaOut, summary="What criteria may ask")
def asked(request: Caller, module: str) -> CriteriaOut:
    """The fields of a module with their comparisons, and its facts. A link leads to the fields of its target."""
    listed = _readable(request, module)
    fields = [_field(field) for field in registry.fields(module) if field.criteria]
    facts = [
        FactOut(
            fact=fact.key, label=str(fact.label), dated=fact.dated, counted=fact.counted,
            of=[source.key for source in fact.sources],
        )
        for fact in own_facts.facts(listed, request.user)
    ]  # fmt: skip
    return CriteriaOut(fields=fields, facts=facts)


def _field(field: Declared) -> CriterionOut:
    return CriterionOut(
        path=field.key, label=str(field.label), kind=field.kind.value, target=field.target,
        operators=[operator.value for operator in operators_of(field)],
        options={key: str(label) for key, label in field.options().items()},
    )  # fmt: skip


@router.get("/{int:view_id}", response=ViewOut, summary="One view")
def read(request: Caller, view_id: int) -> ViewOut:
    """With its criteria as a sentence."""
    return show(found(request, view_id), request.user)


@router.patch("/{int:view_id}", response=ViewOut, summary="Change a view")
def change(request: Caller, view_id: int, wanted: ViewChange) -> ViewOut:
    """For its owner; for administrators as well, if it is shared."""
    view = found(request, view_id)
    draft = _draft(wanted, views.draft_of(view))
    return show(views.change(view, draft, by=request.user, now=clock.now()), request.user)


@router.delete("/{int:view_id}", response={204: None}, summary="Delete a view")
def delete(request: Caller, view_id: int) -> Status[None]:
    """Its records stay."""
    views.remove(found(request, view_id), by=request.user)
    return Status(204, None)
