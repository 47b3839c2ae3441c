"""How the fake relay misbehaves, one function for each `Do`."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from relance.mail.transport.fake.script import Do, Fault

if TYPE_CHECKING:
    from relance.mail.transport.fake.dialogue import Dialogue

DRIP_SECONDS = 0.05
Usual = tuple[bytes, Callable[[], None]]
"""The reply that would have been given, and what would follow from it."""
Misdeed = Callable[["Dialogue", Fault, Usual], None]


def nothing() -> None:
    """Nothing follows from this reply."""


def commit(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:
    """Do what the fault says in place of the usual reply."""
    MISDEEDS[fault.do](dialogue, fault, usual)


def _reply(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.say(fault.reply.encode() + b"\r\n")


def _reply_and_close(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.say(fault.reply.encode() + b"\r\n")
    dialogue.linger()


def _close(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.close()


def _reset(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.is_held = True
    assert dialogue.transport is not None
    raw = dialogue.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    dialogue.transport.abort()


def _half_close(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.is_held = True
    dialogue.flush()
    if dialogue.transport and dialogue.transport.can_write_eof():
        dialogue.transport.write_eof()


def _hang(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.is_held = True
    dialogue.held = usual
    if dialogue.transport:
        dialogue.transport.pause_reading()


def _drip(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.is_held = True
    drops = iter(b"250-" + b"x" * 3000)

    def drop() -> None:
        byte = next(drops, None)
        if byte is not None and dialogue.transport and not dialogue.transport.is_closing():
            dialogue.transport.write(bytes([byte]))
            dialogue.loop.call_later(DRIP_SECONDS, drop)

    dialogue.flush()
    drop()


def _garbage(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.say(b"HTTP/1.1 400 Bad Request\r\n\x00\xff\xfe\r\n")


def _wrong_code(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.say(b"299 Surprise\r\n" if usual[0].startswith(b"3") else b"399 Surprise\r\n")


def _long_line(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.say(b"250 " + b"x" * 65536 + b"\r\n")


def _endless(dialogue: Dialogue, fault: Fault, usual: Usual) -> None:  # noqa: ARG001
    dialogue.is_held = True
    dialogue.say(b"250-and another\r\n" * 20000)


MISDEEDS: dict[Do, Misdeed] = {
    Do.REPLY: _reply,
    Do.REPLY_AND_CLOSE: _reply_and_close,
    Do.CLOSE: _close,
    Do.RESET: _reset,
    Do.HALF_CLOSE: _half_close,
    Do.HANG: _hang,
    Do.DRIP: _drip,
    Do.GARBAGE: _garbage,
    Do.WRONG_CODE: _wrong_code,
    Do.LONG_LINE: _long_line,
    Do.ENDLESS: _endless,
}
