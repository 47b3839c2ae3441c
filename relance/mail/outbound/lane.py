"""One mailbox on its way: a feeder that leases and renders ahead, and as many connections as the mailbox allows.

    feeder: claim -> gate -> render -> [copies, most urgent first]
    talkers: begin -> 354 -> enter -> content -> settle

On a pipelining relay a talker offers the next copy together with the content of the one before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, Protocol

import psycopg

from relance.mail.outbound.copy import Copy, Lease, released
from relance.mail.outbound.desk import ANY, URGENT, Desk, LaneRow
from relance.mail.outbound.due import Due, Sender
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.prepare import Prepared
from relance.mail.outbound.register import Entry, Register
from relance.mail.outbound.settle import Settled, settle
from relance.mail.outbound.waiting import Waiting
from relance.mail.transport.check import Finding, finding_of
from relance.mail.transport.outcome import Accepted, Cause, NoSession, Outcome, Stage
from relance.mail.transport.relay import Relay
from relance.mail.transport.smtp import Session, open_session

logger = logging.getLogger(__name__)

REFUSALS_TO_PAUSE = 10
"""So many copies in a row refused for a reason of ours (sign-in, policy, quota) pause the message."""
FAILURES_TO_BREAK = 3
"""So many failures in a row show a mailbox as broken, though it may mend by itself."""
LASTING = frozenset(
    {
        Cause.NAME_NOT_FOUND, Cause.ADDRESS_NOT_ALLOWED, Cause.STARTTLS_NOT_OFFERED, Cause.AUTH_NOT_OFFERED,
        Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_INVALID, Cause.CERTIFICATE_SELF_SIGNED,
        Cause.CERTIFICATE_UNTRUSTED, Cause.CERTIFICATE_WRONG_NAME,
    }
)  # fmt: skip
"""Causes that a person has to mend."""


class House(Protocol):
    """What a lane needs of the engine around it."""

    desk: Desk
    register: Register
    manners: Manners
    rng: Random

    async def prepare(self, batch: Sequence[Due], sender: Sender) -> Prepared:
        """Gate and render, in the thread that may use Django."""

    def note_blame(self, normal: str, recipient_id: int, kind: str, why: str) -> None:
        """The address bounced, "hard" or "soft"."""

    def note_delivery(self, normal: str) -> None:
        """The relay took a mail for this address."""


class Lane:
    """One mailbox with mail to send."""

    def __init__(self, house: House, row: LaneRow, relay: Relay) -> None:
        self.house, self.row = house, row
        self.relay = replace(relay, patience=house.manners.patience)
        self.sender = Sender(
            id=row.id,
            address=row.address,
            bounce_domain=row.bounce_domain,
            hears_back=bool(row.maildir or row.bounce_domain),
        )
        self.held: dict[int, Lease] = {}
        self.is_stopping = False
        self._loop = asyncio.get_running_loop()
        self._waiting = Waiting()
        self._bell = asyncio.Event()
        self._turned_back: set[int] = set()
        self._resting_until = 0.0
        self._failures = 0
        self._own_refusals = 0
        self._is_known_to_work = row.state == "working" and row.paused_until is None
        self._errands: set[asyncio.Task[None]] = set()
        self._feeder = self._loop.create_task(self._feed())
        self._talkers = [self._loop.create_task(self._talk()) for _ in range(max(1, row.connections))]

    @property
    def is_resting(self) -> bool:
        """The relay is left alone for now."""
        until = self.row.paused_until
        is_told = until is not None and self.row.state_code not in ("", "works") and until > self.house.desk.now()
        return is_told or self._loop.time() < self._resting_until

    def ring(self) -> None:
        """Something may be due."""
        self._bell.set()

    def refresh(self, row: LaneRow) -> None:
        """Take the mailbox as it is now; a test that went well ends a pause."""
        if row.state_code == "works" and self.row.state_code != "works":
            self._resting_until, self._failures = 0.0, 0
        self.row = row

    @property
    def messages(self) -> set[int]:
        """The messages of which copies wait here."""
        return self._waiting.messages

    def halt(self, message_ids: set[int]) -> None:
        """Give back what waits of these messages: they were paused or stopped."""
        for copy in self._waiting.take_out(lambda copy: copy.message_id in message_ids):
            self._let_go(copy)

    async def stop(self, seconds: float) -> None:
        """Give back what has not begun, let what has begun come to its end, within these seconds."""
        self.is_stopping = True
        self._bell.set()
        await asyncio.wait([self._feeder], timeout=seconds)
        self._give_back()
        self._waiting.dismiss(len(self._talkers))
        await asyncio.wait(self._talkers, timeout=seconds)
        tasks = [self._feeder, *self._talkers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._errands, return_exceptions=True)

    async def _feed(self) -> None:
        while not self.is_stopping:
            self._bell.clear()
            found = 0
            if not self.is_resting:
                found = await self._fill()
            if not found or len(self._waiting) >= self.house.manners.ahead:
                await self._wait_for_bell()

    async def _wait_for_bell(self) -> None:
        try:
            async with asyncio.timeout(self.house.manners.look):
                await self._bell.wait()
        except TimeoutError:
            pass

    async def _fill(self) -> int:
        """Lease and render the next copies: any when there is room, urgent ones always; how many were found."""
        manners = self.house.manners
        has_room = len(self._waiting) < manners.ahead
        try:
            batch = await self.house.desk.claim(self.row, limit=manners.chunk, priority=ANY if has_room else URGENT)
            prepared = await self.house.prepare(batch, self.sender) if batch else Prepared()
        except psycopg.Error as error:
            logger.warning("nothing can be leased: %s", error)
            return 0
        except Exception:
            logger.exception("a batch could not be prepared; its leases will lapse")
            return 0
        for record in prepared.records:
            self.house.register.record(record)
        for copy in prepared.copies:
            self.held[copy.lease.id] = copy.lease
            self._waiting.put(copy)
        return len(batch)

    async def _talk(self) -> None:
        while not self.is_stopping:
            copy = await self._next(timeout=None)
            if copy is None:
                continue
            try:
                session = await open_session(self.relay)
            except NoSession as broken:
                self._let_go(copy)
                self._no_session(broken)
            except Exception:
                logger.exception("mailbox %s cannot be used", self.row.id)
                self._let_go(copy)
                self._rest(None, code=Finding.UNREACHABLE, detail="")
            else:
                await self._use(session, copy)

    async def _use(self, session: Session, copy: Copy | None) -> None:
        """Send over one connection for as long as there is mail and the relay keeps it open."""
        try:
            while copy is not None:
                await self._offer(session, copy)
                if not session.is_open:
                    return
                copy = await self._next(timeout=self.house.manners.idle)
            await session.quit()
        except Exception:
            logger.exception("a conversation of mailbox %s broke off", self.row.id)
        finally:
            session.close()

    async def _offer(self, session: Session, copy: Copy) -> None:
        is_first = session.begun == 0
        transaction = session.begin(copy.letter)
        transaction.done.add_done_callback(partial(self._ended, copy, is_first))
        if not await transaction.ready:
            return
        entry = await self.house.register.enter(copy)
        if entry is Entry.GO:
            await transaction.send_content()
        else:
            if entry is Entry.TURNED_BACK:
                self._turned_back.add(copy.lease.id)
            transaction.withhold(entry)

    async def _next(self, *, timeout: float | None) -> Copy | None:
        """The most urgent copy; None when the lane stops or rests, or nothing came in time."""
        if self.is_stopping:
            return None
        if not self._waiting:
            self._bell.set()
        copy = await self._waiting.get(timeout=timeout)
        if len(self._waiting) < self.house.manners.ahead // 2:
            self._bell.set()
        if copy and (self.is_resting or self.is_stopping):
            self._let_go(copy)
            return None
        return copy

    def _ended(self, copy: Copy, is_first: bool, done: asyncio.Future[Outcome]) -> None:
        self.held.pop(copy.lease.id, None)
        if copy.lease.id in self._turned_back:
            self._turned_back.discard(copy.lease.id)
            return
        outcome = done.result()
        house = self.house
        settled = settle(copy, outcome, is_first_on_line=is_first, now=house.desk.now(), rng=house.rng)
        house.register.record(settled.record)
        if isinstance(outcome, Accepted):
            self._went_well(copy)
        else:
            self._went_badly(copy, settled)

    def _went_well(self, copy: Copy) -> None:
        self._own_refusals = 0
        self.house.note_delivery(copy.normal)
        if self.is_resting:
            return  # begun before the trouble
        self._failures = 0
        if not self._is_known_to_work:
            self._is_known_to_work = True
            self._run(self.house.desk.mailbox_works(self.row.id))

    def _went_badly(self, copy: Copy, settled: Settled) -> None:
        record = settled.record
        if settled.blame:
            self.house.note_blame(copy.normal, copy.lease.id, settled.blame, record.text or "")
        if settled.relay_is_busy:
            self._rest(settled.wait_seconds, code="busy", detail=settled.relay_said)
        if settled.wants_our_change:
            self._own_refusals += 1
            if self._own_refusals >= REFUSALS_TO_PAUSE:
                self._own_refusals = 0
                self.halt({copy.message_id})
                self._run(self.house.desk.pause_message(copy.message_id, record.text or ""))

    def _no_session(self, broken: NoSession) -> None:
        is_ours = broken.cause in LASTING or (
            broken.reply is not None and broken.reply.code >= 500 and broken.stage is Stage.AUTH
        )
        detail = f"{broken.reply.code} {broken.reply.sentence}" if broken.reply else broken.detail
        self._rest(None, code=finding_of(broken), detail=detail, is_lasting=is_ours)

    def _rest(self, seconds: float | None, *, code: str, detail: str, is_lasting: bool = False) -> None:
        """Leave the relay alone for the time it told, else ever longer; give back what waits."""
        if self._loop.time() < self._resting_until:
            return  # another connection met the same trouble
        self._failures += 1
        wait = self.house.manners.pause_after(self._failures, is_lasting=is_lasting)
        wait = max(seconds, 1) if seconds is not None else wait * self.house.rng.uniform(0.8, 1.2)
        self._resting_until = self._loop.time() + wait
        self._is_known_to_work = False
        self._give_back()
        logger.warning("mailbox %s rests for %.0f s: %s %s", self.row.id, wait, code, detail)
        is_broken = is_lasting or self._failures >= FAILURES_TO_BREAK
        pause = self.house.desk.pause_mailbox(self.row.id, seconds=wait, code=code, detail=detail, is_broken=is_broken)
        self._run(pause)

    def _give_back(self) -> None:
        for copy in self._waiting.take_out(lambda _: True):
            self._let_go(copy)

    def _let_go(self, copy: Copy) -> None:
        self.held.pop(copy.lease.id, None)
        self.house.register.record(released(copy.lease, at=self.house.desk.now()))

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do something on the side, and note on the log if it fails."""
        task = self._loop.create_task(_quietly(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


async def _quietly(errand: Coroutine[Any, Any, None]) -> None:
    try:
        await errand
    except psycopg.Error as error:
        logger.warning("the database is away: %s", error)
