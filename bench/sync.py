"""How fast a mailbox is read for the first time (QUALITY I1 to I3), against mbsync and imap-tools on one Dovecot.

python -m bench.sync [--json] [--quick] [--mails 10000] [--pairs 5]

Dovecot is started by itself on loopback. Ours is the whole first synchronisation: fetched, stored raw, classified,
tied, threaded, written to PostgreSQL with fsync on. mbsync copies the same mails to a Maildir, with its fsync on;
imap-tools fetches them one by one, its way unless told otherwise, parses them and keeps nothing. Said beside: the same
250 a command, and imaplib that fetches 250 a command and throws all away, quicker than which nothing in Python can
be. Each pair runs ours and theirs one after the other.

I1 and I2 are taken on loopback. I3 is taken over a way of 20 ms, as to a mailbox that is somewhere else, with 1,000
mails; what it is on loopback is said beside, where nothing that parses and stores can be several times as fast as what
only parses (docs/decisions/0027).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.far_way import far_way
from bench.installation import installation
from bench.mailbag import mails
from bench.printing import Figure, say, show
from tests.mail.inbound.dovecot import Dovecot, dovecot

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MBSYNC = """
IMAPAccount there
Host 127.0.0.1
Port {port}
User {user}
Pass geheim
SSLType None
AuthMechs LOGIN

IMAPStore there-store
Account there

MaildirStore here-store
Path {home}/
Inbox {home}/INBOX

Channel all
Far :there-store:
Near :here-store:
Sync Pull
Create Near
SyncState *
"""


BULK, FLOOR = "imap-tools in bulk", "imaplib alone"
FAR, FAR_MAILS, FAR_PAIRS = 20, 1_000, 3
"""The round trip to a mailbox somewhere else, in milliseconds; how many mails are read over it, and how often."""


@dataclass(frozen=True)
class Reached:
    """A Dovecot, and the port at which it is reached."""

    server: Dovecot
    port: int


def ours(there: Reached) -> tuple[float, float]:
    """A first synchronisation into an empty mailbox: seconds until all is linkable, and until all is stored."""
    from relance.mail.inbound import fetch
    from relance.mail.models import Location, Mailbox, Received
    from relance.mail.transport.imap_line import Server
    from relance.mail.transport.relay import Security

    server = there.server
    Mailbox.objects.all().delete()
    box = Mailbox.objects.create(name="Bench", address="equipe@helionne.example", host="127.0.0.1")
    at = Server(
        host="127.0.0.1", port=there.port, security=Security.NONE, username=server.user, password="geheim"
    )  # fmt: skip
    begun, linkable = time.perf_counter(), 0.0

    def linked() -> None:
        nonlocal linkable
        linkable = time.perf_counter() - begun

    while not fetch.synchronise(box, at, now=NOW, on_heads=linked).is_finished:
        pass
    took = time.perf_counter() - begun
    stored, places = Received.objects.filter(mailbox=box).exclude(kind=""), Location.objects.filter(received=None)
    assert stored.count() == server.count, f"{stored.count()} of {server.count} mails were read"
    assert not places.exists()
    return linkable, took


def mbsync(there: Reached) -> float:
    """The same mails by mbsync, into an empty Maildir."""
    server = there.server
    home = Path(tempfile.mkdtemp(prefix="relance-mbsync-"))
    try:
        (home / "conf").write_text(MBSYNC.format(port=there.port, user=server.user, home=home))
        begun = time.perf_counter()
        subprocess.run(["mbsync", "-c", str(home / "conf"), "-a"], check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - begun
        copied = sum(1 for folder in ("cur", "new") for _ in (home / "INBOX" / folder).iterdir())
        assert copied == there.server.count, f"mbsync brought {copied} of {there.server.count} mails"
        return took
    finally:
        shutil.rmtree(home, ignore_errors=True)


def imap_tools(there: Reached, *, bulk: int | bool = False) -> float:
    """The same mails by imap-tools, each parsed as its users do: subject, text, attachments."""
    from imap_tools import MailBoxUnencrypted

    server = there.server
    begun, count = time.perf_counter(), 0
    with MailBoxUnencrypted("127.0.0.1", port=there.port).login(server.user, "geheim") as box:
        for mail in box.fetch(mark_seen=False, bulk=bulk):
            count += bool((mail.subject, mail.from_, mail.text, mail.html, mail.attachments, mail.date))
    took = time.perf_counter() - begun
    assert count == server.count, f"imap-tools brought {count} of {server.count} mails"
    return took


def imap_tools_in_bulk(there: Reached) -> float:
    """The same, 250 a command."""
    return imap_tools(there, bulk=250)


def nothing_but_fetching(there: Reached) -> float:
    """The same mails by imaplib, 250 a command, and thrown away."""
    server = there.server
    begun, count = time.perf_counter(), 0
    with server.client() as client:
        client.select("INBOX", readonly=True)
        for first in range(1, server.count + 1, 250):
            heard = client.fetch(f"{first}:{first + 249}", "(BODY.PEEK[])")[1]
            count += sum(isinstance(part, tuple) for part in heard)
    took = time.perf_counter() - begun
    assert count == server.count, f"imaplib brought {count} of {server.count} mails"
    return took


def figures(many: int, pairs: int) -> Iterator[Figure]:
    """Fill a mailbox, then measure in pairs."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    peers: dict[str, Callable[[Reached], float]] = {FLOOR: nothing_but_fetching}
    if shutil.which("mbsync"):
        peers["mbsync"] = mbsync
    else:
        say("mbsync is not here (Debian: apt-get install isync), so I1 and I2 are left out.")
    try:
        import imap_tools as _found  # noqa: F401

        peers |= {"imap-tools": imap_tools, BULK: imap_tools_in_bulk}
    except ImportError:
        say("imap-tools is not here (pip install -e .[dev]), so I3 is left out.")
    with dovecot() as server:
        server.fill(mails(many))
        near = Reached(server, server.port)
        runs = [_round(near, peers) for _ in range(pairs + 1)][1:]  # the first warms the server's caches
    yield from _told(runs, many)
    if "imap-tools" in peers:
        beside = ratio(runs, "whole", "imap-tools")
        yield _far(f"on loopback, {many:,} mails: {beside:.2f}")


