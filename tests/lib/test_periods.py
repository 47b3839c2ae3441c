"""Stretches of days told from today."""

from __future__ import annotations

from datetime import date

import pytest

from relance.lib.periods import Period, bounds, moved, span

pytestmark = pytest.mark.shows("REC-05")
FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", (2026, 11, 20), (2026, 11, 21)),
        ("yesterday", (2026, 11, 19), (2026, 11, 20)),
        ("tomorrow", (2026, 11, 21), (2026, 11, 22)),
        ("this_week", (2026, 11, 16), (2026, 11, 23)),
        ("last_week", (2026, 11, 9), (2026, 11, 16)),
        ("next_week", (2026, 11, 23), (2026, 11, 30)),
        ("this_month", (2026, 11, 1), (2026, 12, 1)),
        ("last_month", (2026, 10, 1), (2026, 11, 1)),
        ("next_month", (2026, 12, 1), (2027, 1, 1)),
        ("this_quarter", (2026, 10, 1), (2027, 1, 1)),
        ("last_quarter", (2026, 7, 1), (2026, 10, 1)),
        ("next_quarter", (2027, 1, 1), (2027, 4, 1)),
        ("this_year", (2026, 1, 1), (2027, 1, 1)),
        ("last_year", (2025, 1, 1), (2026, 1, 1)),
        ("next_year", (2027, 1, 1), (2028, 1, 1)),
    ],
)
def test_a_period_has_its_first_day_and_the_first_after_it(period, start, end):
    assert bounds(Period(period), FRIDAY) == (date(*start), date(*end))


@pytest.mark.parametrize(
    ("text", "sign", "day"),
    [
        ("30d", -1, (2026, 10, 21)),
        ("2w", 1, (2026, 12, 4)),
        ("9m", -1, (2026, 2, 20)),
        ("1y", 1, (2027, 11, 20)),
        ("9999y", 1, (9999, 12, 31)),
        ("9999y", -1, (1, 1, 1)),
    ],
)
def test_a_span_leads_to_a_day(text, sign, day):
    assert moved(FRIDAY, span(text), sign) == date(*day)


def test_the_last_day_of_a_month_stays_one():
    assert moved(date(2026, 8, 31), span("6m"), -1) == date(2026, 2, 28)


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1.5d", "99999d", "3h", "30d "])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError):
        span(text)
