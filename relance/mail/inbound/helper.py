"""A process beside ours that packs and reads many mails: it knows no database and no secret, and its memory and time
are limited.

    with helper() as beside:
        beside.start()                       # it may begin to run before there is work
        packed = beside.pack([(raw, arrived_at), …])

What it cannot read comes back unread, and where it fails altogether we pack ourselves; who interprets reads it then.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from threading import Timer
from typing import BinaryIO, cast

from relance.mail.inbound.packing import Gist, Packed, gist, pack

SECONDS = 120.0  # for one batch
MEMORY = 1_500_000_000
MOST_BYTES = 40_000_000  # of one batch; more of them we pack ourselves
OURS = "relance.mail.inbound."
MOMENTS = frozenset(
    {("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone"), ("datetime", "date")}
)
HOUSE = Path(__file__).resolve().parents[3]

Mails = Sequence[tuple[bytes, datetime]]
Answer = list[tuple[str, bytes, Gist | None]]

logger = logging.getLogger(__name__)


class Helper:
    """Started when it is first needed, and ended by `close`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._has_failed = False

    def start(self) -> None:
        """Let it run; nothing happens if it runs already."""
        if self._process is None and not self._has_failed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"PYTHONPATH": str(HOUSE), "PATH": os.environ.get("PATH", "")},
            )

    def pack(self, mails: Mails) -> list[Packed]:
        """These mails, packed and read."""
        if self._process is None or sum(len(raw) for raw, _at in mails) > MOST_BYTES:
            return [pack(raw) for raw, _at in mails]
        try:
            told = self._ask(self._process, mails)
            return [Packed(raw, *each) for (raw, _at), each in zip(mails, told, strict=True)]
        except Exception as problem:  # whatever it was that came back
            logger.error("the process that reads mails has failed, we go on without it: %r", problem)
            self._has_failed = True
            self.close()
            return [pack(raw) for raw, _at in mails]

    def _ask(self, process: subprocess.Popen[bytes], mails: Mails) -> Answer:
        there, back = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
        limit = Timer(SECONDS, process.kill)
        limit.start()
        try:
            pickle.dump(list(mails), there, protocol=pickle.HIGHEST_PROTOCOL)
            there.flush()
            return cast(Answer, Answers(back).load())
        finally:
            limit.cancel()

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            for end in (process.stdin, process.stdout):
                with suppress(OSError):
                    cast(BinaryIO, end).close()
            process.kill()
            process.wait()


class Answers(pickle.Unpickler):
    """What comes back: moments and our own values, and no name that could do anything, whoever has taken it over."""

    def find_class(self, module: str, name: str) -> object:
        """A value class of ours, or what gives a member of one. Raises UnpicklingError for every other name."""
        if (module, name) == (
            "builtins",
            "getattr",
        ):  # so some Pythons 3.11 write the member of an Enum, Debian's 3.11.2 among them
            return _member
        if (module, name) in MOMENTS or (module.startswith(OURS) and module in sys.modules and "." not in name):
            found = super().find_class(module, name)
            if module == "datetime" or (isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


def _member(kind: object, name: str) -> Enum:
    """The member of an Enum. Raises UnpicklingError for every other attribute of anything."""
    if isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__:
        return kind[name]
    raise pickle.UnpicklingError(f"{kind}.{name} is no value")


@contextmanager
def helper() -> Iterator[Helper]:
    """A helper for a while."""
    beside = Helper()
    try:
        yield beside
    finally:
        beside.close()


def _read(raw: bytes, arrived_at: datetime) -> tuple[str, bytes, Gist | None]:
    packed = pack(raw)
    try:
        return packed.key, packed.kept, gist(raw, arrived_at=arrived_at).light
    except Exception:  # whoever interprets it will meet the same, and say which mail it is
        return packed.key, packed.kept, None


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main() -> None:
    """Read what comes until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    gc.disable()  # nothing here goes round in circles
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            mails: Mails = pickle.load(asked)
        except EOFError:
            return
        pickle.dump([_read(raw, at) for raw, at in mails], told, protocol=pickle.HIGHEST_PROTOCOL)
        told.flush()


if __name__ == "__main__":
    main()
