"""Which tests show a requirement: `python -m tests.shown MASS-08 ZMM-35`.

Prints for each id the tests that carry it in `@pytest.mark.shows(...)`, and exits 1 if one has none. The files are
read, not run: no database, no settings. Without ids: every id that some test shows.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeGuard

TESTS = Path(__file__).resolve().parent
Shown = dict[str, list[str]]


def main(ids: Sequence[str]) -> int:
    shown = collect(TESTS)
    missing = [each for each in ids if each not in shown]
    for each in ids or sorted(shown):
        print(each)
        for test in shown.get(each, ["— no test shows this"]):
            print(f"    {test}")
    if missing:
        print(f"Not shown: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def collect(folder: Path) -> Shown:
    """Every id with the tests that show it, as pytest names them."""
    shown: Shown = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        name = file.relative_to(folder.parent).as_posix()
        for test, ids in tests_of(ast.parse(file.read_text(encoding="utf-8")), name):
            for each in sorted(ids):
                shown[each].append(test)
    return dict(shown)


def tests_of(module: ast.Module, name: str) -> Iterator[tuple[str, set[str]]]:
    """The tests of one file with the ids of their own, of their class and of their module."""
    own = _pytestmark(module.body)
    if _always_skipped(own):
        return
    yield from _tests_in(module.body, name, ids_in(own))


def _tests_in(body: list[ast.stmt], name: str, inherited: set[str]) -> Iterator[tuple[str, set[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marks = [*node.decorator_list, *_pytestmark(node.body)]
            if not _always_skipped(marks):
                yield from _tests_in(node.body, f"{name}::{node.name}", inherited | ids_in(marks))
        elif _is_test(node) and not _always_skipped(node.decorator_list):
            yield f"{name}::{node.name}", inherited | ids_in(node.decorator_list)


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _pytestmark(body: list[ast.stmt]) -> list[ast.expr]:
    """The value of `pytestmark = ...` in a module or class."""
    return [
        node.value
        for node in body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
    ]


def ids_in(marks: list[ast.expr]) -> set[str]:
    """The texts in every `mark.shows(...)`, those on single parameters included."""
    calls = [node for mark in marks for node in ast.walk(mark) if isinstance(node, ast.Call)]
    shows = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "shows"]
    values = [argument for call in shows for argument in call.args]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def _always_skipped(marks: list[ast.expr]) -> bool:
    """A test under a plain `skip` shows nothing."""
    flat = [inner for mark in marks for inner in (mark.elts if isinstance(mark, ast.List | ast.Tuple) else [mark])]
    plain = [mark.func if isinstance(mark, ast.Call) else mark for mark in flat]
    return any(isinstance(mark, ast.Attribute) and mark.attr == "skip" for mark in plain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
