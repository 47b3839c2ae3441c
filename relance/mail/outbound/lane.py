"""One mailbox on its way: a feeder that leases ahead, and as many connections as the mailbox allows.

    feeder: claim -> lane: gate -> typist: [waiting, most urgent first] -> [written]
    conversations: begin -> 354 -> enter -> content -> settle

On a pipelining relay a conversation offers the next copy together with the content of the one before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

import psycopg

from relance.lib import outage
from relance.mail.models import KeptLetter
from relance.mail.outbound import kept
from relance.mail.outbound.conversation import Conversation, Talk
from relance.mail.outbound.copy import Copy, Record, lease_of, refused, released
from relance.mail.outbound.due import Due, Sender
from relance.mail.outbound.feeder import Feeder
from relance.mail.outbound.house import House
from relance.mail.outbound.leased import LaneRow
from relance.mail.outbound.render import CannotBeWritten
from relance.mail.outbound.rest import Rest
from relance.mail.outbound.settle import Settled, settle
from relance.mail.outbound.share import each_of
from relance.mail.outbound.typist import Typist
from relance.mail.transport.outcome import Accepted, NoSession, Outcome
from relance.mail.transport.relay import Relay
from relance.mail.transport.smtp import open_session

logger = logging.getLogger(__name__)

REFUSALS_TO_PAUSE = 10
"""So many copies in a row refused for a reason of ours (sign-in, policy, quota) pause the message.

