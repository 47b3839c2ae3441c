"""Criteria as an address carries them: `all(city:is:Lyon,any(account.city:empty,@opened:yes:1:30))`.

*Pure.* A fact begins with @ and tells whether, how often, within how many days and of what, as far as it is unusual.
An exclamation mark stands before a sign of this notation that belongs to a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from relance.lib import criteria
from relance.lib.criteria import Condition, Fact, Fault, Group, Match, Node, Unreadable

LONGEST = 6_000
SIGNS = re.compile(r"([!():,])")
TOKENS = re.compile(r"([():,])|((?:!.|[^!():,])+)", re.DOTALL)


def write(node: Node) -> str:
    """The tree in one line."""
    match node:
        case Group():
            return f"{node.match}({','.join(map(write, node.parts))})"
        case Condition():
            return ":".join([node.path, node.operator, *map(_escaped, node.values)])
        case Fact():
            return ":".join([f"@{node.key}", *_fact(node)])


def _fact(node: Fact) -> list[str]:
    told = ["yes" if node.has else "no", str(node.times), str(node.days), _escaped(node.of)]
    for usual in ("", "0", "1", "yes"):
        if told[-1] != usual:
            break
        told.pop()
    return told


def _escaped(value: str) -> str:
    return SIGNS.sub(r"!\1", value)


def read(text: str) -> Group:
    """A tree from an address. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(Fault.TOO_LONG, LONGEST)
    tokens = list(_tokens(text))
    told, end = _node(tokens, 0, 1)
    if end != len(tokens):
        raise Unreadable(Fault.NOT_CRITERIA, tokens[end])
    return criteria.read(told)


def _tokens(text: str) -> Iterator[str]:
    """Signs, and texts with a space before them so that no text is taken for a sign."""
    at = 0
    while at < len(text):
        found = TOKENS.match(text, at)
        if found is None:
            raise Unreadable(Fault.NOT_CRITERIA, text[at:])
        sign, told = found.groups()
        yield sign or " " + re.sub(r"!(.)", r"\1", told, flags=re.DOTALL)
        at = found.end()


def _node(tokens: list[str], at: int, depth: int) -> tuple[dict[str, object], int]:
    """What begins here as JSON would tell it, and where it ends."""
    if depth > criteria.DEEPEST + 1:
        raise Unreadable(Fault.TOO_DEEP, criteria.DEEPEST)
    if tokens[at : at + 1] and tokens[at + 1 : at + 2] == ["("]:
        return _group(tokens, at, depth)
    end = next((place for place in range(at, len(tokens)) if tokens[place] in ",)"), len(tokens))
    parts = _parts(tokens[at:end])
    return (_read_fact(parts) if parts[0].startswith("@") else _read_condition(parts)), end


def _group(tokens: list[str], at: int, depth: int) -> tuple[dict[str, object], int]:
    match, place, parts = tokens[at].strip(), at + 2, []
    if match not in tuple(Match):
        raise Unreadable(Fault.NOT_CRITERIA, match)
    while tokens[place : place + 1] not in ([")"], []):
        part, place = _node(tokens, place, depth + 1)
        parts.append(part)
        if tokens[place : place + 1] == [","]:
            place += 1
    if place >= len(tokens):
        raise Unreadable(Fault.NOT_CRITERIA, "(")
    return {match: parts}, place + 1


def _parts(tokens: list[str]) -> list[str]:
    """The texts between the colons; one that is missing is empty."""
    parts = [""]
    for token in tokens:
        if token == ":":
            parts.append("")
        elif token == "(":
            raise Unreadable(Fault.NOT_CRITERIA, "(")
        else:
            parts[-1] += token[1:]
    return parts


def _read_condition(parts: list[str]) -> dict[str, object]:
    path, operator, *values = [*parts, ""][: max(len(parts), 2)]
    return {"field": path, "operator": operator, **({"value": list(values)} if values else {})}


def _read_fact(parts: list[str]) -> dict[str, object]:
    if len(parts) > 5:
        raise Unreadable(Fault.NOT_CRITERIA, parts[0])
    key, has, times, days, of = (*parts, *("yes", "1", "0", "")[len(parts) - 1 :])
    if has not in ("yes", "no"):
        raise Unreadable(Fault.NOT_CRITERIA, has)
    return {"fact": key[1:], "has": has == "yes", "times": _number(times), "days": _number(days), "of": of}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise Unreadable(Fault.WRONG_VALUES, text)
    return int(text)
