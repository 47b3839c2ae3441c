"""What a change of the API's description breaks for those who call it: what `docs/api.md` promises not to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Described = Mapping[str, Any]


def breaks(old: Described, new: Described) -> list[str]:
    """Each thing that worked by the old description and does not by the new one, in a few words."""
    return [*_operations(old, new), *_forms(old, new)]


def _operations(old: Described, new: Described) -> Iterator[str]:
    for path, operations in old["paths"].items():
        for method, before in operations.items():
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{method.upper()} {path} is gone"
            else:
                yield from _operation(f"{method.upper()} {path}", before, after, old, new)


def _operation(name: str, before: Described, after: Described, old: Described, new: Described) -> Iterator[str]:
    had, has = _parameters(before, old), _parameters(after, new)
    yield from (f"{name}: {each} is no longer understood" for each in had.keys() - has.keys())
    yield from (f"{name}: {each} has to be given" for each in has if has[each] and not had.get(each))
    good = {status for status in before["responses"] if status.startswith("2")}
    yield from (f"{name}: no longer answers {status}" for status in good - after["responses"].keys())


def _parameters(operation: Described, whole: Described) -> dict[str, bool]:
    """Each parameter, and whether it has to be given."""
    found = [_resolved(each, whole) for each in operation["parameters"]]
    return {each["name"]: bool(each["required"]) for each in found}


def _resolved(told: Described, whole: Described) -> Described:
    if "$ref" not in told:
        return told
    kind, name = told["$ref"].split("/")[-2:]
    found: Described = whole["components"][kind][name]
    return found


def _forms(old: Described, new: Described) -> Iterator[str]:
    asked, told = _reached(old, "requestBody"), _reached(old, "responses")
    for name, before in old["components"]["schemas"].items():
        after = new["components"]["schemas"].get(name)
        if after is None:
            continue  # a form may change its name: its fields are seen where it is used
        for each, was in before.get("properties", {}).items():
            yield from _field(f"{name}.{each}", was, after.get("properties", {}).get(each), asked=name in asked)
        had, has = set(before.get("required", ())), set(after.get("required", ()))
        if name in asked:
            yield from (f"{name}.{each} has to be given" for each in sorted(has - had))
        if name in told:
            yield from (f"{name}.{each} may be missing" for each in sorted(had - has))


def _field(name: str, was: Described, now: Described | None, *, asked: bool) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
    elif _kind(was) != _kind(now):
        yield f"{name} is of another kind"
    elif asked and _values(was) - _values(now):
        yield f"{name} takes fewer values"


def _kind(told: Described) -> frozenset[str]:
    """The types that a value may have."""
    parts = told.get("anyOf", [told])
    return frozenset(str(part.get("type") or part.get("$ref") or "string") for part in parts)


def _values(told: Described) -> set[str]:
    return {str(value) for part in told.get("anyOf", [told]) for value in part.get("enum", ())}


def _reached(whole: Described, place: str) -> set[str]:
    """The names of the forms that stand in all bodies, or in all answers."""
    waiting = [operation.get(place, {}) for path in whole["paths"].values() for operation in path.values()]
    found: set[str] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            name = str(each.get("$ref", "")).rpartition("/")[2]
            if name in whole["components"]["schemas"] and name not in found:
                found.add(name)
                waiting.append(whole["components"]["schemas"][name])
            waiting += each.values()
    return found
