"""Deals as tests want them."""

from datetime import UTC, datetime

from relance.deals import actions

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def deal(by, name="Dairy, 160 kWp", *, now=NOW, **values):
    return actions.add({"name": name, **values}, by=by, now=now)


def way(row):
    """From where to where, and what the deal was then."""
    return [(move.source and move.source.name, move.target.name, move.state) for move in row.moves.order_by("id")]
