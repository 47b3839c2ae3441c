"""A group commit: what is asked for at this moment is written in one transaction; what comes meanwhile is the next.

There is no timer: alone, nothing waits; under load one commit serves many.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, Generic, Protocol, Self, TypeVar

import psycopg

from relance.lib import outage
from relance.mail.outbound.own_line import Connect, OwnLine

logger = logging.getLogger(__name__)

BREATH = 0.2
"""Seconds until a database that is away is asked again."""


class Group(Protocol):
    """What is written together."""

    def __len__(self) -> int:
        """How much."""

    def singles(self) -> Iterator[Self]:
        """The same, in the smallest parts."""


G = TypeVar("G", bound=Group)


class GroupCommit(ABC, Generic[G]):
    """Writes one group after another. Whoever extends it fills `_next` and calls `_ask`."""

    WHAT: ClassVar[str]
    """What it writes, for the log."""

    def __init__(self, connect: Connect, empty: Callable[[], G]) -> None:
        self._line = OwnLine(connect)
        self._empty = empty
        self._next, self._writing = empty(), empty()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def settle(self) -> None:
        """Wait until everything asked for so far is written."""
        if self._next:
            self._ask()
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        try:
            while True:
                await self._wake.wait()
                await self._gather()
                self._wake.clear()
                self._writing, self._next = self._next, self._empty()
                await self._write(self._writing)
                self._writing = self._empty()
                if not self._wake.is_set() and not self._next:
                    self._idle.set()
        finally:
            await self._line.close()

    @abstractmethod
    async def _commit(self, group: G) -> None:
        """Write it in one transaction. Raises psycopg.Error."""

    @abstractmethod
    def _put_off(self, group: G) -> None:
        """The database is away: what may wait goes back to the front of `_next` (D13)."""

    @abstractmethod
    def _give_up(self, single: G) -> None:
        """The database refuses this one (D14)."""

    def _ask(self) -> None:
        """Write as soon as may be."""
        if not self._wake.is_set():
            self._idle.clear()
            self._wake.set()

    async def _gather(self) -> None:
        """Hear whoever is speaking already: the group leaves when a turn of the loop has brought nothing more."""
        before = -1
        while len(self._next) > before:
            before = len(self._next)
            await asyncio.sleep(0)

    async def _write(self, group: G) -> None:
        try:
            try:
                await self._commit(group)
            except psycopg.errors.DeadlockDetected:  # with others of the same moment; nothing was written
                await self._commit(group)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            outage.database.away(error)
            self._put_off(group)
            await self._line.close()
            await asyncio.sleep(BREATH)
            self._ask()
        except psycopg.Error as error:
            logger.warning("%s was refused by the database: %s", self.WHAT, error)
            await self._one_by_one(group)

    async def _one_by_one(self, group: G) -> None:
        """Something in the group is unacceptable: find out what, so that the others do not suffer (D14)."""
        for single in group.singles():
            try:
                await self._commit(single)
            except psycopg.Error:
                self._give_up(single)
