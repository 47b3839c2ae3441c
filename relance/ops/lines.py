"""What the children print, line by line under their names, and the wait for it or for a signal."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

LONGEST_LINE = 65536


@dataclass
class Voice:
    """One child's output: its name, and the line that it has not finished."""

    name: str
    rest: bytes = b""


class Lines:
    """Many outputs made one; a closed output of ours never stops the work."""

    def __init__(self, out: IO[str], names: Iterable[str]) -> None:
        self._out = out
        self._width = max(map(len, names), default=0)
        self._pipes = selectors.DefaultSelector()
        self._voices: dict[int, Voice] = {}
        self._bell, self._ringer = socket.socketpair()

    def wake_on_signals(self) -> None:
        """Every signal that has a handler ends the present wait."""
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        signal.set_wakeup_fd(self._ringer.fileno(), warn_on_full_buffer=False)
        self._pipes.register(self._bell, selectors.EVENT_READ)

    def say(self, name: str, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._out.write(f"{name:<{self._width}} | {line}\n")
            self._out.flush()

    def add(self, name: str, pipe: IO[bytes]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._voices[pipe.fileno()] = Voice(name)
        self._pipes.register(pipe, selectors.EVENT_READ, self._voices[pipe.fileno()])

    def wait(self, seconds: float) -> None:
        """Until something is to be read, a signal comes, or the seconds are over; pass on what is there."""
        for key, _events in self._pipes.select(seconds):
            if isinstance(key.data, Voice):
                if not self._read(key.fd, key.data):
                    self._pipes.unregister(key.fileobj)
            else:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)

    def close(self, pipe: IO[bytes]) -> None:
        """Pass on the last words, whole line or not."""
        voice = self._voices.pop(pipe.fileno())
        if pipe in self._pipes.get_map():
            self._pipes.unregister(pipe)
        while self._read(pipe.fileno(), voice):
            pass
        if voice.rest:
            self._pass_on(voice, [voice.rest])
        pipe.close()

    def _read(self, number: int, voice: Voice) -> bool:
        """Pass on whole lines, and one that grows too long; False when nothing is left for now."""
        try:
            piece = os.read(number, LONGEST_LINE)
        except BlockingIOError:
            return False
        *lines, voice.rest = (voice.rest + piece).split(b"\n")
        if len(voice.rest) > LONGEST_LINE:
            lines, voice.rest = [*lines, voice.rest], b""
        self._pass_on(voice, lines)
        return bool(piece)

    def _pass_on(self, voice: Voice, lines: list[bytes]) -> None:
        for line in lines:
            self.say(voice.name, line.decode(errors="replace").rstrip())
