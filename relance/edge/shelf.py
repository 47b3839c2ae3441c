"""Where the bytes of a followed file are: on the disk of this machine, or in a bucket, of which copies are kept here.

A name in the store never gets other bytes, so a copy is good for as long as there is room for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from relance.edge.files import File, path_of
from relance.lib import bucket
from relance.lib.bucket import Place

MOST_BYTES = 2_000_000_000  # of copies
IN_USE_SECONDS = 600.0  # a copy that somebody may just be reading stays

logger = logging.getLogger(__name__)


class Shelf:
    """The file store as the edge sees it."""

    def __init__(self, folder: Path, *, place: Place | None = None, copies: Path | None = None) -> None:
        self.folder, self.bucket, self.copies = folder, place, copies or folder / "copies"
        self.fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def place(self, file: File) -> str | None:
        """The path of the file; None if its bytes are not there."""
        if file.store == "s3":
            return await self._copy(file)
        path = path_of(self.folder, file.key)
        size = await asyncio.to_thread(_size, path)
        return str(path) if size == file.size else None

    async def _copy(self, file: File) -> str | None:
        """Those who ask for the same file at once wait for one copy of it."""
        path, lock = path_of(self.copies, file.key), self.fetching[file.key]
        try:
            async with lock:
                await asyncio.to_thread(self._fetch, path, file)
        except OSError as problem:
            logger.warning("a followed file cannot be fetched: %s", problem.strerror)
            return None
        finally:
            if not lock.locked():
                self.fetching.pop(file.key, None)
        return str(path)

    def _fetch(self, path: Path, file: File) -> None:
        if _size(path) == file.size:
            os.utime(path)
            return
        if self.bucket is None:
            raise bucket.Away("no bucket is set (RELANCE_FILES_BUCKET)")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{uuid4().hex}.part")
        try:
            bucket.opened(self.bucket).fetch(file.key, part)
            if _size(part) != file.size:
                raise bucket.Away("its content has changed")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        make_room(self.copies, most=MOST_BYTES, now=time.time())


def make_room(copies: Path, *, most: int, now: float) -> None:
    """Throw away the copies that were asked for longest ago, until the rest has room."""
    with suppress(FileNotFoundError):  # another edge does the same
        known = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in copies.glob("*/*"))
        whole = sum(size for _at, size, _path in known)
        for at, size, path in known:
            if whole <= most or at > now - IN_USE_SECONDS:
                return
            path.unlink(missing_ok=True)
            whole -= size


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
