"""The dispatcher: a process that sends what is due, or its share. Any number may run, on any number of machines."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from relance.lib import clock, outage
from relance.mail.mailboxes import relay_of
from relance.mail.models import Mailbox
from relance.mail.outbound.engine import Engine
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.own_line import Connect
from relance.mail.outbound.share import Share
from relance.mail.transport.relay import Relay

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
OF_DJANGO = ("cursor_factory", "context", "prepare_threshold", "server_side_binding")


def run_dispatcher(
    stop: threading.Event,
    *,
    tick: Callable[[datetime], None] | None = None,
    manners: Manners | None = None,
    share: Share | None = None,
) -> None:
    """Send what is due until `stop` is set. `tick` is called about once a second where Django may be used."""
    ticker = threading.Thread(target=_tick, args=(stop, tick), name="dispatcher-tick", daemon=True)
    if tick:
        ticker.start()
    connect = _connector()
    gc.freeze()  # what was imported stays; looking through it again and again costs a fifth of the sending
    gc.set_threshold(5_000, 20, 20)  # a copy leaves nothing behind that holds itself
    asyncio.run(_run(connect, stop, manners, share))
    if tick:
        ticker.join()


async def _run(connect: Connect, stop: threading.Event, manners: Manners | None, share: Share | None) -> None:
    await Engine(connect, relay_of=_relay, manners=manners, share=share).run(stop)


def _connector() -> Connect:
    """How to reach the database of Django's settings without Django, for the hot path."""
    given = {name: value for name, value in connection.get_connection_params().items() if name not in OF_DJANGO}

    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(**given, autocommit=True, application_name="relance dispatcher")

    return connect


def _relay(mailbox_id: int) -> Relay:
    close_old_connections()
    return relay_of(Mailbox.objects.get(pk=mailbox_id))


def _tick(stop: threading.Event, tick: Callable[[datetime], None]) -> None:
    while not stop.wait(TICK_SECONDS):
        try:
            close_old_connections()
            tick(clock.now())
        except (OperationalError, InterfaceError) as error:
            outage.database.away(error)
        except Exception:
            logger.exception("a tick of the schedule failed")
    connection.close()
