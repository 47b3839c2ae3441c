"""A selection: some rows, everything that a search and its filters find, or everybody (REC-05, MASS-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from relance.records import criteria_words, lists, registry
from relance.records.registry import Asking, Rows
from relance.team.models import User

MOST_IDS = 10_000


class Kind(StrEnum):
    """How it was chosen; the same words as a mass mail's audience."""

    ROWS = "rows"
    FILTER = "filter"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What was chosen in a list. `params` are those of the list's address; only declared ones are ever used."""

    module: str
    kind: Kind = Kind.ALL
    ids: tuple[int, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, module: str, query: QueryDict) -> Selection:
        """From an address or a form: `ids=1,2`, `selection=filter&q=…`, `selection=all`, or a list's `all=1`."""
        params = lists.read(module, {key: value for key, value in query.items() if isinstance(value, str)}).params()
        if query.get("selection") == Kind.FILTER or query.get("all"):
            return cls(module=module, kind=Kind.FILTER if params else Kind.ALL, params=params)
        if "ids" in query:
            return cls(module=module, kind=Kind.ROWS, ids=_numbers(",".join(query.getlist("ids"))))
        return cls(module=module)

    @classmethod
    def posted(cls, module: str, form: QueryDict) -> Selection:
        """From the form around a list; without ticked rows and without `all` it chooses nothing, never everything."""
        told = form.copy()
        if not told.get("all") and told.get("selection") not in (Kind.FILTER, Kind.ALL):
            told.setdefault("ids", "")
        return cls.read(module, told)

    @property
    def is_nothing(self) -> bool:
        """Whether no row was ticked where rows were to be."""
        return self.kind is Kind.ROWS and not self.ids

    @classmethod
    def of(cls, module: str, kind: str, criteria: Mapping[str, object]) -> Selection:
        """From what `criteria` wrote."""
        ids, params = criteria.get("ids"), criteria.get("params")
        return cls(
            module=module,
            kind=Kind(kind),
            ids=tuple(int(str(pk)) for pk in ids) if isinstance(ids, list) else (),
            params={str(key): str(value) for key, value in params.items()} if isinstance(params, dict) else {},
        )

    def criteria(self) -> dict[str, object]:
        """As JSON keeps it."""
        if self.kind is Kind.ROWS:
            return {"ids": list(self.ids)}
        return {"params": dict(self.params)} if self.kind is Kind.FILTER else {}

    def query(self) -> str:
        """As a link carries it."""
        if self.kind is Kind.ROWS:
            return "ids=" + ",".join(map(str, self.ids))
        return urlencode({"selection": self.kind.value, **(self.params if self.kind is Kind.FILTER else {})})


def rows(selection: Selection, *, user: User, now: datetime) -> Rows:
    """The chosen rows that this colleague may see, in no order. Raises UnknownModule.

    A criterion that says nothing chooses nobody: a list may leave it aside, a mail to many may not.
    """
    if selection.kind is Kind.ROWS:
        return registry.module(selection.module).visible(user).filter(pk__in=selection.ids)
    asked = lists.read(selection.module, selection.params if selection.kind is Kind.FILTER else {})
    _rows, problems = lists.narrowed(asked, user=user, now=now)
    found = lists.matched(asked, user=user, now=now)
    return found.none() if problems or len(asked.params()) < len(selection.params) else found


def words(selection: Selection, *, user: User, now: datetime) -> tuple[tuple[str, str], ...]:
    """Label and value of each criterion, for people to read; those of a tree are sentences without a label."""
    listed = registry.module(selection.module)
    asked = lists.read(selection.module, selection.params)
    known = ((listed.by_filter[key], value) for key, value in asked.filters.items())
    told = tuple((str(filter_.label), str(filter_.words(value))) for filter_, value in known)
    asking = Asking(user=user, now=now)
    tree = tuple(("", part) for part in criteria_words.parts(asked.tree, module=asked.module, asking=asking))
    return (*((("", quoted(asked.text)),) if asked.text else ()), *told, *tree)


def quoted(text: str) -> str:
    """A text between the quotation marks of the reader's language."""
    return _("“%(text)s”") % {"text": text}


def _numbers(text: str) -> tuple[int, ...]:
    told = (part.strip() for part in text.split(","))
    good = (int(part) for part in told if part.isascii() and part.isdigit() and len(part) < 19)
    return tuple(dict.fromkeys(good))[:MOST_IDS]
