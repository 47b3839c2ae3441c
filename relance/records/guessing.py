"""How many rows a list has, as the planner expects: asked before a way to find them is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic

from django.core.exceptions import EmptyResultSet
from django.db import connection

from relance.records.registry import Rows

LARGE, KEPT_SECONDS, MOST_KEPT = 15_000, 30, 500


def estimate(rows: Rows) -> int:
    """How many rows the planner expects. Large guesses are kept for half a minute: they do not change in a moment."""
    return estimate_of(statement(rows), lambda: rows)


def statement(rows: Rows) -> str:
    """What would be asked, as text; empty where nobody can be found."""
    try:
        return str(_bare(rows).query.sql_with_params())
    except EmptyResultSet:
        return ""


def estimate_of(told: str, rows: Callable[[], Rows]) -> int:
    """The same for whoever knows the statement already, so that it is not composed to look for a kept guess (L1)."""
    if not told:
        return 0
    key = (connection.settings_dict["NAME"], told)
    told_at, guess = _large.get(key, (float("-inf"), 0))
    if monotonic() - told_at < KEPT_SECONDS:
        return guess
    guess = int(json.loads(_bare(rows()).explain(format="json"))[0]["Plan"]["Plan Rows"])
    if guess > LARGE:
        if len(_large) >= MOST_KEPT:
            _large.clear()
        _large[key] = (monotonic(), guess)
    return guess


def _bare(rows: Rows) -> Rows:
    return rows.order_by().values("pk")


def forget() -> None:
    """Keep no guess: for benchmarks, whose searches must not profit from each other."""
    _large.clear()


_large: dict[tuple[object, str], tuple[float, int]] = {}
