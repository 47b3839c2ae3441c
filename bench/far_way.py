"""A way to a port through which everything comes late: `python -m bench.far_way TO MILLISECONDS`; prints its own port.

A mailbox is read over the Internet, not on loopback: each direction takes half of the round trip, nothing is lost, and
no more is sent at once than before. A process of its own, so that its work is nobody's whom we measure.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class End(asyncio.Protocol):
    """One end of a connection; what comes in goes out at the other end, later and in order."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be written to."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Let it arrive later."""
        self._loop.call_later(self._seconds, self._arrive, data)

    def connection_lost(self, _why: Exception | None) -> None:
        """The other end hears of it as late as of everything."""
        self._loop.call_later(self._seconds, self._part)

    def _arrive(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)

    def _part(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.close()


class Near(End):
    """The end that somebody has connected to; the far one is opened first, so nothing is heard before it is there."""

    def __init__(self, seconds: float, to: int) -> None:
        super().__init__(seconds)
        self._to = to
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Go to the far end."""
        super().connection_made(transport)
        assert self.transport
        self.transport.pause_reading()
        self._opening = self._loop.create_task(self._open())

    async def _open(self) -> None:
        assert self.transport
        _transport, far = await self._loop.create_connection(lambda: End(self._seconds), "127.0.0.1", self._to)
        self.other, far.other = far, self
        self.transport.resume_reading()


async def serve(to: int, seconds: float) -> None:
    """Until we are ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Near(seconds / 2, to), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def far_way(to: int, milliseconds: int) -> Iterator[int]:
    """The port of such a way."""
    argv = [sys.executable, "-m", "bench.far_way", str(to), str(milliseconds)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
