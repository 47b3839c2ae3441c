"""The house stands as drawn: imports and foreign keys lead down, the public edge and the pure modules stay clean."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
FLOORS = [{name.strip(" ()") for name in layer.split("|")} for layer in LINTER["contracts"][0]["layers"]]

IMPORT_EACH = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    met = {"django", "procrastinate"} & set(sys.modules)
    if met:
        sys.exit(f"{name} brings in {', '.join(sorted(met))}")
"""


@pytest.mark.slow
def test_every_package_calls_lower_floors_only():
    linter = Path(sys.executable).with_name("lint-imports")  # a process of its own: it silences every logger

    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_contract_has_an_exception():
    assert not [contract for contract in LINTER["contracts"] if "ignore_imports" in contract]


def test_no_foreign_key_points_to_a_higher_floor():
    upward = [
        f"{model.__module__}.{model.__name__}.{field.name} -> {field.related_model.__module__}"
        for model in apps.get_models(include_auto_created=True)
        if floor_of(model) is not None
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model
        and points_up(model, field.related_model)
    ]

    assert upward == []


def points_up(model: type, target: type) -> bool:
    """The top floor has the number 0; tables from outside the house lie below all floors."""
    return floor_of(target) is not None and floor_of(target) < floor_of(model)


def floor_of(model: type) -> int | None:
    package, _, rest = model.__module__.partition(".")
    names = [number for number, floor in enumerate(FLOORS) if rest.split(".")[0] in floor]
    return names[0] if package == "relance" and names else None


def modules_of(package: str) -> list[str]:
    """Every module of a package by its name, read from the disk."""
    files = sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return [".".join(part for part in each if part != "__init__") for each in parts]


def says_pure(module: str) -> bool:
    """Its docstring carries the word of the drawing: *(pure)*."""
    file = ROOT / (module.replace(".", "/") + ".py")
    text = file.read_text() if file.is_file() else ""
    return "(pure)" in text and "(pure)" in (ast.get_docstring(ast.parse(text)) or "")


# The tools of lib that work on the database: the guarded move between statuses, prepared statements, first
# migrations, many rows written at once.
ON_TABLES = {"relance.lib.states", "relance.lib.prepared", "relance.lib.migrating", "relance.lib.at_once"}
PURE = [
    module
    for module in modules_of("relance")
    if says_pure(module) or (module.startswith("relance.lib") and module not in ON_TABLES)
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["edge", "pure"])
def test_the_public_edge_and_the_pure_modules_meet_neither_django_nor_the_job_engine(kind):
    modules = PURE if kind == "pure" else modules_of("relance.edge")

    done = subprocess.run([sys.executable, "-c", IMPORT_EACH, *modules], capture_output=True, text=True, cwd=ROOT)

    assert modules
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "module",
    [
        "relance.mail.outbound.render",
        "relance.mail.outbound.gate",
        "relance.mail.outbound.recipients",
        "relance.mail.outbound.pace",
        "relance.mail.tracking.stamp",
        "relance.mail.tracking.verdict",
    ],
)
def test_the_deciding_modules_call_themselves_pure(module):
    """Otherwise the test above would pass them over."""
    exists = (ROOT / (module.replace(".", "/") + ".py")).is_file()

    assert says_pure(module) or not exists
