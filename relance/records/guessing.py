"""How many rows a list has, as the planner expects: asked before a way to find them is chosen."""

from __future__ import annotations

import json
from time import monotonic

from django.core.exceptions import EmptyResultSet
from django.db import connection

from relance.records.registry import Rows

LARGE, KEPT_SECONDS, MOST_KEPT = 15_000, 30, 500


def estimate(rows: Rows) -> int:
    """How many rows the planner expects. Large guesses are kept for half a minute: they do not change in a moment."""
    asked = rows.order_by().values("pk")
    try:
        key = (connection.settings_dict["NAME"], str(asked.query.sql_with_params()))
    except EmptyResultSet:
        return 0
    told_at, guess = _large.get(key, (float("-inf"), 0))
    if monotonic() - told_at < KEPT_SECONDS:
        return guess
    guess = int(json.loads(asked.explain(format="json"))[0]["Plan"]["Plan Rows"])
    if guess > LARGE:
        if len(_large) >= MOST_KEPT:
            _large.clear()
        _large[key] = (monotonic(), guess)
    return guess


def forget() -> None:
    """Keep no guess: for benchmarks, whose searches must not profit from each other."""
    _large.clear()


_large: dict[tuple[object, str], tuple[float, int]] = {}
