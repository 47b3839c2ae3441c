"""The working time of the house as it was set: days, hours, public holidays, days off (ADM-02, SEQ-04)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache

from relance.lib.worktime import Work
from relance.team.models import Organisation

YEARS_AHEAD = 3


def work_of(house: Organisation, *, now: datetime) -> Work:
    """The working time, with the holidays from last year to three years ahead."""
    public = _public(house.holiday_country, now.year) if house.holiday_country else frozenset()
    return Work(
        days=frozenset(house.work_days),
        holidays=public | frozenset(days_of(house.days_off)),
        opens=house.work_from,
        closes=house.work_until,
    )


def public_holidays(country: str, *, now: datetime) -> frozenset[date]:
    """Those of a country, from last year to three years ahead; none where they are not known."""
    return _public(country, now.year)


@cache
def countries() -> frozenset[str]:
    """The countries whose public holidays are known, by their two letters."""
    import holidays  # here: it weighs 3 MB in every process

    return frozenset(code for code in holidays.list_supported_countries() if len(code) == 2)


@cache
def _public(country: str, year: int) -> frozenset[date]:
    if country not in countries():
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, years=range(year - 1, year + YEARS_AHEAD + 1)))


def days_of(told: Iterable[str]) -> list[date]:
    """The dates of a list as it is kept."""
    return [date.fromisoformat(day) for day in told]


def days_told(days: object) -> list[str]:
    """Dates as they are kept: in order, each once."""
    assert isinstance(days, list | tuple | set | frozenset)
    return sorted(
        {day.isoformat() if isinstance(day, date) else date.fromisoformat(str(day)).isoformat() for day in days}
    )
