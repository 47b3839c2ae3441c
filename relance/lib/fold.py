"""Folded text: lower case, without accents, single spaces. What people type when they search, what lists sort by."""

from __future__ import annotations

import re
import unicodedata

SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})
# The accents of Latin letters; U+034F between them is none.
ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")


def fold(text: str) -> str:
    """`Ève  LEFÈVRE` becomes `eve lefevre`."""
    if not text.isascii():
        small = text.casefold()
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", small))
        if not text.isascii():
            plain = unicodedata.normalize("NFKD", small.translate(SPECIAL))
            text = "".join([letter for letter in plain if not unicodedata.combining(letter)])
    return " ".join(text.lower().split())
