"""How a number is written for people, by language *(pure)*; DESIGN section 6."""

from __future__ import annotations

from decimal import Decimal

NARROW = "\u202f"


def locale_of(language: str | None) -> str:
    """The locale whose habits a language code follows: French, else British English."""
    return "fr" if (language or "").lower().startswith("fr") else "en_GB"


def is_french(language: str | None) -> bool:
    return locale_of(language) == "fr"


def figure(value: int | float | Decimal, language: str | None, places: int = 0) -> str:
    """A number with its thousands apart: `1 284,5` in French, `1,284.5` in English."""
    written = f"{value:,.{places}f}"
    if not is_french(language):
        return written
    return written.replace(",", NARROW).replace(".", ",")
