"""A Maildir: `new/` holds what has arrived, `cur/` what has been taken in. A file moves only once it is stored.

Knows files, no tables; written by any mail server or by a fetching program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SEEN = ":2,S"
AT_ONCE = 500


def waiting(folder: Path) -> Iterator[Path]:
    """The mails that have arrived, oldest name first, a few hundred at a time; nothing if there is no such folder."""
    try:
        files = sorted(path for path in (folder / "new").iterdir() if not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from files[:AT_ONCE]


def read(path: Path) -> bytes | None:
    """The bytes of a mail; None if somebody else has just taken it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def take(path: Path) -> None:
    """Move a mail that is stored to `cur/`; it may be gone already."""
    kept = path.parent.parent / "cur"
    kept.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):
        path.rename(kept / f"{path.name.partition(':')[0]}{SEEN}")
