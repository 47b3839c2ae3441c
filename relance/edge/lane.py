"""One connection on the event loop: prepared statements sent, their answers heard, without a thread or a task."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from relance.edge.bundle import numbered
from relance.edge.pens import connect
from relance.lib import live
from relance.mail.tracking import openings

NOTE, JOT, NOTE_JOTTED, TELL = b"note", b"jot", b"note_jotted", b"tell"
STATEMENTS = {NOTE: openings.OPENINGS, JOT: openings.JOT, NOTE_JOTTED: openings.NOTE_JOTTED, TELL: live.SQL}
# Every row is named by its key: a plan that reads a table from end to end is never the right one.
SETTINGS = (
    "SET jit = off",
    "SET enable_seqscan = off",
    "SET enable_mergejoin = off",
    "SET plan_cache_mode = force_generic_plan",
)

Hearer = Callable[[PGresult | None], None]  # hears the answer of a statement, None if the connection broke


class Lane:
    """A connection. Says one statement at a time; whoever says it hears the answer, and `broke` the end of it all."""

    def __init__(self, connection: psycopg.Connection, loop: AbstractEventLoop, broke: Callable[[Lane], None]) -> None:
        self.connection, self.libpq, self.loop = connection, connection.pgconn, loop
        self.broke = broke
        self.hearer: Hearer | None = None
        self.result: PGresult | None = None
        self.is_open = True
        self.socket = self.libpq.socket
        self.libpq.nonblocking = 1
        loop.add_reader(self.socket, self._hear)

    def say(self, statement: bytes, values: Iterable[object], hearer: Hearer) -> None:
        """Send one prepared statement."""
        self.hearer = hearer
        try:
            self.libpq.send_query_prepared(statement, [str(value).encode() for value in values])
        except psycopg.Error:
            self.loop.call_soon(self._break)
        else:
            self._push()

    def close(self) -> None:
        """Let go of the connection; nobody hears of anything any more."""
        if self.is_open:
            self.is_open, self.hearer = False, None
            self.loop.remove_reader(self.socket)
            self.loop.remove_writer(self.socket)
            self.connection.close()

    def _break(self) -> None:
        if self.is_open:
            hearer = self.hearer
            self.close()
            self.broke(self)
            if hearer is not None:
                hearer(None)

    def _push(self) -> None:
        try:
            if self.libpq.flush():
                self.loop.add_writer(self.socket, self._push)
            else:
                self.loop.remove_writer(self.socket)
        except psycopg.Error:
            self.loop.call_soon(self._break)

    def _hear(self) -> None:
        try:
            self.libpq.consume_input()
            while not self.libpq.is_busy():
                result = self.libpq.get_result()
                if result is None:
                    break
                self.result = result
            else:
                return
        except psycopg.Error:
            self._break()
            return
        told, hearer, self.result, self.hearer = self.result, self.hearer, None, None
        if told is not None and hearer is not None:
            hearer(told)
        elif told is None:  # a lane that says nothing may still hear of a change of settings
            self.hearer = hearer


def prepared(database: str) -> psycopg.Connection:
    """A connection that knows our statements. Raises psycopg.Error."""
    connection = connect(database)
    for setting in SETTINGS:
        connection.execute(setting)
    for name, statement in STATEMENTS.items():
        result = connection.pgconn.prepare(name, numbered(statement))
        if result.status != ExecStatus.COMMAND_OK:
            connection.close()
            raise psycopg.OperationalError(result.get_error_message())
    return connection


def numbers(text: bytes | None) -> list[int]:
    """The numbers of an array of PostgreSQL; what is no number is left alone."""
    inside = (text or b"")[1:-1]
    return [*map(int, inside.split(b","))] if inside and b"-" not in inside else []
