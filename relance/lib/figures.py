"""How a number is written for people, by language *(pure)*; DESIGN section 6."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol

NARROW, FIXED = "\u202f", "\u00a0"
"""No-break spaces: before a sign, and between thousands, where the narrow one of our font is not seen."""


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
    return written.replace(",", FIXED).replace(".", ",")


def money(amount: Decimal | int, currency: str, language: str | None) -> str:
    """A sum in its currency (ISO 4217): `82 000 €` in French, `€82,000` in English; cents only where there are any."""
    whole, locale = amount == int(amount), locale_of(language)
    pattern = _pattern(locale, currency, whole)
    written = format_currency(amount, currency, pattern, locale=locale, currency_digits=not whole)
    return written.replace(NARROW, FIXED)


@lru_cache
def _pattern(locale: str, currency: str, whole: bool) -> str:
    """As the language writes it, and `CHF 20` rather than `CHF20`."""
    written: str = Locale.parse(locale).currency_formats["standard"].pattern
    if written.startswith("¤#") and get_currency_symbol(currency, locale)[-1].isalpha():
        written = written.replace("¤", f"¤{FIXED}", 1)
    return written.replace(".00", "") if whole else written
