"""The board as its page shows it: columns of cards, sums in words, and which cards the reader may move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.utils import timezone

from relance.deals import board, pipelines
from relance.deals.board import Board, Column
from relance.deals.models import Deal, Deals, Pipeline, Stage
from relance.deals.pulse import pulses
from relance.deals.rules import Pulse, Worth
from relance.records import lists
from relance.records.lists import Asked
from relance.team import policy
from relance.team.models import Module, User
from relance.web import deal_words
from relance.web.deal_words import Close
from relance.web.words import State

MOST_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class Card:
    """One deal of the board."""

    deal: Deal
    pulse: Pulse
    word: State
    close: Close
    amount: str
    may_move: bool


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One column of the board, ready to be drawn; `place` is the first card's place in it, from 1."""

    column: Column
    cards: tuple[Card, ...]
    worth: tuple[str, ...]

    @property
    def stage(self) -> Stage:
        """Its stage."""
        return self.column.stage


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Who looks at which board, with which criteria."""

    user: User
    now: datetime
    pipeline: Pipeline
    asked: Asked

    @property
    def rows(self) -> Deals:
        """The deals that answer."""
        found = lists.matched(self.asked, user=self.user, now=self.now)
        return cast(Deals, found)

    @property
    def today(self) -> date:
        """The day where the reader lives."""
        return self.now.astimezone(timezone.get_current_timezone()).date()

    @property
    def since(self) -> datetime:
        """The first moment of the month."""
        local = self.now.astimezone(timezone.get_current_timezone())
        return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def looking(params: Mapping[str, str], *, user: User, now: datetime) -> Looking:
    """What an address asks of the board: a pipeline, and any criteria of the list but where a deal stands."""
    asked = lists.read(Module.DEAL, {key: told for key, told in params.items() if key not in ("stage", "state")})
    kept = {key: told for key, told in asked.filters.items() if key != "pipeline"}
    wanted = params.get("pipeline", "")
    there = pipelines.pipelines()
    chosen = next((one for one in there if str(one.pk) == wanted), there[0])
    return Looking(
        user=user,
        now=now,
        pipeline=chosen,
        asked=Asked(module=asked.module, text=asked.text, filters=kept, sort="name"),
    )


def drawn(look: Looking, found: Board) -> list[Drawn]:
    """The columns; the pulses of all cards are felt with one query."""
    felt = pulses(
        (deal for column in found.columns for deal in column.cards), after=look.pipeline.quiet_days, now=look.now
    )
    return [
        Drawn(column=column, cards=tuple(cards(look, column.cards, felt)), worth=told(column.worth))
        for column in found.columns
    ]


def cards(look: Looking, deals: Iterable[Deal], felt: Mapping[int, Pulse]) -> list[Card]:
    """Deals as cards."""
    zone = timezone.get_current_timezone()
    return [
        Card(
            deal=deal,
            pulse=felt[deal.pk],
            word=deal_words.pulse_word(felt[deal.pk], look.now, zone),
            close=deal_words.close_of(deal, look.today),
            amount=deal_words.worth(deal.amount, deal.currency) if deal.amount else "",
            may_move=policy.allows(look.user, Module.DEAL, "edit", deal),
        )
        for deal in deals
    ]


def more(look: Looking, stage: Stage, after: str) -> tuple[list[Card], str]:
    """The next cards of a column, and where those after them begin."""
    found, following = board.page(stage, look.rows, after=after)
    return cards(look, found, pulses(found, after=look.pipeline.quiet_days, now=look.now)), following


def read(look: Looking, sizes: Mapping[int, int] | None = None) -> Board:
    """The board with its sums."""
    return board.read(look.pipeline, look.rows, since=look.since, sizes=dict(sizes or {}))


def told(worth: Iterable[Worth]) -> tuple[str, ...]:
    """Sums in words, one for each currency."""
    return tuple(deal_words.worth(one.amount, one.currency) for one in worth if one.amount)


def weighted(worth: Iterable[Worth]) -> tuple[str, ...]:
    """The same, weighted by how likely they are."""
    return tuple(deal_words.worth(round(one.weighted, 0), one.currency) for one in worth if one.amount)


def sizes_of(text: str) -> dict[int, int]:
    """How many cards the reader has on the screen by stage, as `3:50,4:25`; what is not that says nothing."""
    found: dict[int, int] = {}
    for part in text[:500].split(","):
        stage, _colon, number = part.partition(":")
        if stage.isascii() and stage.isdigit() and number.isascii() and number.isdigit() and len(part) < 30:
            found[int(stage)] = min(max(int(number), board.CARDS), MOST_SHOWN)
    return found
