"""A connection to the database for one short statement after another, with little between the loop and libpq.

psycopg's own cursors cost a statement some hundred microseconds of Python; the group commit runs hundreds a second.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Transformer

Rows = list[tuple[bytes | None, ...]]
OK = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class Line:
    """One statement at a time, prepared when it is first said. Values are text."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, bytes] = {}
        self._results: list[pq.abc.PGresult] = []
        self._answer: asyncio.Future[None] | None = None
        # A number of our own for the socket: libpq closes its own when the connection breaks, and the next mail may get
        # it while the loop still listens there.
        self._is_full = False
        self._socket: int | None = os.dup(self._libpq.socket)
        self._loop.add_reader(self._socket, self._hear)

    @property
    def is_open(self) -> bool:
        """Another statement may be tried here."""
        return self._socket is not None and not self._connection.closed

    async def run(self, sql: str, *values: str) -> Rows:
        """The rows of a statement. Raises psycopg.Error; OperationalError when the connection is gone."""
        last = await self._said(sql, values)
        return [tuple(last.get_value(row, column) for column in range(last.nfields)) for row in range(last.ntuples)]

    async def fetch(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        """The same, each value as what it is: numbers, moments, lists."""
        last = await self._said(sql, values)
        reading = Transformer(self._connection)
        reading.set_pgresult(last)
        return reading.load_rows(0, last.ntuples, tuple)

    async def _said(self, sql: str, values: tuple[str, ...]) -> pq.abc.PGresult:
        name = self._names.get(sql) or await self._prepared(sql)
        self._libpq.send_query_prepared(name, [value.encode() for value in values])
        return (await self._answered())[-1]

    async def forget(self) -> None:
        """Let statements be planned anew: tables have grown since."""
        self._libpq.send_query(b"DEALLOCATE ALL")
        await self._answered()
        self._names.clear()

    async def close(self) -> None:
        """Give the connection back."""
        self._deafen()
        await self._connection.close()

    def _deafen(self) -> None:
        """Leave the loop."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            os.close(self._socket)
            self._socket = None

    async def _prepared(self, sql: str) -> bytes:
        name = b"s%d" % len(self._names)
        self._libpq.send_prepare(name, sql.encode())
        await self._answered()
        self._names[sql] = name
        return name

    async def _answered(self) -> list[pq.abc.PGresult]:
        if self._socket is None:
            raise psycopg.OperationalError("the connection has ended")
        self._results = []
        self._answer = self._loop.create_future()
        self._push()
        await self._answer
        for result in self._results:
            if result.status not in OK:
                raise _error(result)
        if not self._results:
            raise psycopg.OperationalError("the server closed the connection")
        return self._results

    def _push(self) -> None:
        """Send what libpq still holds, now and whenever the socket takes more."""
        try:
            is_full = bool(self._libpq.flush())
            if self._socket is not None and is_full is not self._is_full:
                if is_full:
                    self._loop.add_writer(self._socket, self._push)
                else:
                    self._loop.remove_writer(self._socket)
                self._is_full = is_full
        except psycopg.Error as error:
            self._fail(error)

    def _hear(self) -> None:
        try:
            self._libpq.consume_input()
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None:
                    break
                self._results.append(result)
            else:
                return
        except psycopg.Error as error:
            self._deafen()
            self._fail(error)
            return
        if self._answer and not self._answer.done():
            self._answer.set_result(None)

    def _fail(self, error: psycopg.Error) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    said = result.error_message.decode("utf-8", "replace").strip()
    try:
        kind: type[psycopg.Error] = errors.lookup((state or b"").decode())
    except KeyError:
        kind = psycopg.OperationalError
    return kind(said)
