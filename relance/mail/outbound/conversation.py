"""One connection of a lane: it offers a copy, sends its content once that is committed, and takes the next.

    lane.take -> MAIL, RCPT, DATA -> 354 -> lane.enter -> GO -> content, with the next MAIL, RCPT, DATA -> 250

What happens with every mail is done in callbacks, from the bytes that arrive to the bytes that leave: no task, no
future. Only opening and closing are coroutines.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from relance.mail.outbound.batch import Entry
from relance.mail.outbound.copy import Copy
from relance.mail.transport.outcome import Outcome
from relance.mail.transport.smtp import Session
from relance.mail.transport.transaction import Transaction


class Desk(Protocol):
    """What a conversation asks of its lane."""

    def take(self, conversation: Conversation) -> Copy | None:
        """The next copy; without one the conversation is given the next that comes, or ends."""

    def leave(self, conversation: Conversation) -> None:
        """The conversation wants no copy any more."""

    def enter(self, talk: Talk) -> None:
        """The relay waits for the content: may it go?"""

    def ended(self, talk: Talk, outcome: Outcome) -> None:
        """How a copy ended."""


class Talk:
    """One copy in its dialogue with the relay."""

    __slots__ = ("conversation", "copy", "is_first", "transaction", "was_turned_back")

    def __init__(self, conversation: Conversation, copy: Copy, *, is_first: bool) -> None:
        self.conversation = conversation
        self.copy = copy
        self.is_first = is_first
        self.transaction: Transaction | None = None
        self.was_turned_back = False

    def relay_waits(self, transaction: Transaction) -> None:
        """The relay answered 354."""
        self.transaction = transaction
        self.conversation.lane.enter(self)

    def ended(self, transaction: Transaction, outcome: Outcome) -> None:  # noqa: ARG002
        """One way or the other."""
        self.conversation.ended(self, outcome)

    def entered(self, entry: Entry) -> None:
        """The second commit said whether the content may go."""
        assert self.transaction is not None
        if entry is Entry.GO:
            self.conversation.say_content(self.transaction)
        else:
            self.was_turned_back = entry is Entry.TURNED_BACK
            self.transaction.withhold(entry)
            self.conversation.end()


class Conversation:
    """Everything that is said over one connection, for as long as there is mail and the relay keeps it open."""

    def __init__(self, lane: Desk, session: Session, *, idle: float) -> None:
        self.lane = lane
        self._session = session
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._is_over = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Another copy may be offered."""
        return self._session.is_open and not self._is_over.is_set()

    async def run(self, copy: Copy) -> None:
        """Offer this copy and those that follow, until the end."""
        try:
            self.give(copy)
            await self._is_over.wait()
            if self._session.is_open:
                await self._session.quit()
        finally:
            self._session.close()
            self.end()

    def give(self, copy: Copy) -> None:
        """Offer a copy."""
        self._be_patient(None)
        self._session.begin(copy.letter, Talk(self, copy, is_first=self._session.begun == 0))

    def end(self) -> None:
        """There is nothing more to say, or nobody to say it to."""
        self._be_patient(None)
        self.lane.leave(self)
        self._is_over.set()

    def say_content(self, transaction: Transaction) -> None:
        """The content, and with it the next copy's envelope."""
        if transaction.is_short:
            transaction.say_content()
            self._go_on()
        else:
            self._sending = self._loop.create_task(self._send_long(transaction))

    def ended(self, talk: Talk, outcome: Outcome) -> None:
        """One copy is through; one that was refused before its content makes room for the next."""
        self.lane.ended(talk, outcome)
        if not self._session.is_open:
            self.end()
        elif talk.transaction is None:
            self._loop.call_soon(self._go_on)

    async def _send_long(self, transaction: Transaction) -> None:
        await transaction.send_content()
        self._go_on()

    def _go_on(self) -> None:
        if not self.is_open:
            self.end()
        elif copy := self.lane.take(self):
            self.give(copy)
        elif not self._is_over.is_set():
            self._be_patient(self._idle)

    def _be_patient(self, seconds: float | None) -> None:
        """Close a connection that has had nothing to do for so long."""
        if self._patience:
            self._patience.cancel()
        self._patience = None if seconds is None else self._loop.call_later(seconds, self.end)
