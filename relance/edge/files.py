"""Followed files: what a token leads to now, and how its bytes are sent (ENG-07, T7). Nothing is kept in memory: a link
that was ended leads nowhere from that moment on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from relance.lib.addresses import one_line

FILE_OF = """
SELECT f.key, f.store, f.size, a.name, a.content_type, a.revoked_at, a.expires_at
FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
JOIN mail_attachment a ON a.content_id = m.content_id AND a.number = %s AND a.is_followed
JOIN mail_storedfile f ON f.id = a.file_id
WHERE r.id = %s
"""
# What a browser may show by itself; everything else is only saved.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]{0,80}")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, kw_only=True)
class File:
    """What a token leads to."""

    key: str
    store: str
    size: int
    name: str
    content_type: str
    revoked: bool
    expires_at: Any

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> File:
        """A row of FILE_OF."""
        key, store, size, name, content_type, revoked_at, expires_at = row
        return cls(
            key=key, store=store, size=size, name=name, content_type=content_type, revoked=revoked_at is not None,
            expires_at=expires_at,
        )  # fmt: skip

    def headers(self) -> list[tuple[str, str]]:
        """What is said of it: its type is never guessed, and nothing in it may act on our site."""
        kind = self.content_type.lower() if _TYPE.fullmatch(self.content_type) else "application/octet-stream"
        disposition = "inline" if kind in SHOWN else "attachment"
        if kind not in SHOWN:
            kind = "application/octet-stream"
        name = re.sub(r'[/\\"]', "_", one_line(self.name)) or "file"
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        return [
            ("content-type", kind),
            ("content-disposition", f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("cross-origin-resource-policy", "same-site"),
            ("accept-ranges", "bytes"),
        ]


def path_of(folder: Path, key: str) -> Path:
    """Where a file lies; the same answer as `relance.mail.files`."""
    if not key.isalnum():
        raise ValueError("not a name of ours")
    return folder / key[:2] / key


def span(header: str, size: int) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, the last not included; None for all of them (RFC 9110 14.2).

    Raises ValueError for bytes that are not there.
    """
    found = _RANGE.fullmatch(header.strip())
    if not found or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return max(0, size - int(found[2])), size
    first, last = int(found[1]), min(size - 1, int(found[2])) if found[2] else size - 1
    if first >= size or last < first:
        raise ValueError("no such bytes")
    return first, last + 1
