"""A `Line` of one's own: opened when it is wanted, planned anew from time to time, dropped when it breaks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from relance.mail.outbound.line import Line

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

PLAN_SECONDS = 60
"""After which statements are planned anew: what was a small table may be a large one."""
SETTINGS = (
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
    "SET enable_hashagg = off",
    "SET cpu_index_tuple_cost = 1",
    "SET plan_cache_mode = force_generic_plan",
)
"""A batch names its rows; a plan made while the table was small must not read the whole of it later."""


class OwnLine:
    """For one who speaks one statement after another."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._line: Line | None = None
        self._planned_at = 0.0

    async def ready(self) -> Line:
        """The line, open. Raises psycopg.Error while the database is away."""
        if self._line is None or not self._line.is_open:
            await self.close()
            self._line = Line(await self._connect())
            for sql in SETTINGS:
                await self._line.run(sql)
            self._planned_at = time.monotonic()
        elif time.monotonic() - self._planned_at > PLAN_SECONDS:
            await self._line.forget()
            self._planned_at = time.monotonic()
        return self._line

    async def close(self) -> None:
        """Give the connection back; another is opened when it is wanted."""
        if self._line:
            line, self._line = self._line, None
            await line.close()
