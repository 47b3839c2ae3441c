"""`relance healthy web | edge | worker`: the question of a container's healthcheck, answered by the exit code."""

from __future__ import annotations

import argparse
import http.client
import os
from pathlib import Path
from urllib.parse import urlsplit

from relance.lib.home import database_url
from relance.ops.command import Command
from relance.ops.surroundings import settle_home

PORTS = {"web": 8000, "edge": 8001}
ADDRESSES = {"web": "RELANCE_URL", "edge": "RELANCE_EDGE_URL"}
SIGN_OF_LIFE = "SELECT coalesce(max(last_heartbeat) > now() - interval '1 minute', false) FROM procrastinate_workers"


def run(options: argparse.Namespace) -> int:
    home = settle_home(options.data)
    if options.role == "worker":
        return 0 if a_worker_lives(home) else 1
    name = os.environ.get(ADDRESSES[options.role], "http://localhost")
    return 0 if answers("127.0.0.1", options.port or PORTS[options.role], name=name) else 1


def answers(host: str, port: int, *, name: str) -> bool:
    """Whether what listens there says that it can serve; `name` is its public address, which it may insist on."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in ("0.0.0.0", "") else host, port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(name).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def a_worker_lives(home: Path) -> bool:
    """Asked without Django: a healthcheck should cost nothing."""
    import psycopg

    try:
        with psycopg.connect(database_url(os.environ, home), connect_timeout=2) as connection:
            row = connection.execute(SIGN_OF_LIFE).fetchone()
    except psycopg.Error:
        return False
    return row is not None and bool(row[0])


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", choices=("web", "edge", "worker"))
    parser.add_argument("--port", type=int)


HEALTHY = Command(name="healthy", summary="Whether a role serves", run=run, arguments=arguments, hidden=True)
