"""Where a deal stands: the one writer of its state, and of the lines of its way (StageMove)."""

from __future__ import annotations

from datetime import datetime

from relance import events
from relance.deals.models import Deal, Stage, StageMove
from relance.deals.rules import State, ended
from relance.team.models import User


def stand(deal: Deal, stage: Stage, *, now: datetime) -> None:
    """Put a deal into a stage, from which its state follows; whoever calls saves it."""
    dates = ended(State(stage.kind), at=now)
    deal.stage, deal.pipeline, deal.state = stage, stage.pipeline, stage.kind
    deal.won_at, deal.lost_at = dates.won_at, dates.lost_at


def note_move(deal: Deal, source: Stage | None, *, by: User, now: datetime) -> None:
    """Write down that the deal has come from one stage into the one where it stands; None: it was made there."""
    noted = StageMove.objects.create(
        deal=deal, source=source, target=deal.stage, state=deal.state, at=now, by=by, amount=deal.amount,
        currency=deal.currency,
    )  # fmt: skip
    events.emit(events.DealMoved(noted.pk))
