"""Where the bytes of a followed file are, on the disk of this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from relance.edge.files import File, path_of


class Shelf:
    """The file store as the edge sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def place(self, file: File) -> str | None:
        """The path of the file; None if its bytes are not there."""
        path = path_of(self.folder, file.key)
        size = await asyncio.to_thread(_size, path)
        return str(path) if size == file.size else None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
