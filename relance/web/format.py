"""How figures, rates, dates, initials and hues are written for people *(pure)*; DESIGN section 6."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from babel.dates import format_date, format_datetime

from relance.lib.figures import NARROW
from relance.lib.figures import figure as figure
from relance.lib.figures import is_french as is_french
from relance.lib.figures import locale_of as locale_of
from relance.lib.figures import money as money
from relance.lib.fold import fold

HUES = 8


class Unit(StrEnum):
    """The steps in which a distance in time is told."""

    NOW = "now"
    MINUTES = "minutes"
    HOURS = "hours"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    DAYS = "days"
    DATE = "date"


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far a moment lies from now: a step, how many of it, and on which side."""

    unit: Unit
    count: int = 0
    ahead: bool = False


def colon(language: str | None) -> str:
    """What stands between a name and its value, with the space before it that French asks for."""
    return "\u00a0: " if is_french(language) else ": "


def percent(part: int | float | None, whole: int | float | None, language: str | None, places: int = 1) -> str:
    """A share of a whole, `11,4 %` or `11.4%`; empty when there is no whole to share."""
    if not whole or part is None:
        return ""
    rate = figure(100 * part / whole, language, places)
    return f"{rate}{NARROW}%" if is_french(language) else f"{rate}%"


def distance(moment: datetime, now: datetime, zone: tzinfo) -> Distance:
    """How to tell a moment: relative up to seven days on either side, then by its date."""
    ahead = moment > now
    gap = abs(moment - now)
    days = abs((moment.astimezone(zone).date() - now.astimezone(zone).date()).days)
    if gap < timedelta(minutes=1):
        return Distance(unit=Unit.NOW)
    if gap < timedelta(hours=1):
        return Distance(unit=Unit.MINUTES, count=int(gap.total_seconds() // 60), ahead=ahead)
    if days == 0 or (gap < timedelta(hours=6) and not ahead):
        return Distance(unit=Unit.HOURS, count=int(gap.total_seconds() // 3600), ahead=ahead)
    if days == 1:
        return Distance(unit=Unit.TOMORROW if ahead else Unit.YESTERDAY, count=1, ahead=ahead)
    if days <= 7:
        return Distance(unit=Unit.DAYS, count=days, ahead=ahead)
    return Distance(unit=Unit.DATE, ahead=ahead)


def short_date(day: date, language: str | None, today: date) -> str:
    """`17 Nov` or `17 nov.`, with the year only when it is another one."""
    pattern = "d MMM" if day.year == today.year else "d MMM y"
    return format_date(day, pattern, locale=locale_of(language))


def day_name(day: date, language: str | None) -> str:
    """`Thu 19 Nov` or `jeu. 19 nov.`"""
    return format_date(day, "EEE d MMM", locale=locale_of(language))


def long_day(day: date, language: str | None) -> str:
    """`Thursday 19 November` or `jeudi 19 novembre`."""
    return format_date(day, "EEEE d MMMM", locale=locale_of(language))


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """`09:00`, in the given zone."""
    return f"{moment.astimezone(zone):%H:%M}"


def moment(at: datetime, language: str | None, zone: tzinfo) -> str:
    """`Thursday 19 November 2026, 09:00` or `jeudi 19 novembre 2026, 09:00`: to the minute, for sentences."""
    return format_datetime(at.astimezone(zone), "EEEE d MMMM y, HH:mm", locale=locale_of(language))


def full_moment(moment: datetime, language: str | None, zone: tzinfo) -> str:
    """Everything about a moment: day, date, year, time to the second and zone."""
    local = moment.astimezone(zone)
    written = format_datetime(local, "EEEE d MMMM y, HH:mm:ss", locale=locale_of(language))
    return f"{written} ({zone})"


def duration(gap: timedelta, language: str | None) -> str:
    """A length of time in two units at most: `2 d 3 h`, `2 j 3 h`, `4 min`."""
    minutes = int(gap.total_seconds() // 60)
    day = "j" if is_french(language) else "d"
    parts = ((minutes // 1440, day), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    told = [f"{count}\u00a0{unit}" for count, unit in parts if count]
    return " ".join(told[:2]) if told else f"{int(gap.total_seconds())}\u00a0s"


def file_size(octets: int, language: str | None) -> str:
    """`412 kB`, `1.4 MB`; in French `412 ko`, `1,4 Mo`."""
    unit = "o" if is_french(language) else "B"
    if octets < 1000:
        return f"{octets}\u00a0{unit}"
    for prefix, size in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if octets < size * 1000 or prefix == "G":
            places = 1 if octets < size * 10 and prefix != "k" else 0
            return f"{figure(octets / size, language, places)}\u00a0{prefix}{unit}"
    raise AssertionError


def initials(name: str) -> str:
    """The letters of an avatar: first and last word, or the first two letters of one word."""
    words = [word for word in name.replace(".", " ").replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2].upper()
    return (words[0][0] + words[-1][0]).upper()


def hue(key: str) -> int:
    """One of eight quiet hues (1 to 8), always the same for the same person."""
    return zlib.crc32(key.strip().casefold().encode()) % HUES + 1


def span_of(text: str, sought: str) -> tuple[int, int]:
    """Where a text holds what is sought, compared without accents and capitals; (0, 0) when it does not."""
    letters = [fold(letter) if letter.strip() else " " for letter in text]
    folded = "".join(letters)
    found = folded.find(fold(sought)) if fold(sought) else -1
    if found < 0:
        return 0, 0
    place = [index for index, letter in enumerate(letters) for _part in letter]
    return place[found], place[found + len(fold(sought)) - 1] + 1
