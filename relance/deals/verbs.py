"""How deals are written by their fields: forms, the API, imports and many at once use these."""

from __future__ import annotations

from datetime import datetime

from relance.deals import actions
from relance.deals.models import Deal
from relance.records import registry
from relance.records.fields import Values
from relance.records.values import completed
from relance.team.models import Module, User


class DealVerbs:
    """Deals."""

    def add(self, told: Values, *, by: User, now: datetime) -> Deal:
        """A new deal. Raises Forbidden, Nameless, BadAmount, BadValue, StageGone."""
        return actions.add(completed(registry.fields(Module.DEAL), told, new=True), by=by, now=now)

    def edit(self, row: Deal, told: Values, *, by: User, now: datetime) -> Deal:
        """Change what is named; another stage is a move. Raises as `add` does."""
        return actions.edit(row, completed(registry.fields(Module.DEAL), told, new=False), by=by, now=now)

    def delete(self, row: Deal, *, by: User, now: datetime) -> None:
        """Delete the deal; its people and their mail stay. Raises Forbidden."""
        actions.delete(row, by=by, now=now)