def ratio(runs: list[dict[str, float]], own: str, peer: str) -> float:
    """How many times as long the peer takes, the median of the rounds."""
    return median(run[peer] / run[own] for run in runs)


def _round(there: Reached, peers: Mapping[str, Callable[[Reached], float]]) -> dict[str, float]:
    linkable, whole = ours(there)
    found = {"linkable": linkable, "whole": whole} | {name: peer(there) for name, peer in peers.items()}
    say(", ".join(f"{name} {took:.2f} s" for name, took in found.items()))
    return found


def _told(runs: list[dict[str, float]], many: int) -> Iterator[Figure]:
    note = f"{many:,} mails, {len(runs)} pairs"
    for id, what, own, peer, gate, target, stretch in (
        ("I1", "first synchronisation / mbsync", "whole", "mbsync", 0.3, 0.6, 1.0),
        ("I2", "linkable after the headers / mbsync", "linkable", "mbsync", 2, 5, 10),
    ):
        if all(peer in run for run in runs):
            yield Figure(
                id=id, what=what, ours=median(run[own] for run in runs), theirs=median(run[peer] for run in runs),
                ratio=ratio(runs, own, peer), gate=gate, target=target, stretch=stretch, unit="s",
                more_is_better=True, note=note,
            )  # fmt: skip
    if all("imap-tools" in run for run in runs):
        for name in (BULK, FLOOR):
            part, slower = ratio(runs, "whole", name), ratio(runs, name, "imap-tools")
            say(f"     {name}: {part:.2f} of our time; imap-tools takes {slower:.1f} times as long")


def _far(beside: str) -> Figure:
    """I3, over a way as long as most."""
    with dovecot() as server, far_way(server.port, FAR) as port:
        server.fill(mails(FAR_MAILS))
        there = Reached(server, port)
        ours(Reached(server, server.port))  # warms the server's caches
        peers = {"imap-tools": imap_tools, BULK: imap_tools_in_bulk, FLOOR: nothing_but_fetching}
        runs = [_round(there, peers) for _ in range(FAR_PAIRS)]
    return Figure(
        id="I3", what=f"first synchronisation / imap-tools, over a way of {FAR} ms",
        ours=median(run["whole"] for run in runs), theirs=median(run["imap-tools"] for run in runs),
        ratio=ratio(runs, "whole", "imap-tools"), gate=3, target=6, stretch=6, unit="s", more_is_better=True,
        note=f"{FAR_MAILS:,} mails, {FAR_PAIRS} pairs; in bulk {ratio(runs, 'whole', BULK):.2f}; {beside}",
    )  # fmt: skip


def main(words: list[str]) -> int:
    """Print the figures; 1 if one misses its gate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a few mails, within a minute")
    parser.add_argument("--mails", type=int)
    parser.add_argument("--pairs", type=int)
    given = parser.parse_args(words)
    many, pairs = given.mails or (1_000 if given.quick else 10_000), given.pairs or (3 if given.quick else 5)
    with installation():
        import django

        django.setup()
        shown = show(figures(many, pairs), as_json=given.json)
    return int(any(each.reached == "MISSED" for each in shown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
