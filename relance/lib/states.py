"""Guarded moves between statuses: legal edges are data, and the move is one UPDATE that looks at its row count.

>>> move(MassMail.objects.filter(pk=3), "state", MOVES, to="scheduled", scheduled_at=at)
True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

Moves = Mapping[str, frozenset[str]]


def sources(moves: Moves, to: str) -> frozenset[str]:
    """The statuses from which `to` may be reached."""
    return frozenset(source for source, targets in moves.items() if to in targets)


def move(rows: models.QuerySet[Any], field: str, moves: Moves, *, to: str, **also: object) -> bool:
    """Move to a status where that is legal; False if the row was elsewhere (somebody else won, or an illegal edge)."""
    return rows.filter(**{f"{field}__in": sources(moves, to)}).update(**{field: to, **also}) > 0
