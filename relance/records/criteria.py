"""From a tree of criteria to a condition of the database, by allow-list only (REC-05, X8, X19).

There is this one way: lists, views, audiences, exports and the API all come here. A field counts if its module
declares it or an administrator made it; a path leads over at most two links, and only through records that the asker
may see: one that is hidden is like one that is not there. Every contrary (`is_not`, `empty`, a group of none) is the
exact opposite of what it denies, so what is empty is never lost between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from relance.lib import criteria, criteria_text
from relance.lib.criteria import Condition, Fact, Fault, Group, Match, Node, Operator, Unreadable, leaves
from relance.lib.refusal import Refused
from relance.records import comparing, indexes, own_facts, registry
from relance.records.fields import Field, Kind
from relance.records.guessing import estimate
from relance.records.operators import CONTRARY, operators_of
from relance.records.registry import Asking, Happening, Listed, NotUnderstood, Occasion, UnknownModule
from relance.records.values import BadValue
from relance.team import policy

MOST_STEPS = 2


class BadCriteria(Refused):
    """Criteria that cannot be taken as they are; the sentence says which and why. Nobody is chosen by them."""


def read(told: object) -> Group:
    """A tree from JSON. Raises BadCriteria."""
    try:
        return criteria.read(told)
    except Unreadable as bad:
        raise BadCriteria(sentence_of(bad)) from bad


def read_text(text: str) -> Group:
    """A tree from an address. Raises BadCriteria."""
    try:
        return criteria_text.read(text)
    except Unreadable as bad:
        raise BadCriteria(sentence_of(bad)) from bad


def sentence_of(bad: Unreadable) -> str:
    """Why a tree cannot be read, in words."""
    match bad.fault:
        case Fault.TOO_DEEP:
            told = _("These criteria hold groups within groups more than %(what)s deep. Take some apart.")
        case Fault.TOO_MANY:
            told = _("These are more than %(what)s criteria. Take some away.")
        case Fault.TOO_LONG:
            told = _("A criterion is longer than %(what)s characters. Shorten it.")
        case Fault.EMPTY_GROUP:
            told = _("A group of criteria is empty. Fill it, or take it away.")
        case Fault.UNKNOWN_OPERATOR:
            told = _("“%(what)s” is not a way to compare.")
        case Fault.WRONG_VALUES:
            told = _("The value for “%(what)s” is missing or cannot be used.")
        case _:
            told = _("“%(what)s” cannot be read as criteria.")
    return told % {"what": bad.what}


def condition(tree: Node, *, module: str, asking: Asking) -> Q:
    """The rows of a module that meet the tree; whoever asks narrows them to the visible ones. Raises BadCriteria."""
    return _Translation(registry.module(module), asking, {}).node(tree)


MOST_NAMED = 30_000


@dataclass(frozen=True)
class Candidates:
    """Among whom all are who meet a tree: whoever one of these questions gives, about so many in all."""

    among: tuple[QuerySet[Any, Any], ...]  # Any: rows of any module, of which only the record they belong to is read
    number: int


def candidates(tree: Node, *, module: str, asking: Asking) -> Candidates | None:
    """Who alone can meet the tree, found from the rows of its facts; None where these do not name few.

    Raises BadCriteria.
    """
    return _Translation(registry.module(module), replace(asking, named=True), {}).candidates(tree)


def path_of(module: str, path: str, *, asking: Asking, shown: bool = False) -> tuple[tuple[Field, ...], Field]:
    """The links that a path leads over, and the field at its end; also one that is only `shown`. Raises BadCriteria."""
    return _Translation(registry.module(module), asking, {}).path(path, shown=shown)


def paths(module: str, *, asking: Asking) -> Callable[[str], tuple[tuple[Field, ...], Field]]:
    """The same for many paths, asking for the fields of each module once."""
    return _Translation(registry.module(module), asking, {}).path


def is_plain(tree: Node, module: str) -> bool:
    """Whether the planner can guess how many rows meet the tree: fields of the row itself, by what it knows of them."""
    listed = registry.module(module)
    return all(isinstance(leaf, Condition) and _is_plain(leaf, listed) for leaf in leaves(tree))


GUESSED = frozenset({Operator.CONTAINS, Operator.LACKS, Operator.STARTS})


def _is_plain(leaf: Condition, listed: Listed) -> bool:
    declared = next((field for field in listed.declared if field.key == leaf.path), None)
    field = declared or next((field for field in registry.fields(listed.key) if field.key == leaf.path), None)
    if field is None or leaf.operator in GUESSED or field.kind in (Kind.LINK, Kind.CHOICES):
        return False
    if field.custom:
        return indexes.is_ready(listed, field)
    return not field.many and "__" not in field.path


@dataclass(frozen=True)
class _Translation:
    """One tree on its way; `known` keeps the fields of each module, so that they are asked for once."""

    listed: Listed
    asking: Asking
    known: dict[str, Mapping[str, Field]]

    def node(self, node: Node) -> Q:
        match node:
            case Group():
                return self._group(node)
            case Condition():
                return self._condition(node)
            case Fact():
                return self._fact(node)

    def candidates(self, node: Node) -> Candidates | None:
        """Who alone can meet a part of the tree: of parts that must all be met, the one that names fewest."""
        if isinstance(node, Fact) and node.has:
            return _named_by(self._fact(node))
        if not isinstance(node, Group) or node.match is Match.NONE:
            return None
        told = [self.candidates(part) for part in node.parts]
        named = [part for part in told if part is not None]
        if node.match is Match.ALL:
            return min(named, key=lambda part: part.number, default=None)
        if len(named) < len(told) or not named:
            return None
        return Candidates(tuple(rows for part in named for rows in part.among), sum(part.number for part in named))

    def _group(self, group: Group) -> Q:
        parts = [self.node(part) for part in group.parts]
        if not parts:
            return Q()
        joined = reduce(and_ if group.match is Match.ALL else or_, parts)
        return ~joined if group.match is Match.NONE else joined

    def _condition(self, condition: Condition) -> Q:
        if (special := self._special(condition)) is not None:
            return special
        links, field = self.path(condition.path)
        if condition.operator not in operators_of(field):
            told = _("%(field)s cannot be compared with “%(operator)s”.")
            raise BadCriteria(told % {"field": field.label, "operator": condition.operator.value})
        denied = CONTRARY.get(condition.operator)
        positive = replace(condition, operator=denied) if denied else condition
        found = self._through(links, field, positive)
        return ~found if denied else found

    def _special(self, condition: Condition) -> Q | None:
        """What a module answers itself, such as whether an address bounced; None where the field of this name does."""
        known, is_field = self.listed.by_filter.get(condition.path), condition.path in self._fields(self.listed)
        if known is None or (is_field and (known.condition is None or condition.operator not in SPECIAL)):
            return None
        if known.condition is None or condition.operator not in SPECIAL:
            told = _("%(field)s cannot be compared with “%(operator)s”.")
            raise BadCriteria(told % {"field": known.label, "operator": condition.operator.value})
        try:
            found = reduce(or_, [known.condition(value, self.asking) for value in condition.values])
        except NotUnderstood as bad:
            if is_field:
                return None
            told = _("“%(value)s” says nothing for %(filter)s.")
            raise BadCriteria(told % {"value": str(bad)[:80], "filter": known.label}) from bad
        return ~found if condition.operator in CONTRARY else found

    def path(self, path: str, *, shown: bool = False) -> tuple[tuple[Field, ...], Field]:
        """The links that lead to a field, and the field. Raises BadCriteria."""
        *steps, last = path.split(".")
        listed = self.listed
        links: list[Field] = []
        for step in steps:
            link = self._fields(listed).get(step)
            if link is None or link.kind != Kind.LINK or len(links) == MOST_STEPS:
                raise BadCriteria(_("%(module)s have no field “%(field)s”.") % _named(self.listed, path))
            listed = self._target(link)
            links.append(link)
        field = self._fields(listed).get(last)
        if field is None or not (field.criteria or shown):
            raise BadCriteria(_("%(module)s have no field “%(field)s”.") % _named(self.listed, path))
        return tuple(links), field

    def _target(self, link: Field) -> Listed:
        try:
            listed = registry.module(link.target)
        except UnknownModule:
            raise BadCriteria(_("%(module)s have no field “%(field)s”.") % _named(self.listed, link.key)) from None
        if policy.level(self.asking.user, listed.key, "read") == policy.NONE:
            told = _("Your role does not show %(module)s, so it cannot be asked for. An administrator can change it.")
            raise BadCriteria(told % {"module": listed.label})
        return listed

    def _fields(self, listed: Listed) -> Mapping[str, Field]:
        if listed.key not in self.known:
            fields = registry.fields(listed.key)
            by_column = {field.column: field for field in fields if field.column and "__" not in field.column}
            self.known[listed.key] = {**by_column, **{field.key: field for field in fields}}
        return self.known[listed.key]

    def _through(self, links: tuple[Field, ...], field: Field, condition: Condition) -> Q:
        """The condition at the end of the links: some visible record there meets it."""
        if not links:
            return self._compared(self.listed, field, condition)
        link, *rest = links
        beyond = replace(self, listed=self._target(link))
        inner = beyond._through(tuple(rest), field, condition)
        seen = beyond.listed.visible(self.asking.user).filter(inner)
        return comparing.linked(self.listed, link, seen)

    def _compared(self, listed: Listed, field: Field, condition: Condition) -> Q:
        try:
            return comparing.compared(listed, field, condition.operator, condition.values, self.asking)
        except BadValue as bad:
            raise BadCriteria(str(bad)) from bad

    def _fact(self, fact: Fact) -> Q:
        known = own_facts.fact(self.listed, fact.key, self.asking.user)
        if known is None:
            told = _("%(module)s know no fact “%(field)s”.")
            raise BadCriteria(told % _named(self.listed, fact.key))
        if (fact.days and not known.dated) or (fact.times > 1 and not known.counted):
            raise BadCriteria(_("“%(fact)s” has no date or number to compare.") % {"fact": known.label})
        found = known.condition(self._occasion(known, fact))
        return found if fact.has else ~found

    def _occasion(self, known: Happening, fact: Fact) -> Occasion:
        key, _colon, of = fact.of.partition(":")
        if fact.of:
            source = next((source for source in known.sources if source.key == key), None)
            if source is None or of not in source.choices(self.asking.user):
                raise BadCriteria(_("“%(what)s” of “%(fact)s” is not there.") % {"what": fact.of, "fact": known.label})
        since = self.asking.now - timedelta(days=fact.days) if fact.days else None
        return Occasion(
            asking=self.asking, module=self.listed.key, fact=fact, times=fact.times, since=since,
            source=key, of=int(of) if of else 0,
        )  # fmt: skip


def _named_by(found: Q) -> Candidates | None:
    """The rows of a fact that was asked whom it names (`facts.often`)."""
    (told,) = found.children
    assert isinstance(told, tuple)
    asked, among = told
    assert asked == "pk__in"
    number = estimate(among)
    return Candidates((among,), number) if number <= MOST_NAMED else None


SPECIAL = frozenset({Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.NONE_OF})


def _named(listed: Listed, what: str) -> dict[str, object]:
    return {"module": listed.label, "field": what[:80]}
