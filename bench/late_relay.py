"""A relay far away: every answer comes so many milliseconds after the question. `python -m bench.late_relay PORT MS`.

Told to stop, it prints how many mails it took and at what rate, without the first and the last tenth of them.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time


class Dialogue(asyncio.Protocol):
    """One connection: PIPELINING, every mail taken."""

    def __init__(self, seconds: float, taken: list[float]) -> None:
        self._seconds, self._taken = seconds, taken
        self._loop = asyncio.get_running_loop()
        self._rest, self._in_content = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answer(b"220 relay\r\n")

    def data_received(self, data: bytes) -> None:
        """Read what is whole, and answer it later."""
        self._rest += data
        answers = b""
        while (end := self._rest.find(b"\r\n.\r\n" if self._in_content else b"\r\n")) >= 0:
            line, self._rest = self._rest[:end], self._rest[end + (5 if self._in_content else 2) :]
            answers += self._of(line)
        if answers:
            self._answer(answers)

    def _of(self, line: bytes) -> bytes:
        if self._in_content:
            self._in_content = False
            self._taken.append(time.monotonic())
            return b"250 2.0.0 Ok: queued\r\n"
        match line[:4].upper():
            case b"EHLO":
                return b"250-relay\r\n250-SIZE 50000000\r\n250 PIPELINING\r\n"
            case b"DATA":
                self._in_content = True
                return b"354 Go on\r\n"
            case b"QUIT":
                return b"221 2.0.0 Bye\r\n"
        return b"250 2.1.0 Ok\r\n"

    def _answer(self, answers: bytes) -> None:
        self._loop.call_later(self._seconds, self._transport.write, answers)


def rate(taken: list[float]) -> float:
    """Mails a second, in the middle eight tenths."""
    first, last = len(taken) // 10, len(taken) * 9 // 10
    return (last - first) / (taken[last] - taken[first]) if last > first else 0.0


async def serve(port: int, seconds: float) -> None:
    """Serve until told to stop, then print."""
    taken: list[float] = []
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Dialogue(seconds, taken), "127.0.0.1", port)
    await stop.wait()
    server.close()
    print(json.dumps({"mails": len(taken), "rate": rate(taken)}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
