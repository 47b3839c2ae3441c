"""`relance up` and `relance demo`: everything on this machine, as one supervised group."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from relance.ops import roles
from relance.ops.command import Command, Refused
from relance.ops.commands.dispatcher import command_of, dispatchers, how_many, processes_argument
from relance.ops.commands.healthy import answers
from relance.ops.demo_sign_in import DEMO_EMAIL, DEMO_PASSWORD
from relance.ops.demo_words import BY_LANGUAGE, spoken
from relance.ops.postgres import Embedded, is_running
from relance.ops.process import die_with_parent
from relance.ops.supervisor import Role, Supervisor
from relance.ops.surroundings import prepare_home, settle_home

BETWEEN_QUESTIONS = 0.2
SEEN_FIRST = ("web", "edge")


def run_up(options: argparse.Namespace) -> int:
    return _run(options)


def run_demo(options: argparse.Namespace) -> int:
    return _run(options, demo=options.language or spoken())


def _run(options: argparse.Namespace, *, demo: str = "") -> int:
    """Database, migrations, roles, and then the address; until a signal comes. `demo` is the language of a demo."""
    signal.signal(signal.SIGTERM, _end)
    processes = how_many(options.processes)
    home = settle_home(options.data, demo=bool(demo))
    edge_port = options.edge_port or options.port + 1
    _settle_addresses(options.port, edge_port)
    if not os.environ.get("DATABASE_URL") and is_running(home):
        raise Refused(f"Relance already runs on {home}. Stop it first, or choose another folder with --data.")
    for port in (options.port, edge_port):
        require_free(options.host, port)
    prepare_home(home)
    database = _start_database(home, processes)
    try:
        _prepare_workspace(demo=demo)
        group = _roles(host=options.host, port=options.port, edge_port=edge_port, processes=processes, demo=bool(demo))
        ready = _announcement(options.host, options.port, demo=bool(demo))
        Supervisor(group, out=sys.stdout, database=database, is_ready=ready).run()
    finally:
        if database is not None:
            database.stop()
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    """While starting; as process 1 of a container a signal without this would be ignored."""
    sys.exit(143)


def _settle_addresses(port: int, edge_port: int) -> None:
    """The public addresses that pages and mails name, unless the environment says better."""
    os.environ.setdefault("RELANCE_URL", f"http://localhost:{port}")
    os.environ.setdefault("RELANCE_EDGE_URL", f"http://localhost:{edge_port}")


def require_free(host: str, port: int) -> None:
    """Raises Refused when another program listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise Refused(
                f"Port {port} is taken ({problem.strerror}). Choose others with --port and --edge-port."
            ) from None


def _start_database(home: Path, processes: int) -> Embedded | None:
    if os.environ.get("DATABASE_URL"):
        tell("Using the database of DATABASE_URL")
        return None
    tell(f"Starting the database in {home}")
    database = Embedded(home, max_connections=roles.BESIDE_DISPATCHERS + processes * roles.DISPATCHER)
    if database.place.root != home:
        tell(f"The database's user cannot pass through {home}; the database is in {database.place.root}")
    database.start()
    return database


def _prepare_workspace(*, demo: str) -> None:
    """Migrations, static files and the example company, in a process of their own: this one stays small."""
    words = ["migrate", "--assets", *(["--demo-workspace", demo] if demo else [])]
    prepared = subprocess.run(command_of(*words), preexec_fn=die_with_parent(signal.SIGTERM))
    if prepared.returncode != 0:
        raise Refused("The workspace could not be prepared; the lines above say why. Nothing was started.")


def _roles(*, host: str, port: int, edge_port: int, processes: int, demo: bool) -> list[Role]:
    commands = {
        "web": command_of("web", "--host", host, "--port", str(port)),
        "edge": command_of("edge", "--host", host, "--port", str(edge_port)),
        "worker": command_of("worker"),
        **dispatchers(processes),
    }
    if demo:
        commands["world"] = command_of("world")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return [
        Role(name=name, argv=argv, environment=environment, can_wait=name not in SEEN_FIRST)
        for name, argv in commands.items()
    ]


def _announcement(host: str, port: int, *, demo: bool) -> Callable[[], bool]:
    """Asked until the pages can be served; then it prints the box, once."""
    last = float("-inf")

    def is_ready() -> bool:
        nonlocal last
        if time.monotonic() - last < BETWEEN_QUESTIONS:
            return False
        last = time.monotonic()
        if not answers(host, port, name=os.environ["RELANCE_URL"]):
            return False
        print(box(sign_in_lines(demo=demo)), flush=True)
        return True

    return is_ready


def sign_in_lines(*, demo: bool) -> list[str]:
    """What a newcomer needs to know now."""
    address = os.environ["RELANCE_URL"]
    command = os.environ.get("RELANCE_COMMAND", "relance")
    if demo:
        return [
            "Relance is ready, with its example company.",
            "",
            f"  Open       {address}",
            f"  E-mail     {DEMO_EMAIL}",
            f"  Password   {DEMO_PASSWORD}",
            "",
            f"Stop: Ctrl-C.   Move the demo's clock: {command} clock advance 3d",
        ]
    return [
        "Relance is ready.",
        "",
        f"  Open       {address}",
        "  The first visitor names the organisation and becomes its administrator.",
        "",
        f"Stop: Ctrl-C.   What is missing: {command} doctor",
    ]


def box(lines: list[str]) -> str:
    """The lines in a frame that stands out among the output of the roles."""
    width = max(map(len, lines))
    middle = [f"│ {line:<{width}} │" for line in lines]
    return "\n".join(["", "┌" + "─" * (width + 2) + "┐", *middle, "└" + "─" * (width + 2) + "┘", ""])


def tell(sentence: str) -> None:
    print(f"· {sentence}", flush=True)


def demo_arguments(parser: argparse.ArgumentParser) -> None:
    arguments(parser)
    words = "language of the example company, when it is made (default: the machine's, if it is one of these)"
    parser.add_argument("--language", choices=tuple(BY_LANGUAGE), help=words)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="port of the pages (default: %(default)s)")
    parser.add_argument("--edge-port", type=int, help="port of the public edge (default: the next one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    processes_argument(parser)


UP = Command(
    name="up",
    summary="Start Relance: database, pages, edge, worker, dispatcher",
    run=run_up,
    arguments=arguments,
    example="relance up --port 8080 --data /srv/relance",
)
DEMO = Command(
    name="demo",
    summary="Start it with an example company and its mail world",
    run=run_demo,
    arguments=demo_arguments,
    example="relance demo --language fr",
)
