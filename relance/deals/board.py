"""The board: the columns of a pipeline with their sums, a column's cards page by page, and the place of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from relance.deals import pipelines, rules
from relance.deals.models import Deal, Deals, Pipeline, Stage
from relance.deals.rules import GAP, Worth

CARDS = 25


@dataclass(frozen=True, kw_only=True)
class Column:
    """One stage with what stands in it: sums over all its deals, and the first of them."""

    stage: Stage
    count: int
    worth: tuple[Worth, ...]
    cards: tuple[Deal, ...]
    after: str = ""

    @property
    def left(self) -> int:
        """How many are not shown yet."""
        return self.count - len(self.cards)


@dataclass(frozen=True, kw_only=True)
class Board:
    """A pipeline as the board shows it."""

    pipeline: Pipeline
    columns: tuple[Column, ...]
    worth: tuple[Worth, ...]
    won: tuple[Worth, ...]
    lost: tuple[Worth, ...]

    @property
    def count(self) -> int:
        """How many open deals there are."""
        return sum(column.count for column in self.columns)


def read(pipeline: Pipeline, rows: Deals, *, since: datetime, sizes: dict[int, int] | None = None) -> Board:
    """The board of those deals; ends are counted since a moment. `sizes` asks for more cards in some columns.

    A fixed number of queries, and one for each column.
    """
    stages = pipelines.stages(pipeline)
    sums = _sums(rows.filter(pipeline=pipeline), since=since)
    columns = tuple(
        _column(stage, rows, sums.get(stage.pk, []), (sizes or {}).get(stage.pk, CARDS))
        for stage in stages
        if stage.is_open
    )
    ends = {stage.kind: _worth(stage, sums.get(stage.pk, [])) for stage in stages if not stage.is_open}
    return Board(
        pipeline=pipeline,
        columns=columns,
        worth=rules.totals(
            (currency, count, amount, column.stage.probability)
            for column in columns
            for currency, count, amount in sums.get(column.stage.pk, [])
        ),
        won=ends.get(Stage.Kind.WON, ()),
        lost=ends.get(Stage.Kind.LOST, ()),
    )


Sums = list[tuple[str, int, Decimal]]


def _sums(rows: Deals, *, since: datetime) -> dict[int, Sums]:
    """By stage and currency; of what has ended, only what ended lately."""
    lately = rows.filter(Q(state=Stage.Kind.OPEN) | Q(won_at__gte=since) | Q(lost_at__gte=since))
    found: dict[int, Sums] = {}
    told = lately.order_by().values_list("stage_id", "currency").annotate(Count("id"), Sum("amount"))
    for stage_id, currency, count, amount in told:
        found.setdefault(stage_id, []).append((currency, count, amount))
    return found


def _worth(stage: Stage, sums: Sums) -> tuple[Worth, ...]:
    return rules.totals((currency, count, amount, stage.probability) for currency, count, amount in sums)


def _column(stage: Stage, rows: Deals, sums: Sums, size: int) -> Column:
    cards, after = page(stage, rows, size=size)
    count = sum(number for _currency, number, _amount in sums)
    return Column(stage=stage, count=count, worth=_worth(stage, sums), cards=tuple(cards), after=after)


def page(stage: Stage, rows: Deals, *, after: str = "", size: int = CARDS) -> tuple[list[Deal], str]:
    """Some cards of a column from a cursor on (`position.id`), and where the next begin; empty at the end."""
    near = rows.filter(stage=stage)
    place, _, number = after.partition(".")
    if place.removeprefix("-").isdecimal() and number.isdecimal() and len(after) < 40:
        here = Q(position__gt=int(place)) | Q(position=int(place), id__gt=int(number))
        near = near.filter(here) if abs(int(place)) < 2**62 and int(number) < 2**62 else near.none()
    found = list(near.select_related("account", "owner").order_by("position", "id")[: size + 1])
    more, found = len(found) > size, found[:size]
    return found, f"{found[-1].position}.{found[-1].pk}" if more else ""


def top(stage_id: int) -> int:
    """The place above all cards of a column."""
    first: int | None = Deal.objects.filter(stage_id=stage_id).aggregate(first=Min("position"))["first"]
    return 0 if first is None else first - GAP


def place(stage_id: int, above: int | None, *, moving: int) -> int:
    """The place below a card of the column, or on its top; where no room is left, the column is laid out anew."""
    others = Deal.objects.filter(stage_id=stage_id).exclude(pk=moving)
    upper = others.filter(pk=above).values_list("position", "id").first() if above else None
    if upper is None:
        return top(stage_id)
    below = Q(position__gt=upper[0]) | Q(position=upper[0], id__gt=upper[1])
    lower = others.filter(below).order_by("position", "id").values_list("position", flat=True).first()
    found = rules.between(upper[0], lower)
    if found is None:
        _lay_out(list(others.order_by("position", "id").values_list("pk", flat=True)))
        return place(stage_id, above, moving=moving)
    return found


def _lay_out(order: list[int]) -> None:
    rows = [Deal(pk=pk, position=position) for pk, position in rules.laid_out(order).items()]
    Deal.objects.bulk_update(rows, ["position"], batch_size=1_000)
