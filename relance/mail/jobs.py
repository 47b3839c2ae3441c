"""The dispatcher: a process that sends what is due, or its share. Any number may run, on any number of machines."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import psycopg
from django.db import close_old_connections, connection

from relance.mail.mailboxes import relay_of
from relance.mail.models import Mailbox
from relance.mail.outbound.engine import Engine
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.own_line import Connect
from relance.mail.outbound.share import Share
from relance.mail.transport.relay import Relay

OF_DJANGO = ("cursor_factory", "context", "prepare_threshold", "server_side_binding")


def run_dispatcher(stop: threading.Event, *, manners: Manners | None = None, share: Share | None = None) -> None:
    """Send what is due until `stop` is set."""
    connect = _connector()
    gc.freeze()  # what was imported stays; looking through it again and again costs a fifth of the sending
    gc.set_threshold(5_000, 20, 20)  # a copy leaves nothing behind that holds itself
    asyncio.run(_run(connect, stop, manners, share))


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
