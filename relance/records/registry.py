"""The modules of records (REC-01): each declares itself once, here is where everyone else finds it.

A declaration says how the records are listed: the columns one may sort by, the filters that an address may carry, the
text that a search looks into. What is not declared cannot be asked for (X19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import datetime
from typing import Any, Literal, Protocol

from django.db.models import Model, Q, QuerySet

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
    kind: Literal["text", "moment"] = "text"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks, and when: what filters such as "mine" or "in the last 30 days" refer to."""

    user: User
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A criterion which an address may carry. `condition` raises NotUnderstood; `words` shows the value to people."""

    key: str
    label: Words
    condition: Callable[[str, Asking], Q]
    words: Callable[[str], Words] = str


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
    """One module as it is listed, searched and selected; `declared` are its built-in fields, `verbs` write it."""

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
    verbs: Verbs | None = None
    search: str = "search"
    starts: str = "name_folded"
    by_column: Mapping[str, Column] = made(init=False, repr=False)
    by_filter: Mapping[str, Filter] = made(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_column", {column.key: column for column in self.columns})
        object.__setattr__(self, "by_filter", {filter_.key: filter_ for filter_ in self.filters})


_modules: dict[str, Listed] = {}


def declare(module: Listed) -> None:
    """A module makes itself known; from its app's `ready`."""
    _modules[module.key] = module


def add_filters(key: str, *filters: Filter) -> None:
    """A higher floor adds criteria that only it can answer, such as whether somebody was written to."""
    known = module(key)
    _modules[key] = replace(known, filters=(*known.filters, *filters))


def module(key: str) -> Listed:
    """The declaration of a module. Raises UnknownModule."""
    try:
        return _modules[key]
    except KeyError:
        raise UnknownModule(key) from None


def fields(key: str) -> tuple[Field, ...]:
    """All fields of a module: those that it declares, then those that an administrator added. Raises UnknownModule."""
    return (*module(key).declared, *custom.fields_of(key))


def field(key: str, name: str) -> Field:
    """One field of a module by its key. Raises UnknownField."""
    for known in fields(key):
        if known.key == name:
            return known
    raise UnknownField(name)


def modules() -> tuple[Listed, ...]:
    """All modules, in the order of their declarations."""
    return tuple(_modules.values())
