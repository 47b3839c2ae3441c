"""The engine: lanes for the mailboxes that have mail, one group commit for all, and the rounds that keep it honest.

    claim (lease) -> gate again -> render -> 354 -> in_data committed -> content -> outcome recorded -> MessageSent

Any number of engines may run on one database: leases are fenced by tokens and end by the database's clock. Those of one
dispatcher share the connections of each mailbox (`share`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import TypeVar

import psycopg

from relance.lib import outage
from relance.mail.models import KeptLetter
from relance.mail.outbound import kept
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.desk import Desk
from relance.mail.outbound.due import Due
from relance.mail.outbound.lane import Lane
from relance.mail.outbound.leased import LaneRow
from relance.mail.outbound.leasing import Leasing
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.own_line import Connect
from relance.mail.outbound.register import Register
from relance.mail.outbound.share import Share
from relance.mail.outbound.texts import Texts, signing_key
from relance.mail.outbound.turnstile import Turnstile
from relance.mail.outbound.wishes import Wishes
from relance.mail.transport.relay import Relay

logger = logging.getLogger(__name__)
T = TypeVar("T")

CHANNEL = "relance_outbox"
"""Notified by whoever queues mail."""


class Engine:
    """One process's share of the sending. `relay_of` opens a mailbox's settings; it runs where Django may be used."""

    def __init__(
        self,
        connect: Connect,
        *,
        relay_of: Callable[[int], Relay],
        manners: Manners | None = None,
        share: Share | None = None,
    ) -> None:
        self.manners = manners or Manners()
        self._share = share or Share()
        self.rng = Random()
        self.desk = Desk(connect, lease=self.manners.lease)
        self.leasing = Leasing(connect, self.desk)
        self.register = Register(connect, now=self.desk.now)
        self.turnstile = Turnstile(connect, self.register, lease=self.manners.lease)
        self.texts = Texts(self._in_django)
        self.key = signing_key()
        self.lanes: dict[int, Lane] = {}
        self._closing: dict[asyncio.Task[None], Lane] = {}
        self._connect = connect
        self._relay_of = relay_of
        self._django = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-django")
        self._wishes = Wishes()
        self._next_round = {"renew": 0.0, "sweep": 0.0, "show": 0.0}
        self._rung = asyncio.Event()

    async def run(self, stop: threading.Event) -> None:
        """Send what is due until told to stop, then finish what is on its way."""
        keepers = [asyncio.create_task(work) for work in (self.turnstile.run(), self.register.run(), self._listen())]
        try:
            while not stop.is_set():
                await self._round()
                await self._wait()
            await self._stop_lanes()
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await self.leasing.close()
            await self.desk.close()
            await self._in_django(_close_connections)
            self._django.shutdown()

    def note_blame(self, normal: str, recipient_id: int, kind: str, why: str) -> None:
        """The address bounced; its record is marked within the second."""
        self._wishes.blame(normal, recipient_id, kind, why)

    def note_delivery(self, normal: str) -> None:
        """The relay took a mail for an address that had soft bounces."""
        self._wishes.delivered(normal)

    def note_letter(self, copy: Copy) -> None:
        """The relay has seen what this copy says, and may be offered it again: the same bytes (D6)."""
        self._wishes.keep(copy)

    async def letters_of(self, dues: Sequence[Due]) -> dict[int, KeptLetter]:
        """What the relay has seen of those that were tried before."""
        tried = [due.id for due in dues if due.attempts]
        return await self._in_django(lambda: kept.letters(tried)) if tried else {}

    async def _round(self) -> None:
        """Look around: who has mail, whose lease lapsed, what is finished. The database may be away."""
        try:
            await self._follow(await self.desk.look_up())
            await self._halt()
            if self._is_time("renew", self.manners.renew):
                await self.desk.renew(self._held())
            if self._is_time("show", self.manners.show):
                await self.desk.show_leaving(self._held())
            if over := self.leasing.over(self._held()):
                self.leasing.forget(await self.desk.close_leases(over))
            if self._is_time("sweep", self.manners.sweep):
                await self.desk.sweep()
            await self.desk.finish()
            if self._wishes:
                await self._in_django(lambda: self._wishes.fulfil(self.desk.now()))
            outage.database.over()
        except (psycopg.Error, OSError) as error:
            outage.database.away(error)
        except Exception:
            logger.exception("a round of the engine failed")
        self.register.beat()

    async def _follow(self, rows: list[LaneRow]) -> None:
        """A lane for each mailbox that has mail, and connections for us; a new one when its settings have changed."""
        rows = [ours for row in rows if (ours := self._of_ours(row)).connections]
        wanted = {row.id: row for row in rows}
        for mailbox_id, lane in list(self.lanes.items()):
            row = wanted.get(mailbox_id)
            if row is None or row.settings != lane.row.settings:
                self._close(self.lanes.pop(mailbox_id))
        for row in rows:
            if row.id in self.lanes:
                self.lanes[row.id].refresh(row)
            elif relay := await self._relay(row):
                self.lanes[row.id] = Lane(self, row, relay)

    def _of_ours(self, row: LaneRow) -> LaneRow:
        """The mailbox with those of its connections that we may open, and how many processes open some."""
        ours, sharers = self._share.connections(row.id, row.connections), self._share.sharers(row.connections)
        return replace(row, connections=ours, sharers=sharers)

    def _close(self, lane: Lane) -> None:
        """Let it come to its end on the side; what it holds is ours until then."""
        closing = asyncio.create_task(lane.stop(self.manners.goodbye))
        self._closing[closing] = lane
        closing.add_done_callback(self._closing.pop)

    async def _halt(self) -> None:
        waiting = {message_id for lane in self.lanes.values() for message_id in lane.messages}
        halted = await self.desk.halted(waiting) if waiting else set()
        for lane in self.lanes.values():
            if halted & lane.messages:
                lane.halt(halted)

    async def _relay(self, row: LaneRow) -> Relay | None:
        try:
            return await self._in_django(lambda: self._relay_of(row.id))
        except Exception as error:  # a password sealed with another key, a mailbox just deleted
            if row.state_code != "password-refused":
                why = type(error).__name__
                await self.desk.pause_mailbox(row.id, seconds=60, code="password-refused", detail=why, is_broken=True)
            return None

    async def _wait(self) -> None:
        self._rung.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.manners.look):
                await self._rung.wait()
        for lane in self.lanes.values():
            lane.ring()

    async def _listen(self) -> None:
        """Hear of new mail at once. Without this ear mail leaves at the next look, so failures only cost time."""
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                connection = await self._connect()
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for _ in connection.notifies():
                        self._rung.set()
            await asyncio.sleep(self.manners.look)

    async def _stop_lanes(self) -> None:
        for lane in self.lanes.values():
            self._close(lane)
        await asyncio.gather(*self._closing)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.manners.goodbye):
                await self.turnstile.settle()
                await self.register.settle()
        with contextlib.suppress(psycopg.Error):
            await self.desk.close_leases(self.leasing.over(()))
            await self.desk.finish()

    def _held(self) -> set[str]:
        lanes = [*self.lanes.values(), *self._closing.values()]
        return self.register.tokens.union(*(lane.held for lane in lanes))

    def _is_time(self, name: str, seconds: float) -> bool:
        if time.monotonic() < self._next_round[name]:
            return False
        self._next_round[name] = time.monotonic() + seconds
        return True

    async def _in_django(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._django, work)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
