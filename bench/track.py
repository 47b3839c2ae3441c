"""T1, T2, T3 and L4 of QUALITY: openings that are durable before the answer, and the statistics of a mass mail.

    python -m bench.track [--json] [--quick] [--events N] [--only L4]

T1  openings a second over 64 kept connections / what nginx gives with empty_gif: a pixel that remembers nothing
T2  the same / a Django view that INSERTs one row a request (granian, WSGI)
T3  99th percentile of an opening at 64 connections in a closed loop
L4  all queries of a mass mail's statistics with ten million events

Our edge runs as in an installation, against embedded PostgreSQL with its durable defaults; each opening is another
copy's, so nothing is answered from memory, every answer is counted against the rows, and the clock runs until the last
one is noted and counted. wrk asks all three servers,
in turn; the figures are medians of the rounds. `--quick` takes fewer rounds and events, and says so; `--events` sets
their number, and `--only L4` leaves the servers alone. Beside each round stands what an opening costs the processor: on
a machine that does other things as well it says more than the clock.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import machines
from bench.installation import installation
from bench.machines import Load
from bench.printing import Figure, say, show

if TYPE_CHECKING:
    from relance.mail.models import Message

CONNECTIONS = 64


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    copies: int
    rounds: int
    seconds: float
    events: int


FULL = Size(copies=100_000, rounds=7, seconds=3, events=10_000_000)
QUICK = Size(copies=60_000, rounds=3, seconds=2, events=1_000_000)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What the three servers did in one round, and the processor time of an opening, in microseconds."""

    ours: Load
    limit: Load
    plain: Load
    busy: float  # of the edge
    database: float


def rounds(message: Message, size: Size, database: int) -> Iterator[Round]:
    """Ask the three servers in turn; the first round only warms."""
    with tempfile.TemporaryDirectory(prefix="relance-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        ports = [machines.free_port() for _ in range(3)]
        with (
            machines.server(machines.edge(ports[0]), ports[0]) as edge,
            machines.server(machines.nginx(folder, ports[1]), ports[1]),
            machines.server(machines.django(ports[2]), ports[2]),
        ):
            for turn in range(size.rounds + 1):
                told = _round(message, folder / "openings", ports, (edge, database), turn, size.seconds if turn else 1)
                if turn:
                    yield told


def _round(
    message: Message, file: Path, ports: list[int], processes: tuple[int, int], turn: int, seconds: float
) -> Round:
    from bench.copies import write_openings
    from relance.mail.models import Interaction

    written = write_openings(message, file, turn=turn)
    edge, database = processes
    before = Interaction.objects.count()
    spent = machines.processor_seconds(edge), machines.family_seconds(database)
    ours = _until_noted(machines.load(ports[0], file, connections=CONNECTIONS, seconds=seconds))
    busy = (machines.processor_seconds(edge) - spent[0]) * 1e6 / ours.requests
    wrote = (machines.family_seconds(database) - spent[1]) * 1e6 / ours.requests
    noted = Interaction.objects.count() - before
    if ours.requests <= written and noted < ours.requests:
        raise AssertionError(f"{ours.requests} openings were answered, {noted} are durable")
    limit = machines.load(ports[1], file, connections=CONNECTIONS, seconds=seconds)
    plain = machines.load(ports[2], file, connections=CONNECTIONS, seconds=seconds)
    say(
        f"     round {turn}: ours {ours.rate:,.0f}/s (p50 {ours.p50:.1f}, p99 {ours.p99:.1f} ms, "
        f"{busy:.0f} µs of the edge, {wrote:.0f} of PostgreSQL), nginx {limit.rate:,.0f}/s, Django {plain.rate:,.0f}/s"
    )
    return Round(ours=ours, limit=limit, plain=plain, busy=busy, database=wrote)


def _until_noted(load: Load) -> Load:
    """The time until the last opening is not only durable but noted and counted belongs to the load."""
    from relance.mail.models import Jotting

    ended = time.monotonic()
    while Jotting.objects.exists():
        time.sleep(0.005)
    return replace(load, seconds=load.seconds + time.monotonic() - ended)


def figures(size: Size, database: int, *, servers: bool) -> Iterator[Figure]:
    """The numbers, as they are known."""
    from django.db import connection

    from bench import copies, statistics

    sender = copies.boss()
    copies.people(size.copies)
    message = copies.mass_mail(sender)
    with connection.cursor() as cursor:
        cursor.execute(machines.PLAIN_TABLE)
        cursor.execute("VACUUM ANALYZE")
    if servers and machines.programs():
        yield from _tracked(list(rounds(message, size, database)), "" if size.rounds == FULL.rounds else "quick: ")
    yield statistics.figure(message, size.events, "" if size.events >= FULL.events else f"not {FULL.events:,}; ")


def _tracked(told: list[Round], quick: str) -> Iterator[Figure]:
    ours = median(each.ours.rate for each in told)
    busy = median(each.busy for each in told)
    wrote = median(each.database for each in told)
    note = f"{quick}median of {len(told)} rounds; {busy:.0f} µs of the edge and {wrote:.0f} of PostgreSQL each"
    yield Figure(
        id="T1", what="durable openings a second / nginx empty_gif", ours=ours, unit="/s",
        theirs=median(each.limit.rate for each in told),
        ratio=median(each.ours.rate / each.limit.rate for each in told),
        gate=0.12, target=0.20, stretch=0.30, more_is_better=True, note=note,
    )  # fmt: skip
    yield Figure(
        id="T2", what="the same / a Django view that INSERTs a row", ours=ours, unit="/s",
        theirs=median(each.plain.rate for each in told),
        ratio=median(each.ours.rate / each.plain.rate for each in told),
        gate=4, target=7, stretch=9, more_is_better=True, note=note,
    )  # fmt: skip
    p99 = median(each.ours.p99 for each in told)
    yield Figure(
        id="T3", what="p99 of a durable opening, 64 connections", ours=p99, theirs=None, ratio=p99, unit="ms",
        gate=80, target=30, stretch=15, note=f"p50 {median(each.ours.p50 for each in told):.1f} ms",
    )  # fmt: skip


def main() -> None:
    """Parse, prepare, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.track", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, copies and events: ends within 50 s")
    parser.add_argument("--events", type=int, help="how many events the statistics are of")
    parser.add_argument("--only", choices=["L4"], help="nothing but the statistics")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else FULL
    size = replace(size, events=chosen.events or size.events)
    logging.disable(logging.WARNING)
    with installation() as server:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        show(figures(size, server.pid or 0, servers=chosen.only is None), as_json=chosen.json)


if __name__ == "__main__":
    main()
