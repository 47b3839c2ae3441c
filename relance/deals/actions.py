"""The verbs on deals: add, edit, move, win, lose, reopen, delete. Each asks the policy and notes the change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance import events
from relance.deals import board, contacts, pipelines
from relance.deals.filling import StageGone, fill, stage_of
from relance.deals.models import Deal, Stage
from relance.deals.moving import note_move, stand
from relance.deals.rules import State
from relance.lib.refusal import Refused
from relance.records import changes
from relance.records.fields import Values
from relance.team import policy
from relance.team.models import Module, User


class MovedMeanwhile(Refused):
    """Somebody else has moved the deal since the mover saw it."""


class NotClosed(Refused):
    """Only a deal that was won or lost can be opened again."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Where a deal goes. `above` is the deal that it comes to stand below, None for the top of the column; `seen` is
    the stage in which the mover saw it, None to move it from wherever it is."""

    target: Stage
    above: int | None = None
    seen: int | None = None
    because: str = ""


@transaction.atomic
def add(values: Values, *, by: User, now: datetime, import_id: int | None = None) -> Deal:
    """A new deal, on top of its column. Raises Forbidden, Nameless, BadAmount, NotThere, StageGone."""
    policy.require(policy.level(by, Module.DEAL, "edit") > policy.NONE)
    stage = stage_of(values) or pipelines.open_stages(pipelines.pipelines()[0])[0]
    deal = Deal(owner=by, currency=stage.pipeline.currency, import_id=import_id, created_at=now, updated_at=now)
    deal.modified_at = deal.moved_at = now
    fill(deal, {"name": "", **values}, by=by)
    stand(deal, stage, now=now)
    deal.position = board.top(stage.pk)
    deal.save()
    contacts.set_contacts(deal, values, by=by, now=now)
    note_move(deal, None, by=by, now=now)
    changes.added(Module.DEAL, deal, by=by, now=now)
    events.emit(events.DealChanged(deal.pk))
    return deal


@transaction.atomic
def edit(deal: Deal, values: Values, *, by: User, now: datetime) -> Deal:
    """Change what is named and leave the rest; another stage is a move. Raises as `add` does."""
    deal = held(deal)
    policy.require(policy.allows(by, Module.DEAL, "edit", deal))
    before = changes.snapshot(Module.DEAL, deal)
    source, stage = deal.stage, stage_of(values, deal)
    fill(deal, values, by=by)
    if stage is not None and stage != source:
        stand(deal, stage, now=now)
        deal.moved_at, deal.position = now, board.top(stage.pk)
        note_move(deal, source, by=by, now=now)
    deal.save()
    contacts.set_contacts(deal, values, by=by, now=now)
    if changes.changed(Module.DEAL, deal, before, by=by, now=now):
        _tell(deal, now=now)
    return deal


@transaction.atomic
def move(deal: Deal, wanted: Move, *, by: User, now: datetime) -> Deal:
    """To another stage, or to another place in the same column, which changes nothing else.

    Raises Forbidden, StageGone, MovedMeanwhile.
    """
    deal = held(deal)
    policy.require(policy.allows(by, Module.DEAL, "edit", deal))
    if wanted.target.retired_at is not None:
        raise StageGone(_("This stage is no longer in use. Open the board again."))
    if wanted.seen is not None and wanted.seen != deal.stage_id:
        raise MovedMeanwhile(
            _("%(deal)s was moved to %(stage)s meanwhile, so it stays there.") % {"deal": deal, "stage": deal.stage}
        )
    before, source = changes.snapshot(Module.DEAL, deal), deal.stage
    place = board.place(wanted.target.pk, wanted.above, moving=deal.pk)
    Deal.objects.filter(pk=deal.pk).update(position=place)
    deal.position = place
    if wanted.target == source:
        return deal
    stand(deal, wanted.target, now=now)
    deal.moved_at = now
    deal.lost_because = wanted.because.strip()[:300] if deal.state == State.LOST else ""
    deal.save()
    note_move(deal, source, by=by, now=now)
    changes.changed(Module.DEAL, deal, before, by=by, now=now)
    _tell(deal, now=now)
    return deal


def win(deal: Deal, *, by: User, now: datetime) -> Deal:
    """The deal is won. Raises Forbidden."""
    return move(deal, Move(target=pipelines.end(deal.pipeline, Stage.Kind.WON)), by=by, now=now)


def lose(deal: Deal, *, because: str, by: User, now: datetime) -> Deal:
    """The deal is lost, and perhaps why. Raises Forbidden."""
    target = pipelines.end(deal.pipeline, Stage.Kind.LOST)
    return move(deal, Move(target=target, because=because), by=by, now=now)


def reopen(deal: Deal, *, by: User, now: datetime) -> Deal:
    """Back into the open stage that it came from. Raises Forbidden, NotClosed."""
    if deal.state == State.OPEN:
        raise NotClosed(_("%(deal)s is open already.") % {"deal": deal})
    return move(deal, Move(target=last_open(deal)), by=by, now=now)


def last_open(deal: Deal) -> Stage:
    """The open stage, still in use, in which the deal was last; else the first one of its pipeline."""
    was = deal.moves.filter(target__kind=Stage.Kind.OPEN, target__retired_at=None, target__pipeline=deal.pipeline_id)
    found = was.select_related("target").order_by("-at", "-id").first()
    return found.target if found else pipelines.open_stages(deal.pipeline)[0]


@transaction.atomic
def delete(deal: Deal, *, by: User, now: datetime) -> None:
    """Delete the deal and its way through the stages; its people and their mail stay. Raises Forbidden."""
    policy.require(policy.allows(by, Module.DEAL, "delete", deal))
    changes.deleted(Module.DEAL, deal, by=by, now=now)
    deal.delete()


def held(deal: Deal) -> Deal:
    """The deal as it stands now, held until the transaction ends."""
    rows = Deal.objects.select_related("stage", "pipeline", "account", "contact", "owner__team")
    return rows.select_for_update(of=("self",)).get(pk=deal.pk)


def _tell(deal: Deal, *, now: datetime) -> None:
    deal.modified_at = deal.updated_at = now
    Deal.objects.filter(pk=deal.pk).update(modified_at=now, updated_at=now)
    events.emit(events.DealChanged(deal.pk))
