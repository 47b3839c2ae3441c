"""The modules of records (REC-01): each declares itself once, here is where everyone else finds it.

A declaration says how the records are listed: the columns one may sort by, the filters that an address may carry, the
text that a search looks into. What is not declared cannot be asked for (X19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Literal, Protocol

from django.db.models import F, Func, Model, Q, QuerySet

from relance.lib.criteria import Condition, Fact, Node, Operator
from relance.records import custom
from relance.records.fields import Field, Values
from relance.records.fields import Words as Words
from relance.team.models import User

Rows = QuerySet[Any, Any]  # Any: the rows of whichever module; each caller below people knows no model


class UnknownModule(LookupError):
    """No module of this name has declared itself."""


class UnknownField(LookupError):
    """The module has no field of this name."""


class NotUnderstood(ValueError):
    """A filter's value that says nothing; the filter is left out and the page says so."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column one may sort by: its name in an address, its heading, the field (never null) and its kind."""

    key: str
    label: Words
    field: str
    kind: Literal["text", "moment", "number"] = "text"

    def value(self) -> F | Func:
        """What the database sorts by."""
        return F(self.field)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks, and when: what filters such as "mine" or "in the last 30 days" refer to.

    `gathered` says that all matches are sought: a counted fact is then looked up once for all records. `anew` says
    that what was counted before is not good enough. `named` wants a fact to name those that can meet it (facts).
    """

    user: User
    now: datetime
    gathered: bool = False
    anew: bool = False
    named: bool = False


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A criterion which an address may carry in short: `city=Lyon`; it becomes a condition of the tree of criteria.

    `node` says which one; without it, it is the field of this key that `is` the value. `condition` answers where there
    is no such field; both raise NotUnderstood. `options` are what a list offers, `words` shows a value to people.
    """

    key: str
    label: Words
    condition: Callable[[str, Asking], Q] | None = None
    node: Callable[[str], Node] | None = None
    options: Mapping[str, Words] = made(default_factory=dict)
    words: Callable[[str], Words] = str


def node_of(known: Filter, value: str) -> Node:
    """The criterion which an address carries in short. Raises NotUnderstood."""
    if known.node is not None:
        return known.node(value)
    return Condition(path=known.key, operator=Operator.IS, values=(value,))


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a fact may be narrowed to: one template, one mass mail. `choices` are those that a colleague may see."""

    key: str
    label: Words
    choices: Callable[[User], Mapping[str, Words]]


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What is asked of a fact: at least `times`, since when (None is ever), of which source and id, and who asks.

    `module` and `fact` are where and in which words it was asked.
    """

    asking: Asking
    module: str = ""
    fact: Fact | None = None
    times: int = 1
    since: datetime | None = None
    source: str = ""
    of: int = 0


@dataclass(frozen=True, kw_only=True)
class Happening:
    """A fact that criteria may ask for: something that happened to a record, or rows that belong to it.

    `condition` says that it is so; whoever asks for the contrary turns it round, so it must be true or false, never
    unknown. `did` and `did_not` end a sentence about the record: "opened a mail", "has no open deal".
    """

    key: str
    label: Words
    did: Words
    did_not: Words
    condition: Callable[[Occasion], Q]
    dated: bool = True
    counted: bool = True
    sources: tuple[Source, ...] = ()


class Verbs(Protocol):
    """How a module's records are written: its package keeps the rules, everybody else calls these.

    `values` names fields by their keys, read already (records.values); what is left out stays as it is. Each verb asks
    the policy, notes the change in the audit and emits its events, in the caller's transaction. Raises Refused.
    """

    def add(self, values: Values, *, by: User, now: datetime) -> Model:
        """A new record."""

    def edit(self, row: Any, values: Values, *, by: User, now: datetime) -> Model:  # Any: a row of this module
        """Change what `values` names."""

    def delete(self, row: Any, *, by: User, now: datetime) -> None:  # Any: as above
        """Delete the record; what the house keeps of it stays."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One module as it is listed, searched and selected; `declared` are its built-in fields, `verbs` write it.

    `within` are the columns that tell its rows from those of other modules in the same table; `searched` are the keys
    of fields whose whole text stands, folded, in the column that a search looks into.
    """

    key: str
    model: type[Model]
    label: Words
    icon: str
    visible: Callable[[User], Rows]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    fields: tuple[str, ...]
    sort: str = "name"
    name: str = "name"
    detail: tuple[str, ...] = ()
    declared: tuple[Field, ...] = ()
    facts: tuple[Happening, ...] = ()
    verbs: Verbs | None = None
    within: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    search: str = "search"
    starts: str = "name_folded"
    by_column: Mapping[str, Column] = made(init=False, repr=False)
    by_filter: Mapping[str, Filter] = made(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_column", {column.key: column for column in self.columns})
        object.__setattr__(self, "by_filter", {filter_.key: filter_ for filter_ in self.filters})


_modules: dict[str, Listed] = {}
_own: list[Callable[[], Mapping[str, Listed]]] = []


def declare_own(listed: Callable[[], Mapping[str, Listed]]) -> None:
    """The modules that administrators make are asked for anew each time: they come and go while Relance runs."""
    _own[:] = [listed]


def _made() -> Mapping[str, Listed]:
    return _own[0]() if _own else {}


def declare(module: Listed) -> None:
    """A module makes itself known; from its app's `ready`."""
    _modules[module.key] = module


def add_filters(key: str, *filters: Filter) -> None:
    """A higher floor adds criteria that only it can answer, such as whether somebody was written to."""
    known = module(key)
    _modules[key] = replace(known, filters=(*known.filters, *filters))


def add_facts(key: str, *facts: Happening) -> None:
    """A higher floor adds facts that criteria may ask for; one of the same key takes the place of the old one."""
    known = module(key)
    fresh = {fact.key for fact in facts}
    _modules[key] = replace(known, facts=(*(fact for fact in known.facts if fact.key not in fresh), *facts))


def add_source(key: str, source: Source, *facts: str) -> None:
    """A higher floor adds what these facts of a module may be narrowed to; their conditions know its key."""
    known = module(key)
    _modules[key] = replace(
        known, facts=tuple(_with(fact, source) if fact.key in facts else fact for fact in known.facts)
    )


def _with(fact: Happening, source: Source) -> Happening:
    return replace(fact, sources=(*(one for one in fact.sources if one.key != source.key), source))


def module(key: str) -> Listed:
    """The declaration of a module. Raises UnknownModule."""
    found = _modules.get(key) or _made().get(key)
    if found is None:
        raise UnknownModule(key)
    return found


def fields(key: str) -> tuple[Field, ...]:
    """All fields of a module: those that it declares, then those that an administrator added. Raises UnknownModule."""
    return (*module(key).declared, *custom.fields_of(key))


def field(key: str, name: str) -> Field:
    """One field of a module by its key. Raises UnknownField."""
    for known in fields(key):
        if known.key == name:
            return known
    raise UnknownField(name)


def linked(link: Field, user: User | None = None) -> Rows:
    """The records that a link may lead to: all of them, or those that a colleague sees. Raises UnknownModule."""
    rows = [
        listed.visible(user) if user else listed.model._default_manager.all()
        for listed in map(module, (link.target, *link.also))
    ]
    return reduce(or_, rows) if user else rows[0]


def modules() -> tuple[Listed, ...]:
    """All modules, in the order of their declarations, then those that administrators made."""
    return (*_modules.values(), *_made().values())
