"""Numbers, days, moments, yes and no as people write them, in French, in English and as programs do. *(pure)*

    >>> number("1 284,50"), number("1,284.50"), number("82 000 €")
    (Decimal('1284.50'), Decimal('1284.50'), Decimal('82000'))
    >>> day("21/11/2026"), yes_no("oui")
    (datetime.date(2026, 11, 21), True)

Each raises ValueError for what it cannot read.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from relance.lib.fold import fold

_YES = frozenset(("oui", "o", "yes", "y", "true", "vrai", "1", "x", "on", "ok", "accepte", "agreed", "granted"))
_NO = frozenset(("non", "n", "no", "false", "faux", "0", "off", "refuse", "refused", "denied"))
_DAY = re.compile(
    r"(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)([/.-])(\d\d?)\5(\d{4}|\d\d))(?:[T ]\d\d:\d\d(?::\d\d)?)?", re.ASCII
)
_MARKS = re.compile(r"[,.]")
_BETWEEN = re.compile(r"[\s'’]")
_AROUND = re.compile(r"^(?:EUR|USD|GBP|CHF|[€$£])|(?:EUR|USD|GBP|CHF|[€$£%])$", re.IGNORECASE)
_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_SEVERAL = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}|[+-]?\d{1,3}(\.\d{3}){2,}")
_ONE = re.compile(r"[+-]?[1-9]\d{0,2}[,.]\d{3}")
_BOTH = re.compile(r"[+-]?\d{1,3}(,\d{3})*\.\d*|[+-]?\d{1,3}(\.\d{3})*,\d*")
_HOURS = re.compile(r"(\S+?)(?:T|\s+(?:at |à )?)(\d{1,2})\s?(?:[:h]\s?(\d{2})?)?(?::(\d{2})(?:\.\d+)?)?", re.IGNORECASE)


def number(text: str, *, thousands: str = "") -> Decimal:
    """`1 284,50`, `1,284.50` and `1284.5` are one number. A lone mark before three figures is the decimal one.

    Unless it stands in `thousands`: `1,284` is what it seems to an English reader, and an amount of money has no
    third decimal.
    """
    bare = _AROUND.sub("", _BETWEEN.sub("", text))
    if _SEVERAL.fullmatch(bare) or (_ONE.fullmatch(bare) and any(mark in bare for mark in thousands)):
        return Decimal(_MARKS.sub("", bare))
    if _BOTH.fullmatch(bare) and "," in bare and "." in bare:
        whole, _mark, rest = bare.rpartition(max(",.", key=bare.rfind))
        return Decimal(f"{_MARKS.sub('', whole)}.{rest or 0}")
    if not _PLAIN.fullmatch(bare) or not bare.isascii():
        raise ValueError(text)
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        raise ValueError(text) from None


def day(text: str) -> date:
    """A day, the year first or last: 2026-11-21, 21/11/2026, 21.11.2026."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, number = (found[1], found[2], found[3]) if found[1] else (found[7], found[6], found[4])
    return date(int(year) if len(year) == 4 else _century(int(year)), int(month), int(number))


def _century(year: int) -> int:
    """Of two figures: 68 is 2068, 69 is 1969, as POSIX has it."""
    return year + (1900 if year >= 69 else 2000)


def moment(text: str, zone: tzinfo) -> datetime:
    """A moment in UTC, to the second: ISO with its offset, or a day and an hour as the clocks of `zone` show them."""
    bare = text.strip()
    try:
        told = datetime.fromisoformat(bare)
    except ValueError:
        told = _day_and_hour(bare)
    try:
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError(text) from None


def _day_and_hour(text: str) -> datetime:
    found = _HOURS.fullmatch(text)
    if found is None:
        return datetime.combine(day(text), datetime.min.time())
    hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    return datetime.combine(day(found[1]), datetime.min.time()).replace(hour=hour, minute=minute, second=second)


def yes_no(text: str) -> bool:
    """Yes or no, in a word, a letter or a figure."""
    word = fold(text).strip(".!")
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(text)
