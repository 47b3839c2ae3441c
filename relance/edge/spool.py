"""Hits that the database could not take: lines in a file, on disk before anybody is answered, noted later.

Each process writes a file of its own and holds a lock on it; files without a holder are read by whoever comes first.
Noting is idempotent by the hit's id, so a file that was read twice, or half, does no harm.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import IO
from uuid import uuid4

from relance.mail.tracking.hits import Hit

CHUNK = 500

logger = logging.getLogger(__name__)


class Spool:
    """A folder of spooled hits. Safe for one writing and one reading thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[str] | None = None
        self._turn = Lock()

    def append(self, hits: Iterable[Hit]) -> None:
        """Write these hits and wait for the disk. Raises OSError."""
        with self._turn:
            file = self._file = self._file or self._begin()
            file.write("".join(hit.as_json() + "\n" for hit in hits))
            file.flush()
            os.fsync(file.fileno())

    def _begin(self) -> IO[str]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        begun = self.folder / f"{os.getpid()}-{uuid4().hex}.new"  # nobody reads it before it is ours
        file = begun.open("a", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        begun.rename(begun.with_suffix(".jsonl"))
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return file

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return next(self.folder.glob("*.jsonl"), None) is None

    def replay(self, take: Callable[[Sequence[Hit]], None]) -> int:
        """Hand over everything that waits, and forget what has been taken; how many hits that were."""
        self.close()
        return sum(self._replay(path, take) for path in sorted(self.folder.glob("*.jsonl")))

    def close(self) -> None:
        """Let go of our own file; the next append begins another."""
        with self._turn:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _replay(self, path: Path, take: Callable[[Sequence[Hit]], None]) -> int:
        try:
            file = path.open(encoding="utf-8", errors="replace")
        except OSError:  # another process has just finished it
            return 0
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # it is being written or read
                return 0
            hits = [hit for line in file if (hit := _read(line)) is not None]
            for start in range(0, len(hits), CHUNK):
                take(hits[start : start + CHUNK])
            path.unlink(missing_ok=True)
        return len(hits)


def _read(line: str) -> Hit | None:
    """A line that was cut short was never answered, so nobody relies on it."""
    try:
        return Hit.from_json(line)
    except (ValueError, KeyError, TypeError):
        logger.warning("a spooled line could not be read and is passed over")
        return None
