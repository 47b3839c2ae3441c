"""Copies that are rendered and wait for a connection: the most urgent first, in the order of their coming."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import count

from relance.mail.outbound.copy import Copy

BEFORE_ALL = -1


class Waiting:
    """The queue between a lane's feeder and its talkers."""

    def __init__(self) -> None:
        self._entries: asyncio.PriorityQueue[tuple[int, int, Copy | None]] = asyncio.PriorityQueue()
        self._order = count()
        self._of_message: Counter[int] = Counter()

    def __len__(self) -> int:
        return self._of_message.total()

    @property
    def messages(self) -> set[int]:
        """The messages of which copies wait."""
        return {message_id for message_id, waiting in self._of_message.items() if waiting}

    def put(self, copy: Copy) -> None:
        """One more."""
        self._of_message[copy.message_id] += 1
        self._entries.put_nowait((copy.priority, next(self._order), copy))

    def dismiss(self, talkers: int) -> None:
        """So many of those who wait get None, before any copy."""
        for _ in range(talkers):
            self._entries.put_nowait((BEFORE_ALL, next(self._order), None))

    async def get(self, *, timeout: float | None) -> Copy | None:
        """The next copy; None when dismissed, or when none came in so many seconds."""
        try:
            async with asyncio.timeout(timeout):
                _, _, copy = await self._entries.get()
        except TimeoutError:
            return None
        if copy is not None:
            self._of_message[copy.message_id] -= 1
        return copy

    def take_out(self, which: Callable[[Copy], bool]) -> list[Copy]:
        """Remove these from the queue; the others keep their places."""
        kept, taken = [], []
        while not self._entries.empty():
            entry = self._entries.get_nowait()
            if entry[2] is not None and which(entry[2]):
                taken.append(entry[2])
            else:
                kept.append(entry)
        for entry in kept:
            self._entries.put_nowait(entry)
        self._of_message.subtract(copy.message_id for copy in taken)
        return taken
