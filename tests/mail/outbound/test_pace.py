"""How fast, and when again: caps, retries, the hours of mass mails."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.mail.outbound.pace import (
    Cap,
    GiveUp,
    GiveUpReason,
    Retry,
    Start,
    Usage,
    hour_of,
    in_same_hour,
    mass_start,
    next_slot,
    retry_at,
    room,
)

PARIS = ZoneInfo("Europe/Paris")
KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 27, 16, 45, tzinfo=UTC)  # a Friday, 17:45 in Paris
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.shows("CAMP-04", "SEQ-15", "D11")
@pytest.mark.parametrize(
    ("cap", "usage", "left", "slot"),
    [
        (Cap(limit=2), Usage(), 2, NOW),
        (Cap(limit=2), Usage(count=1, oldest_at=NOW - MINUTE), 1, NOW),
        (Cap(limit=2), Usage(count=2, oldest_at=NOW - 20 * MINUTE), 0, NOW + 40 * MINUTE),
        (Cap(limit=2), Usage(count=5, oldest_at=NOW - HOUR), 0, NOW),
        (Cap(limit=0), Usage(), 0, NOW + HOUR),
        (Cap(limit=9, gap=MINUTE), Usage(last_at=NOW - timedelta(seconds=20)), 9, NOW + timedelta(seconds=40)),
        (Cap(limit=9, gap=MINUTE), Usage(last_at=NOW - HOUR), 9, NOW),
        (Cap(limit=1, window=24 * HOUR), Usage(count=1, oldest_at=NOW - HOUR), 0, NOW + 23 * HOUR),
    ],
)
def test_a_cap_leaves_room_or_names_the_next_moment(cap, usage, left, slot):
    assert room(cap, usage) == left
    assert next_slot(cap, usage, now=NOW) == slot


@pytest.mark.shows("D6", "D10")
def test_the_waits_between_attempts_grow_and_end_at_the_time_allowed():
    rng, now, waits = Random(7), NOW, []

    for attempt in range(1, 100):
        answer = retry_at(attempt, now=now, first_try_at=NOW, rng=rng)
        if isinstance(answer, GiveUp):
            break
        waits.append(answer.at - now)
        now = answer.at

    assert waits[0] >= 5 * MINUTE
    assert waits[:5] == sorted(waits[:5])
    assert all(wait <= 5.2 * HOUR for wait in waits)
    assert 10 <= len(waits) <= 25
    assert answer == GiveUp(GiveUpReason.TRIED_LONG_ENOUGH, timedelta(hours=48))


@pytest.mark.shows("D6")
def test_two_mails_refused_together_come_back_apart():
    rng = Random(7)

    first, second = (retry_at(3, now=NOW, first_try_at=NOW, rng=rng) for _ in range(2))

    assert first != second


@pytest.mark.shows("D6")
@given(st.integers(0, 10_000), st.integers(0, 60 * 47), st.integers(0, 2**32))
def test_a_retry_lies_in_the_future_and_never_past_the_end(attempt, minutes, seed):
    now = NOW + minutes * MINUTE

    answer = retry_at(attempt, now=now, first_try_at=NOW, rng=Random(seed))

    assert isinstance(answer, Retry)
    assert now < answer.at <= NOW + 48 * HOUR


def at(hour, minute=0, day=27, zone=PARIS):
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)


@pytest.mark.shows("MASS-03", "ZMM-27")
def test_a_fourth_mass_mail_in_a_clock_hour_waits_for_the_next_with_room():
    starts = [at(17, 0), at(17, 10), at(17, 59)]

    assert mass_start(at(17, 45), started=starts[:2], zone=PARIS) == Start(at(17, 45), moved=False)
    assert mass_start(at(17, 45), started=starts, zone=PARIS) == Start(at(18), moved=True)
    assert mass_start(at(17, 45), started=starts + [at(18, 30)] * 3, zone=PARIS) == Start(at(19), moved=True)
    assert mass_start(at(18), started=starts, zone=PARIS) == Start(at(18), moved=False)


@pytest.mark.shows("MASS-03")
def test_the_hours_are_those_of_the_organisations_clock():
    starts = [at(17, minute, zone=KOLKATA) for minute in (5, 20, 55)]  # 11:35 to 12:25 in UTC

    assert mass_start(at(17, 40, zone=KOLKATA), started=starts, zone=KOLKATA) == Start(at(18, zone=KOLKATA), True)
    assert in_same_hour(at(17, 40, zone=KOLKATA), starts, KOLKATA) == 3
    assert in_same_hour(at(17, 40, zone=KOLKATA), starts, PARIS) == 1


@pytest.mark.shows("MASS-03", "D22")
def test_the_hour_that_does_not_exist_in_spring_is_passed_over():
    starts = [at(1, 15, day=29)] * 3

    assert mass_start(at(1, 30, day=29), started=starts, zone=PARIS) == Start(at(3, day=29), moved=True)


@pytest.mark.shows("MASS-03", "D22")
def test_the_hour_that_comes_twice_in_autumn_has_room_twice():
    first = datetime(2026, 10, 25, 2, 15, tzinfo=PARIS)
    second = first.replace(fold=1)

    assert hour_of(second, PARIS) - hour_of(first, PARIS) == HOUR
    start = mass_start(first, started=[first] * 3, zone=PARIS)
    assert start.at == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


@pytest.mark.shows("MASS-03")
def test_with_no_start_allowed_no_hour_is_looked_for():
    with pytest.raises(ValueError, match="ever"):
        mass_start(NOW, started=[], zone=PARIS, limit=0)
