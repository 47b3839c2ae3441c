"""The geometry of charts drawn on the server *(pure)*; DESIGN section 7. Widths are true to the counts.

`c1` people or done, `c2` not yet or unknown, `c3` the one thing to see, `c4` failed, `c5` apart or machine (hatched).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

LETTER = 6.3  # about the width of one letter of the 11-pixel labels
AIR = 24
APART = 6  # between two words below columns
WIDEST = 56.0  # a lone column is a bar, not a wall


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a whole: its word, its count, its tone, and where its people are listed."""

    word: str
    count: int
    tone: str = "c1"
    href: str = ""
    figure: str = ""

    @property
    def label(self) -> str:
        """What is written in its bar."""
        return f"{self.word} {self.figure or self.count}"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One rectangle, and the words in it."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    label: str = ""
    said: str = ""
    href: str = ""
    label_x: float = 0
    label_y: float = 0
    aside: str = ""
    aside_x: float = 0
    aside_ink: str = ""
    hatched: bool = False

    @property
    def ink(self) -> str:
        """The class of its words: light on dark tones, dark on light ones."""
        return {"c1": "t-on", "c3": "t-dark", "c4": "t-on"}.get(self.tone, "t-ink")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart ready for its template."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...] = ()
    names: tuple[tuple[float, str], ...] = ()


def partition(
    rows: Sequence[Sequence[Part]], whole: int, *, width: int = 1100, height: int = 32, gap: int = 4
) -> Drawing:
    """Stacked rows of one whole, each row starting at the left (MASS-08: sent, then delivered, then opened)."""
    bars: list[Bar] = []
    for number, row in enumerate(rows):
        bars.extend(_row(row, whole, y=number * (height + gap), width=width, height=height))
    return Drawing(width=width, height=max(len(rows) * (height + gap) - gap, 0), bars=tuple(bars))


def _row(row: Sequence[Part], whole: int, *, y: float, width: int, height: int) -> list[Bar]:
    bars: list[Bar] = []
    x = 0.0
    for part in row:
        share = width * part.count / whole if whole else 0
        if share > 0:
            bars.append(_bar(part, x=x, y=y, width=share, height=height))
        x += share
    return _with_aside(bars) if height >= 20 else bars


def _with_aside(bars: list[Bar]) -> list[Bar]:
    """A last part too narrow for its words lends them to its neighbour, at the right."""
    if len(bars) < 2 or bars[-1].label or not bars[-2].label:
        return bars
    host, narrow = bars[-2], bars[-1]
    words = f"{narrow.said} ›"
    if (len(host.label) + len(words)) * LETTER + 2 * AIR > host.width:
        return bars
    return [*bars[:-1], replace(narrow, aside=words, aside_x=round(narrow.x - 12, 1), aside_ink=host.ink)]


