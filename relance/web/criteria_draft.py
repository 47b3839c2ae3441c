"""Criteria while somebody builds them: a tree whose conditions may still be unfinished, read from a form (REC-05).

Each group and each rule stands in the form under its place: `0` is the outermost group, `0.2` its third part. A part
that is not finished is shown again and counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from relance.lib import criteria as trees
from relance.lib.criteria import ALONE, EVERYTHING, SEVERAL, Condition, Fact, Group, Match, Node, Operator, Unreadable

PLACE = re.compile(r"[mf]\.(0(?:\.\d{1,3}){0,6})")
FACT = "@"
HAS, HAS_NOT = "has", "has_not"
SPANS = frozenset({Operator.LAST, Operator.NEXT, Operator.OLDER})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition or a fact as far as it is built. `path` of a fact begins with @."""

    path: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()
    unit: str = "d"
    times: str = ""
    days: str = ""
    of: str = ""

    @property
    def is_fact(self) -> bool:
        """Whether it asks what happened."""
        return self.path.startswith(FACT)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A group, with its parts, or one rule."""

    match: Match | None = None
    parts: tuple[Part, ...] = ()
    rule: Rule = field(default_factory=Rule)


def of_tree(tree: Group) -> Part:
    """A finished tree, to be built on."""
    return _of(tree)


def _of(node: Node) -> Part:
    match node:
        case Group():
            return Part(match=node.match, parts=tuple(map(_of, node.parts)))
        case Condition():
            return Part(rule=_rule(node))
        case Fact():
            times = str(node.times) if node.times > 1 else ""
            days = str(node.days) if node.days else ""
            operator = HAS if node.has else HAS_NOT
            return Part(rule=Rule(path=f"{FACT}{node.key}", operator=operator, times=times, days=days, of=node.of))


def _rule(node: Condition) -> Rule:
    rule = Rule(path=node.path, operator=node.operator, values=node.values)
    if node.operator in SPANS and node.values[0][-1:] in tuple("dwmy"):
        return replace(rule, values=(node.values[0][:-1],), unit=node.values[0][-1])
    return rule


def read(form: QueryDict) -> Part:
    """The draft that a form holds."""
    places = sorted({found[1] for name in form if (found := PLACE.fullmatch(name))}, key=_numbers)
    return _read(form, places[: trees.MOST_PARTS + 1], "0")


def _numbers(place: str) -> tuple[int, ...]:
    return tuple(map(int, place.split(".")))


def _read(form: QueryDict, places: list[str], place: str) -> Part:
    told = form.get(f"m.{place}")
    if told is None and place != "0":
        return Part(rule=_read_rule(form, place))
    depth = place.count(".") + 1
    inner = [one for one in places if one.startswith(f"{place}.") and one.count(".") == depth]
    match = Match(told) if told in tuple(Match) else Match.ALL
    return Part(match=match, parts=tuple(_read(form, places, one) for one in inner))


def _read_rule(form: QueryDict, place: str) -> Rule:
    def told(letter: str) -> str:
        return str(form.get(f"{letter}.{place}", "")).strip()

    operator = told("o")
    given = [str(value) for value in form.getlist(f"v.{place}")]
    if operator in SEVERAL:
        given = [line for value in given for line in value.splitlines()]
    values = tuple(value.strip()[: trees.LONGEST_VALUE] for value in given if value.strip())
    return Rule(
        path=told("f"), operator=operator, values=values[: trees.MOST_VALUES], unit=told("u") or "d",
        times=told("t"), days=told("d"), of=told("s"),
    )  # fmt: skip


def added(draft: Part, place: str, part: Part) -> Part:
    """The draft with another part at the end of the group at this place."""
    return _changed(draft, _numbers(place)[1:], lambda group: replace(group, parts=(*group.parts, part)))


def dropped(draft: Part, place: str) -> Part:
    """The draft without the part at this place; a group that it leaves empty goes too."""
    *above, last = _numbers(place)[1:] or (-1,)
    without = _changed(
        draft, tuple(above), lambda group: replace(group, parts=(*group.parts[:last], *group.parts[last + 1 :]))
    )
    return replace(without, parts=tuple(_pruned(without)))


def _pruned(group: Part) -> Iterator[Part]:
    for part in group.parts:
        if part.match is None:
            yield part
        elif parts := tuple(_pruned(part)):
            yield replace(part, parts=parts)


def _changed(part: Part, place: tuple[int, ...], change: Callable[[Part], Part]) -> Part:
    """The draft with one group changed; a place that is not there changes nothing."""
    if part.match is None or (place and place[0] >= len(part.parts)):
        return part
    if not place:
        return change(part)
    here, rest = place[0], place[1:]
    inner = _changed(part.parts[here], rest, change)
    return replace(part, parts=(*part.parts[:here], inner, *part.parts[here + 1 :]))


def tree_of(draft: Part) -> Group:
    """What is finished, as a tree. Raises Unreadable for more than a tree may hold."""
    told = _told(draft)
    return trees.read(told) if told else EVERYTHING


def _told(part: Part) -> dict[str, object] | None:
    if part.match is None:
        return _told_fact(part.rule) if part.rule.is_fact else _told_condition(part.rule)
    inner = [told for one in part.parts if (told := _told(one))]
    return {part.match.value: inner} if inner else None


def _told_condition(rule: Rule) -> dict[str, object] | None:
    if not rule.path or rule.operator not in tuple(Operator):
        return None
    operator = Operator(rule.operator)
    least = 0 if operator in ALONE else 2 if operator is Operator.BETWEEN else 1
    if len(rule.values) < least:
        return None
    given = [f"{rule.values[0]}{rule.unit}"] if operator in SPANS else list(rule.values)
    kept = given if operator in SEVERAL else given[:least]
    return {"field": rule.path, "operator": operator.value, **({"value": kept} if kept else {})}


def _told_fact(rule: Rule) -> dict[str, object]:
    return {
        "fact": rule.path.removeprefix(FACT),
        "has": rule.operator != HAS_NOT,
        "times": _number(rule.times) or 1,
        "days": _number(rule.days) or 0,
        "of": rule.of,
    }


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise Unreadable(trees.Fault.WRONG_VALUES, text)
    return int(text)
