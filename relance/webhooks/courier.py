"""The loop that delivers: a thread of its own beside the worker's jobs, so that a receiver that hangs delays nothing.

    look at the queue ──> take what is due, a few of each webhook ──> post, all at the same time ──> write what came
         ^ 1 s                                                                                           │
         └────────────────────────────── at once, where something has come to an end ────────────────────┘

Of several workers only the one that holds the lock in the database delivers. The database is asked by one thread.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection

from relance.lib import clock
from relance.lib.chosen import is_chosen
from relance.webhooks import queueing, rules, settling
from relance.webhooks.models import Delivery
from relance.webhooks.posting import DEADLINE, Answer, post
from relance.webhooks.settling import Parcel

LOCK = 0x52_65_6C_61_6E_63_65_02
EACH, MOST = 4, 32
"""Requests under way at the same time: to one webhook, and in all."""
LOOK = 1.0
GRACE = 3.0
CATCH_UP = 60.0
"""How often copies are looked for of which nothing was told, in seconds: here and not in the schedule, since
after a large mail the look takes seconds."""

logger = logging.getLogger(__name__)
Told = TypeVar("Told")


class Courier:
    """Delivers until it is stopped."""

    def __init__(
        self,
        *,
        each: int = EACH,
        most: int = MOST,
        look: float = LOOK,
        deadline: float = DEADLINE,
        catch_up: float = CATCH_UP,
    ) -> None:
        self._each, self._most, self._look, self._deadline = each, most, look, deadline
        self._busy: Counter[int] = Counter()
        self._is_chosen = False
        self._catch_up, self._caught_up_at = catch_up, float("-inf")
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-rows")

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop. What is under way then has a moment; else it is delivered again later."""
        try:
            asyncio.run(self._run(stop))
        finally:
            self._database.submit(_hang_up).result()
            self._database.shutdown()

    async def _run(self, stop: threading.Event) -> None:
        under_way: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            taken = await self._taken()
            for parcel in taken:
                self._busy[parcel.webhook_id] += 1
                under_way.add(asyncio.create_task(self._deliver(parcel)))
            if under_way:
                _, under_way = await asyncio.wait(
                    under_way, timeout=self._look, return_when=asyncio.FIRST_COMPLETED
                )  # fmt: skip
            else:
                await self._wait(stop)
        if under_way:
            await asyncio.wait(under_way, timeout=GRACE)

    async def _wait(self, stop: threading.Event) -> None:
        left = self._look
        while left > 0 and not stop.is_set():
            await asyncio.sleep(min(left, 0.1))
            left -= 0.1

    async def _taken(self) -> list[Parcel]:
        """What is due and has room; nothing while another worker delivers, or the database is away."""
        try:
            return await self._ask(self._look_up)
        except DatabaseError:
            self._is_chosen = False
            await self._ask(_hang_up)
            return []

    def _look_up(self) -> list[Parcel]:
        if not self._is_chosen:
            with connection.cursor() as cursor:
                self._is_chosen = is_chosen(cursor, LOCK)
        if not self._is_chosen:
            return []
        if monotonic() - self._caught_up_at >= self._catch_up:
            self._caught_up_at = monotonic()
            queueing.catch_up(clock.now())
        room = self._most - self._busy.total()
        return settling.take(self._busy, each=self._each, most=room, now=datetime.now(UTC))

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            answer = await tried(parcel, deadline=self._deadline)
            await self._ask(partial(settling.settle, parcel, answer, now=datetime.now(UTC), chance=random.random()))
        except DatabaseError:
            logger.warning("what became of %s could not be written: it is delivered again", parcel.event_id)
        except Exception:
            logger.exception("%s could not be delivered", parcel.event_id)
        finally:
            self._busy[parcel.webhook_id] -= 1

    async def _ask(self, question: Callable[[], Told]) -> Told:
        return await asyncio.get_running_loop().run_in_executor(self._database, question)


def _hang_up() -> None:
    """Close the connection of the thread that asks."""
    connection.close()


async def tried(parcel: Parcel, *, deadline: float = DEADLINE) -> Answer:
    """One try: sign it now, send it, and see. Raises nothing that an address or a receiver can bring about."""
    if not parcel.secrets:
        return Answer(why=Delivery.Why.SECRET)
    with suppress(rules.BadUrl):
        target = rules.target_of(parcel.url)
        body = rules.body_of(event_id=parcel.event_id, kind=parcel.kind, at=parcel.at, data=parcel.data)
        headers = rules.headers(parcel.secrets, event_id=parcel.event_id, at=datetime.now(UTC), body=body)
        allows = partial(rules.permitted, target, networks=settings.WEBHOOK_NETWORKS)
        return await post(target, headers, body, allows=allows, deadline=deadline)
    return Answer(why=Delivery.Why.NAME)
