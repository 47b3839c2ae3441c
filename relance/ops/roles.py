"""The kinds of process: each runs alone on any machine, or with the others under `relance up`."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from importlib import import_module

from relance.lib import logs

# Requests mostly wait for the database; the server itself warns above this.
WEB_THREADS = 2 * (os.cpu_count() or 1) + 1
WORKER_JOBS = 4
# What each role may hold of the database at once, and room for commands, backups and people who look.
WORKER_POOL, LISTENER, COURIER, SCHEDULE, EDGE, DISPATCHER, WORLD, ROOM = 5, 5, 1, 1, 6, 7, 10, 20
BESIDE_DISPATCHERS = WEB_THREADS + WORKER_JOBS + WORKER_POOL + LISTENER + COURIER + SCHEDULE + EDGE + WORLD + ROOM
# A worker or a dispatcher that is asked to stop finishes what it holds, within the supervisor's patience.
GRACE = 5
SETTINGS, DISPATCHER_SETTINGS = "relance.config.settings", "relance.config.dispatcher"


def run_web(*, host: str, port: int, threads: int = WEB_THREADS) -> None:
    """The pages and the API."""
    _serve("relance.config.wsgi:application", "wsgi", host=host, port=port, threads=threads)


def run_edge(*, host: str, port: int) -> None:
    """The public edge: pixel, links, unsubscribing, and the live stream to open pages."""
    try:
        run = import_module("relance.edge.main").run  # by name, as a server is given an application
    except ImportError:  # no llhttp here: any RSGI server will do
        _serve("relance.edge.app:app", "rsgi", host=host, port=port, threads=None)
    else:
        logs.configure(os.environ.get("RELANCE_LOG", "WARNING"))
        run(host=host, port=port)


def run_worker() -> None:
    """The job engine's worker, and beside it what is due by the clock, the ear for new mail, the courier of webhooks.

    Finished jobs are deleted, since a long table slows every poll.
    """
    _django()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    import relance.reactions  # noqa: F401  with the schedule it declares every job
    from relance import schedule
    from relance.mail.inbound import jobs
    from relance.mail.inbound.idle import Listener
    from relance.webhooks.courier import Courier

    async def work() -> None:
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        worker = app.with_connector(connector.get_worker_connector())
        async with worker.open_async():
            await worker.run_worker_async(
                concurrency=WORKER_JOBS, delete_jobs="successful", shutdown_graceful_timeout=GRACE
            )

    stop = threading.Event()
    beside = [
        threading.Thread(target=schedule.run, args=(stop,), name="schedule", daemon=True),
        threading.Thread(target=Listener(jobs.wake).run, args=(stop,), name="idle", daemon=True),
        threading.Thread(target=Courier().run, args=(stop,), name="webhooks", daemon=True),
    ]
    for thread in beside:
        thread.start()
    try:
        asyncio.run(work())
    finally:
        stop.set()
        for thread in beside:
            thread.join(GRACE)


def run_dispatcher(share: str = "1/1") -> None:
    """The loop that claims due mail and sends it."""
    _django(DISPATCHER_SETTINGS)
    from relance.mail.jobs import run_dispatcher as dispatch
    from relance.mail.outbound.share import share_of

    dispatch(stop_on_signal(), share=share_of(share))


def run_world() -> None:
    """The demo's mail server and its population."""
    _django()
    from relance.ops import world

    world.run(stop_on_signal())


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _django(instead: str = "") -> None:
    """Start Django; `instead` of the usual settings, unless somebody has chosen others."""
    import django

    if os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS) == SETTINGS and instead:
        os.environ["DJANGO_SETTINGS_MODULE"] = instead
    django.setup()


def _serve(target: str, interface: str, *, host: str, port: int, threads: int | None) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    serve: Callable[[], None] = Server(
        target,
        address=host,
        port=port,
        interface=Interfaces(interface),
        blocking_threads=threads,
        workers=1,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.SERVER,
        workers_kill_timeout=GRACE,
    ).serve
    serve()
