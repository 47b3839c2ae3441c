"""Numbers in addresses and forms."""

from __future__ import annotations


def number(text: str) -> int | None:
    """The key of a row, or nothing where the text cannot be one: `²`, a word, more than PostgreSQL counts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
