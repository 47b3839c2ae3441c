"""S1 to S5 and M1 of QUALITY: the whole way of a mass mail, with every promise of delivery kept.

    python -m bench.send [--json] [--quick] [--only S1,S3]

S1  mails a second / `smtp-source -d -s 16`, the C generator, with mails of the same size to the same smtp-sink
S2  mails a second / django-post-office with its defaults
S3  processor time a mail of all that send: gate, rendering, signing, protocol, client of the database; microseconds
S4  ten thousand recipients, from the launch to the last durable outcome, in seconds
S5  a relay that answers after 50 ms: mails a second / (connections / 50 ms), which is the most that it can take
M1  a sending process's peak memory at a million recipients / at a thousand, the larger in MB; the sum of all

The dispatcher is what `relance up` starts, in as many processes, over embedded PostgreSQL with its durable defaults:
leases, two commits a copy, suppression asked again in the second one, ten fields, five links, pixel, opt-out, tracking
on. We and the peer take turns on the same machine; the figure printed is the median of the pairs, five of them or more.
`--quick` takes fewer pairs and fewer mails and says so.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.installation import installation
from bench.printing import Figure, say, show

if TYPE_CHECKING:
    from bench.letters import House
    from bench.senders import Sending

LATE = 50
CONNECTIONS, FAR_CONNECTIONS = 64, 64
"""Ours: one commit serves all of them, so that many cost less than few; and with the relay far away."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is sent."""

    pairs: int = 5
    mails: int = 10_000
    peers_pairs: int = 5
    peers_mails: int = 400
    late_mails: int = 12_000
    crowd: int = 1_000_000
    note: str = ""


QUICK = Plan(
    pairs=3,
    mails=4_000,
    peers_pairs=2,
    peers_mails=100,
    late_mails=4_000,
    crowd=10_000,
    note="quick: fewer pairs and mails",
)


