"""The values of fields: read from what people and programs write, kept, and written again (REC-01).

A custom value lies in its row's `custom` as JSON: a number as a number, a day as `2026-11-21`, a moment in UTC as
`2026-11-21T08:00:00+00:00`, a choice as its key, a link or a colleague as an id; what is empty is not there.
Whether a link leads to a record that somebody may see is asked by `records.links`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.lib import addresses, written
from relance.lib.fold import fold
from relance.lib.refusal import Refused
from relance.records.fields import Field, Kind, Value, Values

Json = str | int | float | bool | list[str] | None
MOST_DIGITS = 15  # of a number: what JSON and every spreadsheet keep exactly
MOST_DECIMALS = {Kind.NUMBER: 6, Kind.MONEY: 2}
LONGEST_WORD = 40
LONGEST = {Kind.TEXT: 500, Kind.LONG_TEXT: 20_000, Kind.PHONE: 40, Kind.URL: 500, Kind.EMAIL: 254}
_BETWEEN = re.compile(r"[\n,;]+")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


class BadValue(Refused):
    """A value that its field does not take; the sentence names the field, `field` is its key."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How somebody writes: where the clocks stand, and whether `1,284` is a thousand (as in English)."""

    zone: tzinfo = UTC
    language: str = "en"


PLAIN = Habits()
SENTENCES: Mapping[Kind, str | Promise] = {
    Kind.NUMBER: gettext_lazy("“%(value)s” is not a number for %(field)s. Write figures, such as 1284.50."),
    Kind.MONEY: gettext_lazy("“%(value)s” is not an amount for %(field)s. Write figures, such as 1284.50."),
    Kind.DATE: gettext_lazy("“%(value)s” is not a day for %(field)s. Write it like 21/11/2026 or 2026-11-21."),
    Kind.MOMENT: gettext_lazy("“%(value)s” is not a moment for %(field)s. Write it like 21/11/2026 09:30."),
    Kind.YES_NO: gettext_lazy("“%(value)s” is neither yes nor no for %(field)s."),
    Kind.CHOICE: gettext_lazy("“%(value)s” is not one of the choices of %(field)s."),
    Kind.CHOICES: gettext_lazy("“%(value)s” is not one of the choices of %(field)s."),
    Kind.EMAIL: gettext_lazy("“%(value)s” is not an e-mail address. Correct it, or leave %(field)s empty."),
    Kind.PHONE: gettext_lazy("“%(value)s” is not a phone number. Correct it, or leave %(field)s empty."),
    Kind.URL: gettext_lazy("“%(value)s” is not a web address. Correct it, or leave %(field)s empty."),
    Kind.LINK: gettext_lazy("“%(value)s” is no record that %(field)s can link to."),
    Kind.USER: gettext_lazy("“%(value)s” is no colleague for %(field)s."),
}
WORDS: Mapping[bool, str | Promise] = {True: gettext_lazy("Yes"), False: gettext_lazy("No")}


def read(field: Field, text: str, habits: Habits = PLAIN) -> Value:
    """The value that somebody wrote in a form, an address or a cell; None for nothing. Raises BadValue.

    A required field may still be empty here: `complete` says so of a whole record.
    """
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        return None
    if field.many or field.kind == Kind.CHOICES:
        return several(field, _BETWEEN.split(clean), habits)
    return _fitting(field, READERS[field.kind](field, clean, habits), clean)


def several(field: Field, parts: list[str], habits: Habits = PLAIN) -> Value:
    """The values of a field that holds several, each once and, for choices, in the order of the choices."""
    one = replace(field, many=False, kind=Kind.CHOICE if field.kind == Kind.CHOICES else field.kind)
    found = [str(value) for part in parts if (value := read(one, part, habits)) is not None]
    order = {key: place for place, key in enumerate(field.options())}
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda key: order.get(key, 0)) if order else unique) or None


def read_json(field: Field, told: object, habits: Habits = PLAIN) -> Value:
    """The same from the body of a request: its own types, or their text. Raises BadValue."""
    match told:
        case None:
            return None
        case list() if field.many or field.kind == Kind.CHOICES:
            return several(field, [_text_of(field, part) for part in told], habits)
        case _:
            return read(field, _text_of(field, told), habits)