def _bar(part: Part, *, x: float, y: float, width: float, height: int) -> Bar:
    fits = height >= 20 and len(part.label) * LETTER + AIR <= width
    return Bar(
        x=round(x, 1),
        y=y,
        width=round(width, 1),
        height=height,
        tone=part.tone,
        label=part.label if fits else "",
        said=part.label,
        href=part.href,
        label_x=round(x + 12, 1),
        label_y=y + height / 2 + 4,
    )


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a stacked chart: the word below it and its values, bottom first."""

    word: str
    values: tuple[int, ...]


def columns(
    data: Sequence[Column], tones: Sequence[str], *, width: int = 680, height: int = 190, every: int = 1
) -> Drawing:
    """Stacked columns from zero, with at most three grid lines; `every`: how often a word is written below.

    Less often where two words would touch.
    """
    top, left, floor = 8.0, 34.0, height - 22.0
    ceiling = nice_ceiling(max((sum(column.values) for column in data), default=0))
    slot = (width - left) / max(len(data), 1)
    every = max(every, math.ceil((max((len(column.word) for column in data), default=0) * LETTER + APART) / slot))
    bars: list[Bar] = []
    names: list[tuple[float, str]] = []
    for number, column in enumerate(data):
        wide = min(slot * 0.72, WIDEST)
        x = left + slot * (number + 0.5) - wide / 2
        bars.extend(_column(column, tones, x=x, width=wide, floor=floor, scale=(floor - top) / ceiling))
        if number % every == 0:
            names.append((round(left + slot * (number + 0.5), 1), column.word))
    ticks = tuple((round(floor - (floor - top) * step / 2, 1), str(ceiling * step // 2)) for step in range(3))
    return Drawing(width=width, height=height, bars=tuple(bars), ticks=ticks, names=tuple(names))


def _column(column: Column, tones: Sequence[str], *, x: float, width: float, floor: float, scale: float) -> list[Bar]:
    bars: list[Bar] = []
    y = floor
    for value, tone in zip(column.values, tones, strict=True):
        tall = value * scale
        y -= tall
        if value:
            bars.append(
                Bar(x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(tall, 1), tone=tone,
                    hatched=tone == "c5")
            )  # fmt: skip
    return bars


def nice_ceiling(highest: int) -> int:
    """The round, even number at or above the highest column, so that half of it is whole too."""
    if highest <= 2:
        return 2
    size = 10 ** int(math.log10(highest))
    for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10):
        ceiling = int(size * step)
        if ceiling >= highest and ceiling % 2 == 0:
            return ceiling
    return highest + highest % 2


@dataclass(frozen=True, kw_only=True)
class Day:
    """The hours of a day: a bar each, and the stretch in which somebody works."""

    width: int
    height: int
    floor: float
    bars: tuple[Bar, ...]
    names: tuple[tuple[float, str], ...]
    work_x: float
    work_width: float


def day(
    counts: Sequence[int], *, opens: float, closes: float, best: int | None = None, width: int = 340, height: int = 46
) -> Day:
    """How often something happened at each hour; `best` is the one to see, work lies between two hours (9.5: 9:30)."""
    slot, floor, highest = width / 24, height - 16.0, max([*counts, 1])
    bars = tuple(
        Bar(
            x=round(slot * hour + slot * 0.18, 1),
            y=round(floor - (tall := max(2.0, (floor - 4) * count / highest)), 1),
            width=round(slot * 0.64, 1),
            height=round(tall, 1),
            tone="c3" if hour == best else "c1",
        )
        for hour, count in enumerate(counts)
        if count
    )
    names = tuple((round(slot * hour, 1), f"{hour}\u00a0h") for hour in (0, 6, 12, 18))
    return Day(
        width=width, height=height, floor=floor, bars=bars, names=names,
        work_x=round(slot * opens, 1), work_width=round(slot * (closes - opens), 1),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A share on a line, with the stretch in which the true one lies."""

    left: float
    right: float
    at: float
    width: int = 200


def interval(low: float, share: float, high: float, highest: float, *, width: int = 200) -> Interval:
    """A share between its bounds, on a line from nought to the highest bound of those it stands beside."""
    scale = (width - 8) / highest if highest > 0 else 0.0
    left, at, right = (round(4 + min(value, highest) * scale, 1) for value in (low, share, high))
    return Interval(left=left, right=max(right, left + 1), at=at, width=width)


def nested(values: Sequence[int], whole: int, *, width: int = 150) -> list[float]:
    """How wide the bars are that lie within each other, the widest first: a funnel in one line."""
    return [round(width * min(max(value / whole, 0.0), 1.0), 1) if whole > 0 else 0.0 for value in values]


def line(values: Sequence[int], *, width: int = 400, height: int = 60) -> tuple[str, str]:
    """A small curve: (the path of its line, the path of the area below it)."""
    highest = max([*values, 1])
    step = width / max(len(values) - 1, 1)
    points = [f"{step * n:.1f} {height - 2 - (height - 5) * value / highest:.1f}" for n, value in enumerate(values)]
    path = "M" + " L".join(points)
    return path, f"{path} L{width} {height} L0 {height}Z"
