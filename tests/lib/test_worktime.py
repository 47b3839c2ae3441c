"""Working time: week-ends, holidays, hours, zones, both nights of the clocks, the leap day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.lib.worktime import (
    Work,
    at_hour,
    by_the_clock,
    elapsed,
    into_hours,
    is_within,
    next_hour,
    rolled,
    working_days_after,
)  # fmt: skip

pytestmark = pytest.mark.shows("SEQ-04", "SEQ-05")
PARIS, NEW_YORK, TOKYO = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
WORK = Work(holidays=frozenset({date(2026, 5, 1), date(2026, 5, 25), date(2026, 12, 25)}))


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "zone", "due"),
    [
        ("2026-11-24 10:00", 24, PARIS, "2026-11-25 10:00"),
        ("2026-11-27 17:45", 24, PARIS, "2026-11-30 17:45"),  # Friday evening, one day: Monday
        ("2026-11-27 17:45", 72, PARIS, "2026-11-30 17:45"),  # exactly the Monday that was meant
        ("2026-11-26 09:00", 48, PARIS, "2026-11-30 09:00"),
        ("2026-11-27 23:30", 1, PARIS, "2026-11-30 00:30"),  # over midnight into Saturday
        ("2026-04-30 10:00", 24, PARIS, "2026-05-04 10:00"),  # the First of May is a Friday
        ("2026-05-22 10:00", 24, PARIS, "2026-05-26 10:00"),  # a week-end and the Monday of Whitsun
        ("2026-03-27 10:00", 24, PARIS, "2026-03-30 10:00"),  # rolled over the spring night by the clock
        ("2026-03-28 10:00", 48, PARIS, "2026-03-30 11:00"),  # by the watch, over the spring night
        ("2026-10-24 10:00", 48, PARIS, "2026-10-26 09:00"),  # by the watch, over the autumn night
        ("2028-02-28 10:00", 24, PARIS, "2028-02-29 10:00"),  # leap day, a Tuesday
        ("2028-02-28 10:00", 48, PARIS, "2028-03-01 10:00"),
        ("2026-11-27 20:00", 3, TOKYO, "2026-11-27 23:00"),
        ("2026-11-27 23:00", 3, NEW_YORK, "2026-11-30 02:00"),
        ("2026-11-24 10:00", 0, PARIS, "2026-11-24 10:00"),
        ("2026-11-28 10:00", 0, PARIS, "2026-11-30 10:00"),
    ],
)
def test_elapsed_time_is_moved_out_of_the_days_off(start, hours, zone, due):
    assert elapsed(at(start, zone), timedelta(hours=hours), zone=zone, work=WORK) == at(due, zone)


def test_the_same_moment_is_a_friday_for_one_and_a_saturday_for_another():
    moment = at("2026-11-27 20:00", NEW_YORK)

    assert rolled(moment, zone=NEW_YORK, work=WORK) == moment
    assert rolled(moment, zone=TOKYO, work=WORK) == at("2026-11-30 10:00", TOKYO)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-28 10:00", 1, "2026-11-30 10:00"),  # Saturday and one is Monday
        ("2026-11-29 10:00", 1, "2026-11-30 10:00"),
        ("2026-11-27 10:00", 1, "2026-11-30 10:00"),
        ("2026-11-27 10:00", 5, "2026-12-04 10:00"),
        ("2026-11-24 10:00", 0, "2026-11-24 10:00"),
        ("2026-11-28 10:00", 0, "2026-11-30 10:00"),
        ("2026-05-22 10:00", 1, "2026-05-26 10:00"),
        ("2026-04-30 10:00", 2, "2026-05-05 10:00"),
        ("2026-10-23 10:00", 1, "2026-10-26 10:00"),  # the same local time after the autumn night
        ("2028-02-28 10:00", 2, "2028-03-01 10:00"),
    ],
)
def test_working_days_are_counted_strictly_after_the_start(start, days, due):
    assert working_days_after(at(start), days, zone=PARIS, work=WORK) == at(due)


@pytest.mark.parametrize(
    ("reached", "after", "due"),
    [
        ("2026-11-25 10:00:07", "2026-11-24 10:00:07", "2026-11-25 09:00"),  # not a day later for having left late
        ("2026-11-24 10:00", "2026-11-24 10:00", "2026-11-25 09:00"),  # nine has passed before the step before
        ("2026-11-27 10:00", "2026-11-27 10:00", "2026-11-30 09:00"),
        ("2026-11-28 10:00", "2026-11-27 10:00", "2026-11-30 09:00"),
        ("2026-04-30 23:00", "2026-04-30 22:00", "2026-05-04 09:00"),
    ],
)
def test_an_hour_stands_on_the_day_that_was_reached_unless_that_lies_before_the_step_before(reached, after, due):
    assert at_hour(at(reached), time(9), zone=PARIS, work=WORK, after=at(after)) == at(due)


@pytest.mark.shows("D22")
def test_an_hour_that_does_not_exist_is_one_hour_later_and_one_that_exists_twice_is_the_first():
    every_day = Work(days=frozenset(range(7)))

    gap = by_the_clock(date(2026, 3, 29), time(2, 30), zone=PARIS)
    overlap = by_the_clock(date(2026, 10, 25), time(2, 30), zone=PARIS)
    night = at_hour(at("2026-03-29 01:00"), time(2, 30), zone=PARIS, work=every_day, after=at("2026-03-29 00:00"))

    assert gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == night
    assert gap.astimezone(PARIS).time() == time(3, 30)
    assert overlap == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-11-24 08:59", "2026-11-24 09:00"),
        ("2026-11-24 09:00", "2026-11-24 09:00"),
        ("2026-11-24 17:59", "2026-11-24 17:59"),
        ("2026-11-24 18:00", "2026-11-25 09:00"),
        ("2026-11-27 18:30", "2026-11-30 09:00"),
        ("2026-11-28 12:00", "2026-11-30 09:00"),
        ("2026-05-01 12:00", "2026-05-04 09:00"),
        ("2026-12-24 19:00", "2026-12-28 09:00"),
    ],
)
def test_outside_the_hours_the_next_opening_counts(moment, due):
    assert into_hours(at(moment), zone=PARIS, work=WORK) == at(due)
    assert is_within(at(moment), zone=PARIS, work=WORK) is (moment == due)


def test_the_next_time_an_hour_strikes_is_on_a_working_day():
    assert next_hour(at("2026-11-24 11:30"), time(9), zone=PARIS, work=WORK) == at("2026-11-25 09:00")
    assert next_hour(at("2026-11-24 08:30"), time(9), zone=PARIS, work=WORK) == at("2026-11-24 09:00")
    assert next_hour(at("2026-11-27 11:30"), time(9), zone=PARIS, work=WORK) == at("2026-11-30 09:00")


def test_a_house_may_work_from_sunday_to_thursday():
    work = Work(days=frozenset({6, 0, 1, 2, 3}))

    assert elapsed(at("2026-11-26 10:00"), timedelta(days=1), zone=PARIS, work=work) == at("2026-11-29 10:00")


def test_a_house_without_any_working_day_does_not_wait_for_ever():
    assert rolled(at("2026-11-24 10:00"), zone=PARIS, work=Work(days=frozenset())) == at("2026-11-24 10:00")
