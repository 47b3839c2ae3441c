"""The fake relay as a thing that other threads can start, question and stop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from relance.mail.transport.fake.dialogue import Dialogue
from relance.mail.transport.fake.ledger import Ledger, Seen, Told
from relance.mail.transport.fake.script import Mail, Script


class FakeRelay:
    """A server in a thread of its own.

    For each stored mail `on_mail` is called there before the reply leaves, and `on_answered` just after; `on_content`
    for each content that came whole, stored or not.

    >>> with FakeRelay(Script()) as relay:
    ...     relay.port
    """

    def __init__(
        self, script: Script | None = None, *, on_mail: Told | None = None, on_answered: Told | None = None,
        on_content: Seen | None = None,
        host: str = "127.0.0.1", port: int = 0,
    ) -> None:  # fmt: skip
        self.ledger = Ledger(script or Script(), on_mail, on_answered, on_content)
        self.host, self.port = host, port
        self._loop = asyncio.new_event_loop()
        self._dialogues: set[Dialogue] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="fake-relay", daemon=True)
        self._started = threading.Event()
        self._failure: Exception | None = None

    def __enter__(self) -> FakeRelay:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def mails(self) -> list[Mail]:
        """The mails stored so far, in order."""
        return list(self.ledger.mails)

    @property
    def copies(self) -> Counter[tuple[str, str]]:
        """How often each (Message-ID, recipient) was stored: more than one is a doubled mail."""
        return Counter((mail.message_id, to) for mail in self.mails for to in mail.recipients)

    @property
    def script(self) -> Script:
        """The script in force. Setting another one concerns the connections made from then on."""
        return self.ledger.script

    @script.setter
    def script(self, script: Script) -> None:
        self.ledger.script = script

    def start(self) -> None:
        """Listen; `port` is the real one afterwards. Raises OSError when the port is taken."""
        self._thread.start()
        self._started.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Cut all connections and stop listening."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self, is_so: Callable[[Ledger], bool], seconds: float = 30) -> bool:
        """Wait until something is so in the ledger; False when it did not come about in time."""
        until = time.monotonic() + seconds
        with self.ledger.changed:
            while not is_so(self.ledger):
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self.ledger.changed.wait(min(left, 0.25))
        return True

    def wait_for_mails(self, count: int, seconds: float = 30) -> bool:
        """Wait until that many mails were stored."""
        return self.wait(lambda ledger: len(ledger.mails) >= count, seconds)

    def release(self, reply: str = "") -> None:
        """Let the connections that hang give their usual reply, or this one, and go on."""
        self._loop.call_soon_threadsafe(self._release, reply)

    def cut(self) -> None:
        """Drop all connections at once, as a restart of the server does."""
        self._loop.call_soon_threadsafe(self._cut)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self._failure = error
            self._started.set()
        else:
            self._started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        script = self.ledger.script
        self._server = await self._loop.create_server(
            lambda: Dialogue(self.ledger, self._dialogues),
            self.host,
            self.port,
            ssl=script.tls if script.is_tls_from_start else None,
            backlog=512,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        self._cut()
        await asyncio.sleep(0)

    def _release(self, reply: str) -> None:
        for dialogue in list(self._dialogues):
            dialogue.release(reply)

    def _cut(self) -> None:
        for dialogue in list(self._dialogues):
            if dialogue.transport:
                dialogue.transport.abort()
