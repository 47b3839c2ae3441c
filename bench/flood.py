"""T8 of QUALITY: a flood of openings and clicks while the database is stopped; everybody is answered, nothing is lost.

    python -m bench.flood [--rate 500] [--seconds 60] [--stopped 10]

The requests leave by the clock, each at its moment whether earlier ones have been answered or not; every third is a
click. A third of the way through PostgreSQL is stopped, and started again later. At the end each answered request is
looked for in the database, once. The web face is asked for its sign-in page all the while that the database is up.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench import machines
from bench.installation import SECRET, installation
from bench.printing import say
from relance.lib import keys, tokens
from relance.lib.tokens import Kind
from relance.ops.postgres import Embedded

LINES = 50  # connections, each with every fiftieth request
OPENED_BEFORE = 300  # those whose clicks the edge can lead on without asking the database
PATIENCE_SECONDS = 60


@dataclass(kw_only=True)
class Told:
    """What the clients saw: statuses with how often, and how long after its moment each answer came."""

    statuses: dict[int, int] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    lost: int = 0


async def flood(port: int, paths: Sequence[str], rate: float, told: Told) -> None:
    """Ask for every path at its moment."""
    begun = time.monotonic() + 0.1
    async with asyncio.TaskGroup() as group:
        for line in range(LINES):
            mine = [(begun + place / rate, place, paths[place]) for place in range(line, len(paths), LINES)]
            group.create_task(_line(port, mine, told))


async def _line(port: int, asked: Sequence[tuple[float, int, str]], told: Told) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for at, place, path in asked:
        await asyncio.sleep(at - time.monotonic())
        agent = f"{machines.AGENT} {place}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: edge\r\nUser-Agent: {agent}\r\n\r\n".encode())
        try:
            status = await _status(reader)
        except (OSError, asyncio.IncompleteReadError):
            told.lost += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        else:
            told.statuses[status] = told.statuses.get(status, 0) + 1
            told.late.append(time.monotonic() - at)
    writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    _, mark, length = head.partition("content-length:")
    await reader.readexactly(int(length.partition("\r\n")[0]) if mark else 0)
    return int(head.split()[1])


def _stop_meanwhile(server: Embedded, begin: float, stopped: float) -> None:
    """In the main thread: the kernel ends the server with the thread that started it."""
    time.sleep(begin)
    server.stop()
    say("the database is stopped")
    time.sleep(stopped)
    server.start()
    say("the database is back")


async def _visit(port: int, up: asyncio.Event, told: Told) -> None:
    """The sign-in page, twice a second."""
    while not up.is_set():
        begun = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /accounts/login/ HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")
            status = int((await reader.read()).split(None, 2)[1])
            writer.close()
        except (OSError, IndexError):
            told.lost += 1
        else:
            told.statuses[status] = told.statuses.get(status, 0) + 1
            told.late.append(time.monotonic() - begun)
        await asyncio.sleep(0.5)


async def _rain(ports: tuple[int, int], paths: Sequence[str], rate: float) -> None:
    edge, web, over = Told(), Told(), asyncio.Event()
    visits = asyncio.create_task(_visit(ports[1], over, web))
    await flood(ports[0], paths, rate, edge)
    over.set()
    await visits
    for name, told in (("edge", edge), ("web", web)):
        late = sorted(told.late)
        print(
            f"{name}: {dict(sorted(told.statuses.items()))}, {told.lost} without an answer, "
            f"p50 {late[len(late) // 2] * 1000:.0f} ms, p99 {late[len(late) * 99 // 100] * 1000:.0f} ms, "
            f"slowest {late[-1] * 1000:.0f} ms"
        )
    if edge.lost or set(edge.statuses) != {200, 302}:
        raise SystemExit("T8 FAILED: somebody was not answered as when all is well")


def _paths(ids: Sequence[int], count: int) -> list[str]:
    """Openings by people who have not opened yet, and clicks by those who have."""
    return [
        _path(Kind.OPEN, ids[OPENED_BEFORE + place]) if place % 3 else _path(Kind.CLICK, ids[place % OPENED_BEFORE])
        for place in range(count)
    ]


def _path(kind: Kind, recipient_id: int) -> str:
    key = keys.derive(SECRET, "tokens")
    if kind is Kind.OPEN:
        return f"/o/{tokens.sign(key, kind, recipient_id)}.gif"
    return f"/c/{tokens.sign(key, kind, recipient_id, 1)}"


def measure(server: Embedded, chosen: argparse.Namespace) -> None:
    """Prepare, let it rain, count."""
    from django.db import connection

    from bench import copies
    from relance.mail.models import Interaction, Recipient

    count = int(chosen.rate * chosen.seconds)
    sender = copies.boss()
    copies.people(count + OPENED_BEFORE)
    message = copies.mass_mail(sender)
    ids = list(Recipient.objects.filter(message=message).order_by("pk").values_list("pk", flat=True))
    connection.close()
    paths = _paths(ids, count)
    before = [_path(Kind.OPEN, id) for id in ids[:OPENED_BEFORE]]
    ports = machines.free_port(), machines.free_port()
    web = ["sh", "-c", 'exec "$0" "$@" 2>/dev/null', sys.executable, "-m", "relance", "web"]  # it will have to complain
    web += ["--host", "127.0.0.1", "--port", str(ports[1])]
    spool = Path(os.environ["RELANCE_HOME"]) / "spool"
    with machines.server(machines.edge(ports[0]), ports[0]), machines.server(web, ports[1]):
        asyncio.run(flood(ports[0], before, 200, Told()))
        with ThreadPoolExecutor(1) as thread:
            raining = thread.submit(asyncio.run, _rain(ports, paths, chosen.rate))
            _stop_meanwhile(server, chosen.seconds / 3, chosen.stopped)
            raining.result()
        begun = time.monotonic()
        while any(spool.glob("*.jsonl")) and time.monotonic() - begun < PATIENCE_SECONDS:
            time.sleep(0.1)
        left = "was empty" if not any(spool.glob("*.jsonl")) else "still held hits"
        print(f"the spool {left} {time.monotonic() - begun:.1f} s after the last answer")
    noted = Interaction.objects.count() - len(before)
    print(f"{count} requests, {noted} noted")
    if noted != count:
        raise SystemExit("T8 FAILED: what was answered is not what was noted")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--stopped", type=float, default=10, help="for how many of them the database is stopped")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    with installation() as server:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        measure(server, chosen)


if __name__ == "__main__":
    main()
