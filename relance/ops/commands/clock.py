"""`relance clock show | advance 3d | reset`: the clock of a demo or test workspace (ADM-06)."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta

from relance.ops.command import Command, Refused, shared
from relance.ops.progress import Progress
from relance.ops.surroundings import find_home, workspace

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SPAN = re.compile(r"(?:\d+[wdhms])+")


def span(text: str) -> timedelta:
    """Read `3d`, `2h30m`, `1w`. Raises ArgumentTypeError for anything else."""
    if not SPAN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time: write 3d, 12h, 1d6h or 30m")
    parts = re.findall(r"(\d+)([wdhms])", text)
    return sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))


def show(_options: argparse.Namespace) -> None:
    """Nothing to change."""


def advance(options: argparse.Namespace) -> None:
    from relance.ops.travel import STEPS, travel

    progress = Progress("Advancing", STEPS)
    for _offset in travel(options.by):
        progress.step()


def reset(_options: argparse.Namespace) -> None:
    from relance.team.workspace import reset_clock

    reset_clock()


def run(options: argparse.Namespace) -> int:
    with workspace(find_home(options.data)):
        from relance.lib import clock
        from relance.team.workspace import ClockIsReal

        try:
            options.change(options)
        except ClockIsReal as problem:
            raise Refused("Only the clock of a demo or test workspace can be moved.") from problem
        print(f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, {_ahead(clock.offset())}")
    return 0


def _ahead(offset: timedelta) -> str:
    return f"{offset} ahead of the real time" if offset else "the real time"


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="show|advance|reset", required=True)
    verbs.add_parser("show", help="what time it is in the workspace", parents=[shared()]).set_defaults(change=show)
    forward = verbs.add_parser("advance", help="move it forward", parents=[shared()])
    forward.add_argument("by", type=span, metavar="SPAN", help="3d, 12h, 1d6h, 30m")
    forward.set_defaults(change=advance)
    verbs.add_parser("reset", help="return to the real time", parents=[shared()]).set_defaults(change=reset)


CLOCK = Command(
    name="clock",
    summary="Show or move the clock of a demo: clock show | advance 3d | reset",
    run=run,
    arguments=arguments,
    example="relance clock advance 3d",
)