Several processes that share a mailbox count their part of it each, since none sees the refusals of another.
"""


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
        self.held: Counter[str] = Counter()
        self.is_stopping = False
        self._loop = asyncio.get_running_loop()
        self._rest = Rest(row, house.desk, house.manners, house.rng, self._run)
        self._typist = Typist(self.sender, house.key, ahead=max(1, row.connections), spoilt=self._spoilt)
        self._idle: list[Conversation] = []
        self._hungry: deque[asyncio.Future[Copy | None]] = deque()
        self._own_refusals = 0
        self._errands: set[asyncio.Task[None]] = set()
        self._ahead = max(house.manners.ahead, 2 * row.connections)
        self._feeder = Feeder(house, self._typist, self._rest, self._put, ahead=self._ahead)
        self._feeding = self._loop.create_task(self._feeder.run())
        self._talkers = [self._loop.create_task(self._talk()) for _ in range(max(1, row.connections))]

    def ring(self) -> None:
        """Something may be due."""
        self._feeder.ring()

    def refresh(self, row: LaneRow) -> None:
        """Take the mailbox as it is now."""
        self.row = row
        self._rest.refresh(row)

    @property
    def messages(self) -> set[int]:
        """The messages of which copies wait here."""
        return self._typist.messages

    def halt(self, message_ids: set[int]) -> None:
        """Give back what waits of these messages: they were paused or stopped."""
        for due in self._typist.take_out(lambda due: due.message_id in message_ids):
            self._let_go(due)

    async def stop(self, seconds: float) -> None:
        """Give back what has not begun, let what has begun come to its end, within these seconds."""
        self.is_stopping = True
        self._feeder.stop()
        await asyncio.wait([self._feeding], timeout=seconds)
        self._give_back()
        await asyncio.wait(self._talkers, timeout=seconds)
        tasks = [self._feeding, *self._talkers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._errands, return_exceptions=True)

    def take(self, conversation: Conversation) -> Copy | None:
        """The next copy for a connection that is open."""
        if self.is_stopping or self._rest.is_on:
            conversation.end()
            return None
        copy = self._next_copy()
        if copy is None:
            self._idle.append(conversation)
        return copy

    def leave(self, conversation: Conversation) -> None:
        """It wants no copy any more."""
        if conversation in self._idle:
            self._idle.remove(conversation)

    def enter(self, talk: Talk) -> None:
        """Its relay waits for the content."""
        self.house.turnstile.enter(talk.copy, talk.entered)

    def ended(self, talk: Talk, outcome: Outcome) -> None:
        """Write what became of a copy."""
        copy = talk.copy
        self._drop(copy.due)
        if talk.was_turned_back:
            return
        if isinstance(outcome, Accepted):
            self.house.turnstile.taken(copy)
            self.house.register.sent(copy, outcome.reply)
            self._went_well(copy.due)
            if not self.held:  # the last one: nothing comes with which its row could be written
                self.house.register.hurry()
            return
        house = self.house
        settled = settle(copy, outcome, is_first_on_line=talk.is_first, now=house.desk.now(), rng=house.rng)
        house.register.record(settled.record)
        if kept.is_worth_keeping(outcome, settled.record):
            house.note_letter(copy)
        self._went_badly(copy.due, settled)

    def _put(self, dues: list[Due], letters: Mapping[int, KeptLetter]) -> None:
        """Let wait what the gate lets pass, and give it to those who have nothing to do."""
        now = self.house.desk.now()
        for due in dues:
            if why := due.refusal(now):
                self.house.register.record(refused(due, why, at=now))
            else:
                self.held[due.token] += 1
                self._typist.put(due, letters.get(due.id))
        if self._rest.is_on or self.is_stopping:
            self._give_back()
        else:
            self._spread()

    def _spread(self) -> None:
        while self._typist and (self._idle or self._hungry):
            if self._idle and not self._idle[-1].is_open:
                self._idle.pop().end()
            elif (copy := self._next_copy()) is None:
                return
            elif self._idle:
                self._idle.pop().give(copy)
            else:
                self._hungry.popleft().set_result(copy)

    def _next_copy(self) -> Copy | None:
        """The most urgent copy; the feeder hears when few are left."""
        copy = self._typist.take()
        if len(self._typist) < self._ahead // 2:
            self._feeder.make_room()
        return copy

    def _spoilt(self, due: Due, error: Exception) -> None:
        """One that cannot be written fails alone (D25)."""
        self._drop(due)
        name = "" if isinstance(error, CannotBeWritten) else f"{type(error).__name__}: "
        why = f"{name}{error}"[:500]
        failed = Record(lease=lease_of(due), state="failed", at=self.house.desk.now(), text=why, tried=1)
        self.house.register.record(failed)

    async def _talk(self) -> None:
        """Connect when there is a copy, and again when the connection has ended."""
        while (copy := await self._first_copy()) is not None:
            try:
                session = await open_session(self.relay)
            except NoSession as broken:
                self._cannot_connect(copy, is_news=self._rest.no_session(broken))
            except Exception:
                logger.exception("mailbox %s cannot be used", self.row.id)
                self._cannot_connect(copy, is_news=self._rest.unusable())
            else:
                await Conversation(self, session, idle=self.house.manners.idle).run(copy)

    async def _first_copy(self) -> Copy | None:
        """A copy for a new connection, as soon as there is one."""
        if self.is_stopping:
            return None
        if copy := self._next_copy():
            return copy
        hungry: asyncio.Future[Copy | None] = self._loop.create_future()
        self._hungry.append(hungry)
        return await hungry

    def _cannot_connect(self, copy: Copy, *, is_news: bool) -> None:
        self._let_go(copy.due)
        if is_news:
            self._give_back()

    def _went_well(self, due: Due) -> None:
        self._own_refusals = 0
        if due.is_sore:
            self.house.note_delivery(due.normal)
        self._rest.went_well()

    def _went_badly(self, due: Due, settled: Settled) -> None:
        record = settled.record
        if settled.blame:
            self.house.note_blame(due.normal, due.id, settled.blame, record.text or "")
        if settled.relay_is_busy and self._rest.relay_is_busy(settled):
            self._give_back()
        if settled.wants_our_change:
            self._own_refusals += 1
            if self._own_refusals >= each_of(REFUSALS_TO_PAUSE, self.row.sharers):
                self._own_refusals = 0
                self.halt({due.message_id})
                self._run(self.house.desk.pause_message(due.message_id, record.text or ""))

    def _give_back(self) -> None:
        """What waits goes back, and whoever has nothing to say hangs up."""
        for due in self._typist.take_out(lambda _: True):
            self._let_go(due)
        for conversation in [*self._idle]:
            conversation.end()
        while self.is_stopping and self._hungry:
            self._hungry.popleft().set_result(None)

    def _let_go(self, due: Due) -> None:
        self._drop(due)
        self.house.register.record(released(due, at=self.house.desk.now()))

    def _drop(self, due: Due) -> None:
        """Its lease needs no renewing any more."""
        self.held[due.token] -= 1
        if not self.held[due.token]:
            del self.held[due.token]

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do something on the side, and note on the log if it fails."""
        task = self._loop.create_task(_quietly(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


async def _quietly(errand: Coroutine[Any, Any, None]) -> None:
    try:
        await errand
    except psycopg.Error as error:
        outage.database.away(error)
