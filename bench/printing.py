"""What every program under bench/ prints: a table for people, or with `--json` one object a line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

PACE = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of QUALITY: ours, the limit or the peer it is held against, and whether more is better."""

    id: str
    what: str
    ours: float
    theirs: float | None
    ratio: float
    gate: float
    target: float
    stretch: float
    unit: str = ""
    more_is_better: bool = False
    note: str = ""

    @property
    def reached(self) -> str:
        """The best mark that the ratio reaches."""
        for name in ("stretch", "target", "gate"):
            mark: float = getattr(self, name)
            if (self.ratio >= mark) if self.more_is_better else (self.ratio <= mark):
                return name
        return "MISSED"


def show(figures: Iterable[Figure], *, as_json: bool) -> list[Figure]:
    """Print each figure as soon as it is known, and before and after them how fast the machine was; gives them all."""
    shown = []
    say(pace())
    if not as_json:
        print(f"{'':4} {'what':52} {'ours':>10} {'theirs':>10} {'ratio':>8}  {'gate':>6} {'target':>6} {'stretch':>7}")
    for figure in figures:
        print(json.dumps({**asdict(figure), "reached": figure.reached}) if as_json else _line(figure), flush=True)
        shown.append(figure)
    say(pace())
    return shown


def pace() -> str:
    """How fast Python runs here at this moment: rented machines differ by half from one hour to the next."""
    begun, added = time.perf_counter(), 0
    for number in range(PACE):
        added += number
    return f"     pace of this machine: {PACE:,} additions in {time.perf_counter() - begun:.2f} s"


def _line(figure: Figure) -> str:
    theirs = "" if figure.theirs is None else f"{figure.theirs:.2f}"
    told = (
        f"{figure.id:4} {figure.what:52} {figure.ours:>7.2f} {figure.unit:2} {theirs:>10} {figure.ratio:>8.2f}  "
        f"{figure.gate:>6g} {figure.target:>6g} {figure.stretch:>7g}  {figure.reached}"
    )
    return f"{told}  {figure.note}" if figure.note else told


def say(text: str) -> None:
    """A word to the person who waits; never among the figures."""
    print(text, file=sys.stderr, flush=True)
