"""Uploads that no import names: a process was killed between the bytes and their row (`lib/bytes_first.py`).

A file goes only if all of this holds: it lies in the folder of imports itself and has a name as we give them, nobody
has written to it for a day, and after all that was seen no row of an import names it, whatever its state.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from relance.records.models import Import

OURS = re.compile(r"[0-9a-f]{48}(\.rows)?")
"""A random name as `actions.start` gives it, and the copy of a workbook beside it."""
LEFT_ALONE = timedelta(days=1)


def forget_strays(_now: datetime) -> int:
    """Delete them; how many. Their age is by the machine's clock, as files tell it: that of the demo may run ahead."""
    before = time.time() - LEFT_ALONE.total_seconds()
    old = {path for path, written_at in _files() if written_at < before}
    named = set(Import.objects.filter(file__in={path.stem for path in old}).values_list("file", flat=True))
    strays = [path for path in sorted(old) if path.stem not in named]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _files() -> Iterator[tuple[Path, float]]:
    """What lies there under a name of ours, and when it was written last; nothing that only points elsewhere."""
    folder = Import(file="any").path.parent
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for one in entries:
            if not OURS.fullmatch(one.name) or not one.is_file(follow_symlinks=False):
                continue
            with suppress(FileNotFoundError):  # its import has ended in this moment
                yield Path(one), one.stat(follow_symlinks=False).st_mtime
