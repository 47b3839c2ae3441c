"""How a field's value reads in a mail: money, dates and names in the recipient's language (TPL-02). *(pure)*

>>> shown(Decimal("1250"), FieldKind.MONEY, "", Reader(language="fr", currency="EUR"))
'1\u202f250,00\xa0€'
>>> shown("JEAN-PIERRE", FieldKind.TEXT, "title", Reader())
'Jean-Pierre'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal


class FieldKind(StrEnum):
    """What sort of value a field holds. HTML is already sanitised by whoever supplies it (a signature)."""

    TEXT = "text"
    HTML = "html"
    URL = "url"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"


class Money(NamedTuple):
    """An amount in a currency of its own (ISO 4217)."""

    amount: Decimal
    currency: str


Value = str | int | Decimal | date | datetime | Money | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """For whom a value is written: language (BCP 47) and the currency of amounts that name none."""

    language: str = "en"
    currency: str = "EUR"


CASES = frozenset({"upper", "lower", "capitalize", "title"})
FORMATS: dict[FieldKind, frozenset[str]] = {
    FieldKind.TEXT: CASES,
    FieldKind.HTML: frozenset(),
    FieldKind.URL: frozenset(),
    FieldKind.NUMBER: frozenset({"number"}),
    FieldKind.MONEY: frozenset({"money", "number"}),
    FieldKind.DATE: frozenset({"date"}),
    FieldKind.DATETIME: frozenset({"date", "time"}),
}
KNOWN_FORMATS = frozenset().union(*FORMATS.values())


def shown(value: Value, kind: FieldKind, format: str, reader: Reader) -> str:
    """The words for a value; empty when there is none. Text in a typed field is read as ISO if it can be."""
    if value is None:
        return ""
    if kind in (FieldKind.TEXT, FieldKind.URL, FieldKind.HTML):
        return _cased(_plain(value, reader), format)
    if isinstance(value, str):
        value = _typed(value.strip(), kind)
    return _worded(value, kind, format, reader)


def _plain(value: Value, reader: Reader) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Money):
        return _money(value.amount, value.currency, reader.language)
    if isinstance(value, date):
        return _day(value, reader.language)
    return str(value)


def _typed(text: str, kind: FieldKind) -> Value:
    try:
        if kind in (FieldKind.NUMBER, FieldKind.MONEY):
            number = Decimal(text)
            return number if number.is_finite() else text
        return datetime.fromisoformat(text) if kind is FieldKind.DATETIME else date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        return text


def _worded(value: Value, kind: FieldKind, format: str, reader: Reader) -> str:
    match value:
        case Money() if format != "number":
            return _money(value.amount, value.currency, reader.language)
        case Money():
            return _number(value.amount, reader.language)
        case int() | Decimal() if kind is FieldKind.MONEY and format != "number":
            return _money(Decimal(value), reader.currency, reader.language)
        case int() | Decimal():
            return _number(Decimal(value), reader.language)
        case datetime():
            return _moment(value, format or ("date" if kind is FieldKind.DATE else ""), reader.language)
        case date():
            return _day(value, reader.language)
    return value or ""


def _cased(text: str, format: str) -> str:
    match format:
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
        case "capitalize":
            return _capitalized(text)
        case "title":
            return re.sub(r"[^\s-]+", lambda word: _capitalized(word[0]), text)
    return text


def _capitalized(text: str) -> str:
    """A name typed all in capitals or all in small letters is put right; McDonald is left alone."""
    rest = text[1:].lower() if text.isupper() else text[1:]
    return text[:1].upper() + rest


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-" if "-" in language else "_")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, language: str) -> str:
    return format_currency(amount, currency, locale=_locale(language))


@lru_cache(maxsize=4096)
def _number(amount: Decimal, language: str) -> str:
    return format_decimal(amount, locale=_locale(language))


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=_locale(language))


def _moment(moment: datetime, format: str, language: str) -> str:
    locale = _locale(language)
    if format == "date":
        return _day(moment.date(), language)
    if format == "time":
        return format_time(moment, "short", tzinfo=moment.tzinfo, locale=locale)
    return format_datetime(moment, "long", tzinfo=moment.tzinfo, locale=locale)
