"""Folded text: lower case, without accents, single spaces. What people type when they search, what lists sort by."""

from __future__ import annotations

import unicodedata

SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})


def fold(text: str) -> str:
    """`Ève  LEFÈVRE` becomes `eve lefevre`."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.casefold().translate(SPECIAL))
        text = "".join([letter for letter in plain if not unicodedata.combining(letter)])
    return " ".join(text.lower().split())
