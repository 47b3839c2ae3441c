"""A transaction whose statements travel together (libpq's pipeline mode): a batch of hits costs three round trips.

    with Bundle(connection) as cursor:
        cursor.execute(ONE, parameters)
        cursor.execute(OTHER, parameters)      # nothing has been sent yet
        rows = cursor.fetchall()               # both go, and the rows of the last one come back

psycopg's own pipeline hands every statement to the kernel by itself, which cost as much as noting the hits.
"""

from __future__ import annotations

from collections.abc import Sequence
from select import POLLIN, POLLOUT, poll
from types import TracebackType
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

WELL = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY})
TICK_MS = 1_000


class Bundle:
    """A cursor over one transaction. Statements are prepared once a connection; keep the object as long as that."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.pgconn: PGconn = connection.pgconn
        self.prepared: dict[str, bytes] = {}
        self.names = 0
        self.sent = 0
        self.last: PGresult | None = None
        self.waits = poll()

    def __enter__(self) -> Bundle:
        self.pgconn.nonblocking = 1
        self.pgconn.enter_pipeline_mode()
        self.waits.register(self.pgconn.socket, POLLIN)
        self.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self.execute("COMMIT" if kind is None else "ROLLBACK")
            self._exchange()
        finally:
            self.waits.unregister(self.pgconn.socket)
            if not self.connection.closed:
                self.pgconn.exit_pipeline_mode()

    def execute(self, sql: str, params: Sequence[object] = (), /) -> None:
        """Line up one statement; `%s` stands for each parameter, which PostgreSQL reads from its text."""
        name = self.prepared.get(sql)
        if name is None:
            self.names += 1
            name = self.prepared[sql] = b"relance_%d" % self.names
            self.pgconn.send_prepare(name, numbered(sql))
            self.sent += 1
        self.pgconn.send_query_prepared(name, [None if value is None else str(value).encode() for value in params])
        self.sent += 1

    def fetchall(self) -> list[Any]:
        """Send what waits; the rows of the last statement. Raises psycopg.Error for whichever failed first."""
        self._exchange()
        assert self.last is not None
        reading = Transformer(self.connection)
        reading.set_pgresult(self.last)
        return reading.load_rows(0, self.last.ntuples, tuple)

    def fetchone(self) -> Any:
        """The same, its first row."""
        rows = self.fetchall()
        return rows[0] if rows else None

    def _exchange(self) -> None:
        """Send everything and read every answer. After an error nothing of it counts as prepared."""
        self.pgconn.pipeline_sync()
        self._flush()
        failed = None
        for _ in range(self.sent):
            while (result := self._result()) is not None:
                self.last = result
                if result.status not in WELL and failed is None:
                    failed = result
        self._result()  # the end of the pipeline
        self.sent = 0
        if failed is not None:
            self.prepared = {}
            raise _error(failed)

    def _flush(self) -> None:
        while self.pgconn.flush():
            self.waits.modify(self.pgconn.socket, POLLIN | POLLOUT)
            self._wait()
        self.waits.modify(self.pgconn.socket, POLLIN)

    def _result(self) -> PGresult | None:
        while self.pgconn.is_busy():
            self._wait()
        return self.pgconn.get_result()

    def _wait(self) -> None:
        """Until the server says something. Raises psycopg.OperationalError if it is gone."""
        if self.waits.poll(TICK_MS):
            self.pgconn.consume_input()


def numbered(sql: str) -> bytes:
    """A statement with its parameters as PostgreSQL counts them: $1, $2."""
    first, *others = sql.split("%s")
    return "".join([first, *(f"${place}{text}" for place, text in enumerate(others, 1))]).encode()


def _error(result: PGresult) -> psycopg.Error:
    state = result.error_field(DiagnosticField.SQLSTATE)
    return (errors.lookup(state.decode()) if state else psycopg.OperationalError)(result.get_error_message())
