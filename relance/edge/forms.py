"""The one form that the edge reads: `List-Unsubscribe=One-Click`, urlencoded or multipart (RFC 8058, section 3.1)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable
from urllib.parse import parse_qs

LONGEST = 16_384
FIELD = "List-Unsubscribe"
PRESSED = "One-Click"
_PART = re.compile(rb'name="?list-unsubscribe"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n\s*one-click', re.IGNORECASE)


async def is_one_click(content_type: str, body: AsyncIterable[bytes]) -> bool:
    """Whether this body says that the button has been pressed; a longer one than any mail program sends does not."""
    whole = b""
    async for piece in body:
        whole += piece
        if len(whole) > LONGEST:
            return False
    return says_one_click(content_type, whole)


def says_one_click(content_type: str, body: bytes) -> bool:
    """The same of a body that is here already."""
    if content_type.lower().startswith("multipart/"):
        return _PART.search(body) is not None
    fields = parse_qs(body.decode("ascii", "replace"))
    return any(
        name.lower() == FIELD.lower() and PRESSED.lower() in (value.strip().lower() for value in values)
        for name, values in fields.items()
    )