class Bench:
    """One installation, and the figures that are taken from it."""

    def __init__(self, house: House, url: str, plan: Plan, connections: int) -> None:
        self.house, self.url, self.plan, self.connections = house, url, plan, connections
        self._sent: list[tuple[Sending, float]] | None = None

    def pairs(self) -> list[tuple[Sending, float]]:
        """We, then smtp-source, then we again; the first pair only warms."""
        from bench import senders

        if self._sent is None:
            size = self.house.size_of_a_mail()
            self._sent = []
            with senders.sink() as port, senders.dispatcher() as ours:
                self.house.point_at(port, connections=self.connections)
                ours.send(self.house.draft(self.plan.mails // 10))
                for _ in range(self.plan.pairs):
                    sent = ours.send(self.house.draft(self.plan.mails))
                    theirs = senders.source(port, self.plan.mails, size)
                    self._sent.append((sent, theirs))
                    say(f"     {sent.mails / sent.seconds:8.0f} mails/s, smtp-source {sent.mails / theirs:8.0f}")
        return self._sent

    def s1(self) -> Figure:
        """Against the C generator."""
        pairs = self.pairs()
        return Figure(
            id="S1",
            what=f"whole send path over {self.connections} connections / smtp-source -d -s 16, mails a second",
            ours=median(sent.mails / sent.seconds for sent, _ in pairs),
            theirs=median(sent.mails / theirs for sent, theirs in pairs),
            ratio=median(theirs / sent.seconds for sent, theirs in pairs),
            gate=0.5,
            target=0.8,
            stretch=1.0,
            unit="/s",
            more_is_better=True,
            note=self.plan.note,
        )

    def s2(self) -> Figure:
        """Against the usual queue of Django."""
        from bench import senders

        rates: list[tuple[float, float]] = []
        with senders.sink() as port, senders.post_office(self.url, port) as theirs, senders.dispatcher() as ours:
            self.house.point_at(port, connections=self.connections)
            theirs.send(20)
            ours.send(self.house.draft(self.plan.mails // 10))
            for _ in range(self.plan.peers_pairs):
                sent = ours.send(self.house.draft(self.plan.mails))
                rates.append((sent.mails / sent.seconds, self.plan.peers_mails / theirs.send(self.plan.peers_mails)))
        return Figure(
            id="S2",
            what="whole send path / django-post-office, mails a second",
            ours=median(ours for ours, _ in rates),
            theirs=median(theirs for _, theirs in rates),
            ratio=median(ours / theirs for ours, theirs in rates),
            gate=10,
            target=25,
            stretch=30,
            unit="/s",
            more_is_better=True,
            note=self.plan.note,
        )

    def s3(self) -> Figure:
        """What a mail costs our own process."""
        cost = median(sent.processor / sent.mails for sent, _ in self.pairs()) * 1e6
        return Figure(
            id="S3",
            what="processor of the dispatcher a mail",
            ours=cost,
            theirs=None,
            ratio=cost,
            gate=150,
            target=90,
            stretch=70,
            unit="µs",
            note=self.plan.note,
        )

    def s4(self) -> Figure:
        """How long a list takes."""
        took = median(sent.seconds / sent.mails for sent, _ in self.pairs()) * 10_000
        return Figure(
            id="S4",
            what="10,000 recipients, launch to last durable outcome",
            ours=took,
            theirs=None,
            ratio=took,
            gate=2.5,
            target=1.2,
            stretch=1,
            unit="s",
            note=self.plan.note,
        )

    def s5(self) -> Figure:
        """A relay far away."""
        from bench import senders

        with senders.late_relay(LATE) as (port, rates), senders.dispatcher() as ours:
            self.house.point_at(port, connections=FAR_CONNECTIONS)
            ours.send(self.house.draft(self.plan.late_mails))
        most = FAR_CONNECTIONS / (LATE / 1000)
        return Figure(
            id="S5",
            what=f"a relay that answers in {LATE} ms, {FAR_CONNECTIONS} connections",
            ours=rates[0],
            theirs=most,
            ratio=rates[0] / most,
            gate=0.7,
            target=0.9,
            stretch=0.95,
            unit="/s",
            more_is_better=True,
            note=self.plan.note,
        )

    def m1(self) -> Figure:
        """Memory does not grow with the list. The ratio printed is the peak in MB, since the marks are."""
        from bench import senders

        peaks = []
        with senders.sink() as port:
            self.house.point_at(port, connections=self.connections)
            for people in (1_000, self.plan.crowd):
                with senders.dispatcher() as ours:
                    ours.send(self.house.crowd(people))
                    peaks.append(max(ours.peaks))
                    together = sum(ours.peaks)
                    processes = len(ours.peaks)
        few, many = peaks
        notes = (
            f"{many / few:.2f} times the peak at 1,000 recipients",
            f"{processes} processes, {together:.0f} MB together",
            self.plan.note,
        )
        return Figure(
            id="M1",
            what=f"peak memory of the sender at {self.plan.crowd:,} recipients",
            ours=many,
            theirs=few,
            ratio=many,
            gate=1.5 * few,
            target=80,
            stretch=50,
            unit="MB",
            note="; ".join(note for note in notes if note),
        )


def figures(bench: Bench, wanted: frozenset[str]) -> Iterator[Figure]:
    """The numbers, as they are known."""
    made: dict[str, Callable[[], Figure]] = {
        "S1": bench.s1, "S2": bench.s2, "S3": bench.s3, "S4": bench.s4, "S5": bench.s5, "M1": bench.m1,
    }  # fmt: skip
    for name, figure in made.items():
        if name in wanted or not wanted:
            yield figure()


def main() -> None:
    """Parse, prepare, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.send", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="fewer pairs and mails: ends within 50 s")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="of ours (default: %(default)s)")
    parser.add_argument("--only", default="", help="some of the figures: S1,S3")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    plan = QUICK if chosen.quick else Plan()
    with installation() as server:
        import django

        django.setup()
        from django.core.management import call_command

        from bench import senders
        from bench.letters import House

        if not senders.programs():
            raise SystemExit("smtp-source and smtp-sink are needed: they come with Debian's package postfix.")
        call_command("migrate", verbosity=0)
        bench = Bench(House(max(plan.mails, plan.late_mails)), server.url, plan, chosen.connections)
        wanted = frozenset(chosen.only.split(",")) - {""}
        show(figures(bench, wanted), as_json=chosen.json)


if __name__ == "__main__":
    main()
