"""Criteria as a tree: groups, conditions on fields, facts such as "opened a mail"; read and written as JSON (REC-05).

*Pure.* Nothing here knows which fields there are: whoever asks the database allows them one by one
(`relance.records.criteria`). A tree that cannot be read raises Unreadable, never half of it is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

DEEPEST = 5  # groups within groups
MOST_PARTS = 60  # groups, conditions and facts in one tree
MOST_VALUES = 200  # of one condition
LONGEST_VALUE = 500
MOST_TIMES, MOST_DAYS = 10_000, 36_500
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,119}")


class Match(StrEnum):
    """How the parts of a group are joined."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Operator(StrEnum):
    """How a field is compared. `is_not`, `lacks`, `none_of` and `empty` are the exact contraries of their partners."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    LACKS = "lacks"
    STARTS = "starts"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    MORE = "more"
    LESS = "less"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    BEFORE = "before"
    AFTER = "after"
    LAST = "last"
    NEXT = "next"
    OLDER = "older"
    DURING = "during"
    EMPTY = "empty"
    FILLED = "filled"


SEVERAL = frozenset({Operator.ONE_OF, Operator.NONE_OF})
ALONE = frozenset({Operator.EMPTY, Operator.FILLED})


class Fault(StrEnum):
    """Why a tree cannot be read."""

    NOT_CRITERIA = "not_criteria"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    EMPTY_GROUP = "empty_group"
    UNKNOWN_OPERATOR = "unknown_operator"
    WRONG_VALUES = "wrong_values"


class Unreadable(ValueError):
    """Not a tree of criteria; `what` is the part that nobody understands, as far as it is worth showing."""

    def __init__(self, fault: Fault, what: object = "") -> None:
        super().__init__(f"{fault}: {what}")
        self.fault, self.what = fault, str(what)[:80]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One field, compared. `path` is a field's key, or leads to a linked record: `account.city`."""

    path: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened, or a row that exists, at least `times` times; `has=False` says the contrary.

    `days` reaches back from now, 0 is ever. `of` narrows to one thing: `template:7`.
    """

    key: str
    has: bool = True
    times: int = 1
    days: int = 0
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Parts joined by all, any or none. The empty root of a tree lets everything pass."""

    match: Match = Match.ALL
    parts: tuple[Node, ...] = ()


Leaf = Condition | Fact
Node = Group | Leaf
EVERYTHING = Group()


def leaves(node: Node) -> Iterator[Leaf]:
    """All conditions and facts, from the first to the last."""
    if isinstance(node, Group):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield node


def together(*nodes: Node) -> Group:
    """One tree which all of these must meet; groups of all dissolve in it."""
    parts: list[Node] = []
    for node in nodes:
        parts += node.parts if isinstance(node, Group) and node.match is Match.ALL else [node]
    if len(parts) == 1 and isinstance(parts[0], Group):
        return parts[0]
    return Group(parts=tuple(parts))


def write(node: Node) -> dict[str, object]:
    """The tree as JSON holds it."""
    match node:
        case Group():
            return {node.match.value: [write(part) for part in node.parts]}
        case Condition():
            return {"field": node.path, "operator": node.operator.value, **_values_told(node)}
        case Fact():
            return {"fact": node.key, **_fact_told(node)}


def _values_told(node: Condition) -> dict[str, object]:
    if node.operator in ALONE:
        return {}
    single = node.operator not in SEVERAL and node.operator is not Operator.BETWEEN
    return {"value": node.values[0] if single else list(node.values)}


def _fact_told(node: Fact) -> dict[str, object]:
    usual = Fact(key=node.key)
    told = {"has": node.has, "times": node.times, "days": node.days, "of": node.of}
    return {name: value for name, value in told.items() if value != getattr(usual, name)}


def read(told: object) -> Group:
    """A tree from JSON; `{}` is the empty one. Raises Unreadable."""
    if told == {}:
        return EVERYTHING
    reader = _Reader()
    node = reader.node(told, 1)
    return node if isinstance(node, Group) else Group(parts=(node,))


class _Reader:
    """One reading, which counts its parts."""

    def __init__(self) -> None:
        self.parts = 0

    def node(self, told: object, depth: int) -> Node:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise Unreadable(Fault.TOO_MANY, MOST_PARTS)
        if not isinstance(told, dict):
            raise Unreadable(Fault.NOT_CRITERIA, told)
        if "field" in told:
            return _condition(told)
        return _fact(told) if "fact" in told else self.group(told, depth)

    def group(self, told: Mapping[str, object], depth: int) -> Group:
        (match, parts), *rest = told.items() or [("", ())]
        if rest or match not in tuple(Match) or not isinstance(parts, list):
            raise Unreadable(Fault.NOT_CRITERIA, match)
        if depth > DEEPEST:
            raise Unreadable(Fault.TOO_DEEP, DEEPEST)
        if not parts and (depth > 1 or match != Match.ALL):
            raise Unreadable(Fault.EMPTY_GROUP, match)
        return Group(match=Match(match), parts=tuple(self.node(part, depth + 1) for part in parts))


def _condition(told: Mapping[str, object]) -> Condition:
    _only(told, {"field", "operator", "value"})
    operator = told.get("operator")
    if operator not in tuple(Operator):
        raise Unreadable(Fault.UNKNOWN_OPERATOR, operator)
    made = Condition(path=_name(told["field"]), operator=Operator(str(operator)), values=_values(told))
    if not _fits(made.operator, len(made.values)):
        raise Unreadable(Fault.WRONG_VALUES, made.path)
    return made


def _fits(operator: Operator, number: int) -> bool:
    """Whether the operator takes so many values."""
    if operator in SEVERAL:
        return 1 <= number <= MOST_VALUES
    return number == (0 if operator in ALONE else 2 if operator is Operator.BETWEEN else 1)


def _values(told: Mapping[str, object]) -> tuple[str, ...]:
    if "value" not in told:
        return ()
    given = told["value"]
    many: Sequence[object] = given if isinstance(given, list) else [given]
    return tuple(_text(value) for value in many[: MOST_VALUES + 1])


def _text(value: object) -> str:
    """A value as text: numbers as they are written, true and false as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value) if isinstance(value, str | int | float) else ""
    if not text.strip() or UNPRINTABLE.search(text):
        raise Unreadable(Fault.WRONG_VALUES, text or value)
    if len(text) > LONGEST_VALUE:
        raise Unreadable(Fault.TOO_LONG, LONGEST_VALUE)
    return text


def _fact(told: Mapping[str, object]) -> Fact:
    _only(told, {"fact", "has", "times", "days", "of"})
    has, of = told.get("has", True), told.get("of", "")
    if not isinstance(has, bool) or not isinstance(of, str) or (of and not NAME.fullmatch(of.replace(":", "."))):
        raise Unreadable(Fault.WRONG_VALUES, of)
    times, days = _number(told.get("times", 1), 1, MOST_TIMES), _number(told.get("days", 0), 0, MOST_DAYS)
    return Fact(key=_name(told["fact"]), has=has, times=times, days=days, of=of)


def _number(told: object, least: int, most: int) -> int:
    if type(told) is not int or not least <= told <= most:
        raise Unreadable(Fault.WRONG_VALUES, told)
    return told


def _name(told: object) -> str:
    if not isinstance(told, str) or not NAME.fullmatch(told):
        raise Unreadable(Fault.NOT_CRITERIA, told)
    return told


def _only(told: Mapping[str, object], known: set[str]) -> None:
    if unknown := told.keys() - known:
        raise Unreadable(Fault.NOT_CRITERIA, ", ".join(sorted(map(str, unknown))))
