"""Folded text: lower case, without accents, single spaces. What people type when they search, what lists sort by."""

from __future__ import annotations

import re
import unicodedata

SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def fold(text: str) -> str:
    """`Ève  LEFÈVRE` becomes `eve lefevre`."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", _FOREIGN.sub(_translated, text.casefold()))
        text = _FOREIGN.sub(_without_accents, plain)
    return " ".join(text.lower().split())


def _translated(found: re.Match[str]) -> str:
    return found[0].translate(SPECIAL)


def _without_accents(found: re.Match[str]) -> str:
    return "".join(letter for letter in found[0] if not unicodedata.combining(letter))
