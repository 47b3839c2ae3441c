"""One mail's transaction: MAIL, RCPT and DATA in one breath where the relay allows it, then the content."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Protocol

from relance.mail.transport.outcome import (
    Accepted,
    Cause,
    Lost,
    Outcome,
    Refused,
    Reply,
    Stage,
    Withheld,
)
from relance.mail.transport.wire import Wire

ADDRESS = re.compile(r"[^\x00-\x20\x7f<>]{1,320}", re.ASCII)
"""What may stand between the angle brackets: nothing that could end the command or add another (D23)."""


UNFIT_ADDRESS = "an address of the envelope holds a character that SMTP does not allow"
BLOCK = 65536
"""Bytes said at once; each block has the patience of its stage (RFC 5321 4.5.3.2.5)."""
SLOWEST_RELAY = 8192
"""Bytes a second below which a relay is taken for a tar pit (D8)."""


class UnfitContent(ValueError):
    """The content is not a mail fit for the wire: a bare CR or LF, or no line end at the end (D24)."""


def fit_sender(sender: str) -> str:
    """An envelope sender, or "" for the null sender. Raises UnfitContent."""
    if sender and not ADDRESS.fullmatch(sender):
        raise UnfitContent(UNFIT_ADDRESS)
    return sender


def fit_for_wire(content: bytes) -> bytes:
    """The content with leading dots doubled where there are any (RFC 5321 4.5.2). Raises UnfitContent."""
    breaks = content.count(b"\r\n")
    if breaks != content.count(b"\n") or breaks != content.count(b"\r") or not content.endswith(b"\r\n"):
        raise UnfitContent("the content holds a bare CR or LF, or does not end its last line")
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope and its content with CRLF line ends, fit for the wire. An empty sender is RFC 5321's null sender.

    Raises UnfitContent: a letter that could say more than itself does not exist.
    """

    sender: str
    recipient: str
    content: bytes

    def __post_init__(self) -> None:
        fit_sender(self.sender)
        if not ADDRESS.fullmatch(self.recipient):
            raise UnfitContent(UNFIT_ADDRESS)
        object.__setattr__(self, "content", fit_for_wire(self.content))

    @classmethod
    def rendered(cls, sender: str, recipient: str, content: bytes) -> Letter:
        """A letter whose content is our own renderer's, which writes nothing else than what is fit (`render`), from a
        sender that was looked at (`fit_sender`).

        Raises UnfitContent for the recipient's address.
        """
        if not ADDRESS.fullmatch(recipient):
            raise UnfitContent(UNFIT_ADDRESS)
        letter = object.__new__(cls)
        object.__setattr__(letter, "sender", sender)
        object.__setattr__(letter, "recipient", recipient)
        object.__setattr__(letter, "content", content)
        return letter


class Watcher(Protocol):
    """Whoever sends a letter. Both are called from within the reading of a reply."""

    def relay_waits(self, transaction: Transaction) -> None:
        """The relay answered 354: send the content, or withhold it."""

    def ended(self, transaction: Transaction, outcome: Outcome) -> None:
        """How the transaction ended; said once."""


