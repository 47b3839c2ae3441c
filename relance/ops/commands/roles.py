"""`relance web | edge | worker`: one role in the foreground, for several machines."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from relance.ops import roles
from relance.ops.command import Command
from relance.ops.surroundings import find_home, require_secret


def _alone(run: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], int]:
    def in_the_foreground(options: argparse.Namespace) -> int:
        require_secret(find_home(options.data))
        run(options)
        return 0

    return in_the_foreground


def _listening(port: int) -> Callable[[argparse.ArgumentParser], None]:
    def arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=port, help="port to listen on (default: %(default)s)")

    return arguments


WEB = Command(
    name="web",
    summary="The pages and the API",
    run=_alone(lambda options: roles.run_web(host=options.host, port=options.port)),
    arguments=_listening(8000),
    example="relance web --host 0.0.0.0 --port 8000",
)
EDGE = Command(
    name="edge",
    summary="The public edge: pixel, links, unsubscribing, live updates",
    run=_alone(lambda options: roles.run_edge(host=options.host, port=options.port)),
    arguments=_listening(8001),
)
WORKER = Command(name="worker", summary="The jobs", run=_alone(lambda _: roles.run_worker()))
WORLD = Command(
    name="world",
    summary="The demo's mail server and its people",
    run=_alone(lambda _: roles.run_world()),
    hidden=True,
)