def _text_of(field: Field, told: object) -> str:
    match told:
        case str():
            return told
        case bool() if field.kind == Kind.YES_NO:
            return "yes" if told else "no"
        case int() if not isinstance(told, bool):
            return str(told)
        case float() | Decimal() if field.kind in MOST_DECIMALS:
            return format(Decimal(str(told)), "f")
        case _:
            raise refusal(field, str(told))


def refusal(field: Field, value: str) -> BadValue:
    sentence = str(SENTENCES.get(field.kind, _("“%(value)s” does not fit %(field)s.")))
    return BadValue(sentence % {"value": value[:80], "field": field.label}, field=field.key)


def _fitting(field: Field, value: Value, text: str) -> Value:
    longest = field.max_length or LONGEST.get(field.kind, 0)
    if isinstance(value, str) and longest and len(value) > longest:
        told = _("%(field)s holds at most %(limit)s characters. “%(value)s…” is longer.")
        words = {"field": field.label, "limit": longest, "value": text[:40]}
        raise BadValue(told % words, field=field.key)
    return value


def _line(_field: Field, text: str, _habits: Habits) -> Value:
    return addresses.one_line(text) or None


def _lines(_field: Field, text: str, _habits: Habits) -> Value:
    return "\n".join(addresses.one_line(line) for line in text.splitlines()).strip() or None


def _email(field: Field, text: str, _habits: Habits) -> Value:
    try:
        return addresses.parse(text).as_written
    except addresses.InvalidAddress:
        raise refusal(field, text) from None


def _phone(field: Field, text: str, habits: Habits) -> Value:
    if not any(letter.isdigit() for letter in text):
        raise refusal(field, text)
    return _line(field, text, habits)


def _url(field: Field, text: str, _habits: Habits) -> Value:
    """Only the web: a link of strangers such as `javascript:` must never be clicked."""
    if _WEB.fullmatch(text):
        return text
    if _SCHEME.match(text) or any(letter.isspace() for letter in text) or "." not in text:
        raise refusal(field, text)
    return f"https://{text}"


def _number(field: Field, text: str, habits: Habits) -> Value:
    thousands = ",." if field.kind == Kind.MONEY else "," if habits.language == "en" else ""
    try:
        told = written.number(text, thousands=thousands)
        rounded = round(told, MOST_DECIMALS[field.kind])
    except (ValueError, ArithmeticError):
        raise refusal(field, text) from None
    words = {"field": field.label, "value": text[:40]}
    if rounded != told:
        sentence = _("%(field)s holds at most %(limit)s digits after the decimal point. “%(value)s” has more.")
        raise BadValue(sentence % {**words, "limit": MOST_DECIMALS[field.kind]}, field=field.key)
    if len(rounded.normalize().as_tuple().digits) + _zeros(rounded) > MOST_DIGITS:
        sentence = _("%(field)s holds at most %(limit)s digits. “%(value)s” has more.")
        raise BadValue(sentence % {**words, "limit": MOST_DIGITS}, field=field.key)
    return rounded


