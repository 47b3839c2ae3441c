"""How figures, rates, dates and people are written, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.web.format import (
    Distance,
    Unit,
    distance,
    duration,
    figure,
    file_size,
    full_moment,
    hue,
    initials,
    percent,
    short_date,
    span_of,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 19, 14, 42, tzinfo=UTC)  # a Thursday, 15:42 in Paris


@pytest.mark.parametrize(
    ("value", "places", "french", "english"),
    [
        (0, 0, "0", "0"),
        (1284, 0, "1\u00a0284", "1,284"),
        (1234567, 0, "1\u00a0234\u00a0567", "1,234,567"),
        (11.4, 1, "11,4", "11.4"),
        (-1284.5, 1, "-1\u00a0284,5", "-1,284.5"),
    ],
)
def test_figures_follow_the_language(value, places, french, english):
    assert figure(value, "fr", places) == french
    assert figure(value, "en", places) == english


@pytest.mark.parametrize(
    ("part", "whole", "french", "english"),
    [
        (371, 612, "60,6\u202f%", "60.6%"),
        (0, 10, "0,0\u202f%", "0.0%"),
        (10, 10, "100,0\u202f%", "100.0%"),
        (0, 0, "", ""),
        (3, None, "", ""),
        (None, 3, "", ""),
    ],
)
def test_a_share_of_nothing_is_not_told(part, whole, french, english):
    assert percent(part, whole, "fr") == french
    assert percent(part, whole, "en-gb") == english


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (timedelta(seconds=-20), Distance(unit=Unit.NOW)),
        (timedelta(minutes=-4), Distance(unit=Unit.MINUTES, count=4)),
        (timedelta(minutes=78), Distance(unit=Unit.HOURS, count=1, ahead=True)),
        (timedelta(hours=-3), Distance(unit=Unit.HOURS, count=3)),
        (timedelta(hours=-20), Distance(unit=Unit.YESTERDAY, count=1)),
        (timedelta(hours=18), Distance(unit=Unit.TOMORROW, count=1, ahead=True)),
        (timedelta(days=-7), Distance(unit=Unit.DAYS, count=7)),
        (timedelta(days=5), Distance(unit=Unit.DAYS, count=5, ahead=True)),
        (timedelta(days=-8), Distance(unit=Unit.DATE)),
        (timedelta(days=9), Distance(unit=Unit.DATE, ahead=True)),
    ],
)
def test_times_are_relative_for_seven_days_then_dates(gap, told):
    assert distance(NOW + gap, NOW, PARIS) == told


def test_yesterday_is_a_matter_of_the_readers_calendar():
    late = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
    morning = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)

    assert distance(late, morning, PARIS).unit is Unit.YESTERDAY
    assert distance(late, morning, ZoneInfo("Pacific/Auckland")).unit is Unit.HOURS


def test_a_day_of_25_hours_stays_one_day():
    before = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 25 October, 00:30 in Paris, the night of the change
    after = datetime(2026, 10, 26, 8, 0, tzinfo=UTC)

    assert distance(before, after, PARIS) == Distance(unit=Unit.YESTERDAY, count=1)


def test_dates_name_the_year_only_when_it_is_another():
    today = NOW.date()

    assert short_date(today, "fr", today) == "19 nov."
    assert short_date(today, "en", today) == "19 Nov"
    assert short_date(today.replace(year=2025), "en", today) == "19 Nov 2025"


def test_the_full_moment_names_its_zone():
    assert full_moment(NOW, "fr", PARIS) == "jeudi 19 novembre 2026, 15:42:00 (Europe/Paris)"
    assert full_moment(NOW, "en", PARIS) == "Thursday 19 November 2026, 15:42:00 (Europe/Paris)"


@pytest.mark.parametrize(
    ("gap", "french", "english"),
    [
        (timedelta(seconds=40), "40\u00a0s", "40\u00a0s"),
        (timedelta(minutes=4), "4\u00a0min", "4\u00a0min"),
        (timedelta(days=2, hours=3, minutes=5), "2\u00a0j 3\u00a0h", "2\u00a0d 3\u00a0h"),
    ],
)
def test_durations_have_two_units_at_most(gap, french, english):
    assert duration(gap, "fr") == french
    assert duration(gap, "en") == english


@pytest.mark.parametrize(
    ("octets", "french", "english"),
    [
        (999, "999\u00a0o", "999\u00a0B"),
        (412_000, "412\u00a0ko", "412\u00a0kB"),
        (1_400_000, "1,4\u00a0Mo", "1.4\u00a0MB"),
        (2_000_000_000_000, "2\u00a0000\u00a0Go", "2,000\u00a0GB"),
    ],
)
def test_sizes_of_files(octets, french, english):
    assert file_size(octets, "fr") == french
    assert file_size(octets, "en") == english


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Hélène Rouvière", "HR"),
        ("Jean-Luc de La Fontaine", "JF"),
        ("Étienne", "ÉT"),
        ("", "?"),
        ("…", "?"),
        ("camille.aubry@helionne.example", "CE"),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_a_person_keeps_her_hue_whatever_the_case():
    hues = {hue(f"person{number}@example.test") for number in range(200)}

    assert hue("Camille@Helionne.example ") == hue("camille@helionne.example")
    assert hues == set(range(1, 9))


@pytest.mark.parametrize(
    ("text", "sought", "part"),
    [
        ("Hélène Rouvière", "rouv", "Rouv"),
        ("Hélène Rouvière", "ELENE", "élène"),
        ("Straße 12", "strasse", "Straße"),
        ("Hélène  Rouvière", "zzz", ""),
        ("Hélène", "", ""),
    ],
)
def test_the_part_that_was_sought_is_found_whatever_its_accents(text, sought, part):
    start, end = span_of(text, sought)

    assert text[start:end] == part