class Awaited:
    """A watcher for whoever awaits. `ready`: does the relay wait for the content? `done`: how it ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ready: asyncio.Future[bool] = loop.create_future()
        self.done: asyncio.Future[Outcome] = loop.create_future()

    def relay_waits(self, transaction: Transaction) -> None:  # noqa: ARG002
        """The content may go."""
        self.ready.set_result(True)

    def ended(self, transaction: Transaction, outcome: Outcome) -> None:  # noqa: ARG002
        """It is over, maybe before the content."""
        self.done.set_result(outcome)
        if not self.ready.done():
            self.ready.set_result(False)


class Transaction:
    """The dialogue about one letter, told to its watchers: the session first, then whoever sends the letter."""

    __slots__ = ("_content", "_is_pipelined", "_refusal", "_steps", "_watchers", "_wire", "letter", "outcome")

    def __init__(self, wire: Wire, letter: Letter, watchers: tuple[Watcher, ...], *, is_pipelined: bool) -> None:
        self.letter = letter
        self.outcome: Outcome | None = None
        self._wire = wire
        self._watchers = watchers
        self._steps: list[tuple[Stage, bytes]] = []
        self._is_pipelined = is_pipelined
        self._refusal: Refused | None = None
        self._content = False

    def start(self, steps: list[tuple[Stage, bytes]]) -> None:
        """Say the commands: all at once, or the first of them."""
        if self._is_pipelined:
            self._wire.say(b"".join([line for _, line in steps]))
            for stage, _ in steps:
                self._wire.expect(stage, self)
        else:
            self._steps = steps
            self._next_step()

    @property
    def is_short(self) -> bool:
        """The content leaves in one block: `say_content` will do."""
        return len(self.letter.content) <= BLOCK

    def say_content(self) -> None:
        """Send a short content and the final dot. Once the dot has left, a lost connection means doubt."""
        if self._wire.broken:
            self.lost(Stage.CONTENT, *self._wire.broken)
            return
        self._content = True
        self._wire.expect(Stage.DOT, self)
        self._wire.say(self.letter.content + b".\r\n")

    async def send_content(self) -> None:
        """The same for a content of any length, block by block."""
        content = self.letter.content
        self._wire.expect(Stage.CONTENT, self)
        try:
            async with asyncio.timeout(self._wire.patience[Stage.CONTENT] + len(content) / SLOWEST_RELAY):
                for start in range(0, len(content) - BLOCK, BLOCK):
                    await self._send_block(content[start : start + BLOCK])
        except TimeoutError:
            self._wire.fail(Cause.TIMEOUT)
        if self.outcome is not None:  # answered in the middle: what follows would be read as commands
            self._wire.fail(Cause.CLOSED)
        else:
            self._send_last(content[(len(content) - 1) // BLOCK * BLOCK :])

    async def _send_block(self, block: bytes) -> None:
        if self.outcome is None:
            self._wire.say(block)
            await self._wire.drain()
            self._wire.renew(Stage.CONTENT)

    def _send_last(self, rest: bytes) -> None:
        self._content = True
        self._wire.say(rest + b".\r\n")
        self._wire.renew(Stage.DOT)

    def withhold(self, reason: str = "") -> None:
        """Send nothing. After 354 only closing the connection takes back the envelope (RFC 5321 4.1.1.4)."""
        self.settle(Withheld(reason))
        self._wire.fail(Cause.CLOSED)

    def answered(self, stage: Stage, reply: Reply) -> None:
        """Take the reply of a stage."""
        if stage is Stage.DOT or stage is Stage.CONTENT:
            self._end(reply)
        elif stage is Stage.DATA:
            self._begin(reply)
        elif not reply.is_ok:
            self._refuse(stage, reply)
        elif self._steps:
            self._next_step()

    def lost(self, stage: Stage, cause: Cause, detail: str) -> None:
        """The connection broke before the reply of a stage."""
        self.settle(self._refusal or Lost(stage, cause, self._content, detail))

    def settle(self, outcome: Outcome) -> None:
        """Say how it ended; the first word stands."""
        if self.outcome is None:
            self.outcome = outcome
            watchers, self._watchers = self._watchers, ()  # whoever watches knows us too: nothing is to hold both
            for watcher in watchers:
                watcher.ended(self, outcome)

    def _next_step(self) -> None:
        stage, line = self._steps.pop(0)
        self._wire.say(line)
        self._wire.expect(stage, self)

    def _refuse(self, stage: Stage, reply: Reply) -> None:
        if self._refusal is None and not reply.is_refusal:
            self._garbled(stage, reply)
            return
        self._refusal = self._refusal or Refused(stage, reply)
        if not self._is_pipelined:
            self._steps = []
            self.settle(self._refusal)

    def _begin(self, reply: Reply) -> None:
        if reply.code == 354 and self._refusal is None:
            for watcher in self._watchers:
                watcher.relay_waits(self)
        elif reply.code == 354:
            self._take_back()
        elif self._refusal is None and not reply.is_refusal:
            self._garbled(Stage.DATA, reply)
        else:
            self.settle(self._refusal or Refused(Stage.DATA, reply))

    def _take_back(self) -> None:
        """DATA was accepted although the recipient was not (RFC 2920 3.1): a lone dot ends it."""
        assert self._refusal is not None
        if self._refusal.stage is Stage.RCPT:
            self._wire.say(b".\r\n")
            self._wire.expect(Stage.RSET, NOBODY)
            self.settle(self._refusal)
        else:
            self.settle(self._refusal)
            self._wire.fail(Cause.NOT_SMTP, "354 without a sender")

    def _end(self, reply: Reply) -> None:
        if reply.is_ok and self._content:
            self.settle(Accepted(reply))
        elif reply.is_refusal:
            self.settle(Refused(Stage.DOT, reply))
        else:
            self._garbled(Stage.DOT, reply)

    def _garbled(self, stage: Stage, reply: Reply) -> None:
        self.settle(Lost(stage, Cause.NOT_SMTP, self._content, f"{reply.code} {reply.sentence}"))
        self._wire.fail(Cause.NOT_SMTP, f"{reply.code}")


class Nobody:
    """Hears a reply that changes nothing."""

    def answered(self, stage: Stage, reply: Reply) -> None:
        """Whatever it was."""

    def lost(self, stage: Stage, cause: Cause, detail: str) -> None:
        """Nobody minds."""


NOBODY = Nobody()