def _zeros(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(exponent, 0) if isinstance(exponent, int) else 0


def _day(field: Field, text: str, _habits: Habits) -> Value:
    try:
        return written.day(text)
    except ValueError:
        raise refusal(field, text) from None


def _moment(field: Field, text: str, habits: Habits) -> Value:
    try:
        return written.moment(text, habits.zone)
    except ValueError:
        raise refusal(field, text) from None


def _yes_no(field: Field, text: str, _habits: Habits) -> Value:
    try:
        return written.yes_no(text)
    except ValueError:
        raise refusal(field, text) from None


def _choice(field: Field, text: str, _habits: Habits) -> Value:
    """By its key, or by its label as people see it."""
    options = field.options()
    if text in options:
        return text
    wanted = fold(text)
    for key, label in options.items():
        if wanted in (fold(str(label)), fold(key)):
            return key
    if field.open:
        return word(text, field=field.key)
    raise refusal(field, text)


def word(text: str, *, field: str) -> str:
    """A word of one's own, such as a tag, on one line. Raises BadValue where it is too long, so that none is cut."""
    told = " ".join(text.split())
    if len(told) > LONGEST_WORD:
        sentence = _("A tag has %(limit)d characters at most. “%(value)s…” is longer.")
        raise BadValue(sentence % {"limit": LONGEST_WORD, "value": told[:LONGEST_WORD]}, field=field)
    return told


def _id(field: Field, text: str, _habits: Habits) -> Value:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise refusal(field, text)


READERS: Mapping[Kind, Callable[[Field, str, Habits], Value]] = {
    Kind.TEXT: _line,
    Kind.LONG_TEXT: _lines,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.URL: _url,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.DATE: _day,
    Kind.MOMENT: _moment,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choice,
    Kind.LINK: _id,
    Kind.USER: _id,
}


def complete(field: Field, value: Value) -> Value:
    """The value of a field that must not be empty if it is required. Raises BadValue."""
    if field.required and value in (None, "", ()):
        raise BadValue(_("%(field)s must not be empty.") % {"field": field.label}, field=field.key)
    return value


def completed(fields: Iterable[Field], told: Values, *, new: bool) -> Values:
    """The same values, once no required field is emptied by them or, of a new record, left out. Raises BadValue."""
    for field in fields:
        if field.key in told or (new and field.editable):
            complete(field, told.get(field.key))
    return told


def plain(value: Value) -> Json:
    """As JSON keeps and tells it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case tuple():
            return list(value)
        case _:
            return value


def kept(field: Field, told: object) -> Value:
    """A value out of a row's `custom`; None for nothing, and for what the field's type cannot hold any more."""
    try:
        return _kept(field.kind, told)
    except (ValueError, TypeError, ArithmeticError):
        return None


def _kept(kind: Kind, told: object) -> Value:
    match kind:
        case Kind.NUMBER | Kind.MONEY:
            return Decimal(str(told)) if isinstance(told, int | float) else None
        case Kind.DATE:
            return date.fromisoformat(str(told)) if told else None
        case Kind.MOMENT:
            return datetime.fromisoformat(str(told)) if told else None
        case Kind.YES_NO:
            return told if isinstance(told, bool) else None
        case Kind.CHOICES:
            return tuple(map(str, told)) if isinstance(told, list) else None
        case Kind.LINK | Kind.USER:
            return told if isinstance(told, int) else None
        case _:
            return str(told) if told else None


def merged(custom: Mapping[str, object], values: Values) -> dict[str, object]:
    """A row's `custom` with these values of custom fields put in; an empty one is taken out."""
    told = {**custom, **{key: plain(value) for key, value in values.items()}}
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def text(field: Field, value: Value, habits: Habits = PLAIN) -> str:
    """As a control of a form or a cell of a file holds it, to be read again; several a line each.

    Days and moments stand as controls of browsers want them, moments by the clocks of `habits`.
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(habits.zone).strftime("%Y-%m-%dT%H:%M")
        case date():
            return value.isoformat()
        case Decimal():
            return figures(value, MOST_DECIMALS.get(field.kind, 0) if field.kind == Kind.MONEY else 0)
        case tuple():
            return "\n".join(value)
        case _:
            return str(value)


def figures(number: Decimal, decimals: int = 0) -> str:
    """A number in plain figures: as few decimals as it has, or `decimals` of them once it has any."""
    whole = number == number.to_integral_value()
    return (
        format(number, ".0f") if whole else format(number, f".{decimals}f") if decimals else f"{number.normalize():f}"
    )


def label(field: Field, value: Value) -> str:
    """A yes or no, a choice, a text in words; numbers, days and moments are dressed by the face that shows them."""
    match value:
        case None:
            return ""
        case bool():
            return str(WORDS[value])
        case tuple():
            options = field.options()
            return ", ".join(str(options.get(one, one)) for one in value)
        case str() if field.kind == Kind.CHOICE:
            return str(field.options().get(value, value))
        case _:
            return text(field, value)
