"""The one who leases ahead for a lane: a chunk whenever there is room, urgent mail always."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sized

import psycopg

from relance.lib import outage
from relance.mail.models import KeptLetter
from relance.mail.outbound.due import Due
from relance.mail.outbound.house import House
from relance.mail.outbound.leasing import ANY, URGENT
from relance.mail.outbound.rest import Rest

logger = logging.getLogger(__name__)

Put = Callable[[list[Due], Mapping[int, KeptLetter]], None]


class Feeder:
    """Fills what waits of one mailbox; `put` is given what was leased, with the letters that a relay has seen.

    More is leased when fewer than `ahead` copies wait.
    """

    def __init__(self, house: House, waiting: Sized, rest: Rest, put: Put, *, ahead: int) -> None:
        self._house, self._waiting, self._rest, self._put = house, waiting, rest, put
        self._ahead = ahead
        self._bell = asyncio.Event()
        self._is_news = True
        self._is_stopping = False

    def ring(self) -> None:
        """Something may be due."""
        self._is_news = True
        self._bell.set()

    def make_room(self) -> None:
        """Few are left; no reason to ask for urgent mail while there is no room for any other."""
        self._bell.set()

    def stop(self) -> None:
        """Lease nothing more."""
        self._is_stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Lease until told to stop."""
        while not self._is_stopping:
            self._bell.clear()
            found = 0
            if not self._rest.is_on and (self._is_news or self._has_room):
                self._is_news = False
                found = await self._fill()
            if not found or len(self._waiting) >= self._ahead:
                await self._wait_for_bell()

    async def _wait_for_bell(self) -> None:
        try:
            async with asyncio.timeout(self._house.manners.look):
                await self._bell.wait()
        except TimeoutError:
            self._is_news = True

    @property
    def _has_room(self) -> bool:
        return len(self._waiting) < self._ahead

    async def _fill(self) -> int:
        """Lease the next copies: any when there is room, urgent ones always; how many were found."""
        leasing, chunk = self._house.leasing, self._house.manners.chunk
        try:
            urgency = ANY if self._has_room else URGENT
            dues = await leasing.claim(self._rest.row, self._house.texts.of, limit=chunk, priority=urgency)
            letters = await self._house.letters_of(dues)
        except psycopg.Error as error:
            outage.database.away(error)
            return 0
        except Exception:
            logger.exception("a batch could not be prepared")
            return 0
        self._put(dues, letters)
        return len(dues)
