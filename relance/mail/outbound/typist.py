"""Who writes the copies of a lane: at their turn, and a few ahead while the relay and the database are at work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from relance.mail.models import KeptLetter
from relance.mail.outbound import kept
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.due import Due, Sender
from relance.mail.outbound.prepare import Press
from relance.mail.outbound.waiting import Waiting
from relance.mail.transport.transaction import BLOCK

A_TURN = 4
"""Copies written ahead in one turn of the loop, before whoever speaks is heard again."""


class Typist:
    """What was leased for a lane and has not begun: leased recipients, the most urgent first, and written copies."""

    def __init__(self, sender: Sender, key: bytes, *, ahead: int, spoilt: Callable[[Due, Exception], None]) -> None:
        self._sender, self._key = sender, key
        self._ahead, self._spoilt = ahead, spoilt
        self._loop = asyncio.get_running_loop()
        self._waiting = Waiting()
        self._written: deque[Copy] = deque()
        self._letters: dict[int, KeptLetter] = {}
        self._press: Press | None = None
        self._is_called = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._written)

    @property
    def messages(self) -> set[int]:
        """The messages of which copies wait."""
        return self._waiting.messages | {copy.due.message_id for copy in self._written}

    def put(self, due: Due, letter: KeptLetter | None) -> None:
        """One more, and what a relay has seen of it."""
        if letter:
            self._letters[due.id] = letter
        self._waiting.put(due)

    def take(self) -> Copy | None:
        """The most urgent copy. One that cannot be written is `spoilt` alone (D25)."""
        copy = self._written.popleft() if self._written and not self._is_overtaken() else self._write()
        if not self._is_called and self._waiting:
            self._is_called = True
            self._loop.call_soon(self._loop.call_soon, self._write_ahead)  # after all that is being said now has left
        return copy

    def take_out(self, which: Callable[[Due], bool]) -> list[Due]:
        """Remove these; the others keep their places."""
        written = [copy.due for copy in self._written if which(copy.due)]
        self._written = deque(copy for copy in self._written if not which(copy.due))
        return written + self._waiting.take_out(which)

    def _is_overtaken(self) -> bool:
        first = self._waiting.urgency
        return first is not None and first < self._written[0].due.mail.priority

    def _write_ahead(self) -> None:
        """Some copies; long ones are written at their turn only, so that memory stays small."""
        self._is_called = False
        for _ in range(A_TURN):
            if len(self._written) >= self._ahead or (copy := self._write()) is None:
                return
            self._written.append(copy)
            if len(copy.letter.content) > BLOCK:
                return
        self._is_called = True
        self._loop.call_soon(self._write_ahead)

    def _write(self) -> Copy | None:
        while due := self._waiting.take():
            letter = self._letters.pop(due.id, None)
            try:
                return kept.as_before(self._pressed(due), letter)
            except Exception as error:
                self._spoilt(due, error)
        return None

    def _pressed(self, due: Due) -> Copy:
        """Most follow another copy of the same message."""
        if self._press is None or self._press.mail is not due.mail:
            self._press = Press(due.mail, self._sender, self._key)
        return self._press.copy(due)
