"""When a mail should arrive: by the recipient's clock, her working days and holidays, and her own habit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.lib.worktime import Work
from relance.mail.writing.timing import Reason, favourite_hour, is_outside, propose

LONDON, NEW_YORK, PARIS = map(ZoneInfo, ("Europe/London", "America/New_York", "Europe/Paris"))
WORK = Work(holidays=frozenset({date(2026, 12, 25)}))


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.shows("ENG-04", "D365-06", "D365-07")
@pytest.mark.parametrize(
    ("now", "zone", "proposed", "reason"),
    [
        ("2026-11-18T10:00", PARIS, "2026-11-18T10:00", Reason.NOW),
        ("2026-11-18T08:00", PARIS, "2026-11-18T09:10", Reason.HOURS),
        ("2026-11-20T18:30", PARIS, "2026-11-23T09:10", Reason.HOURS),  # Friday evening
        ("2026-12-24T18:30", PARIS, "2026-12-28T09:10", Reason.HOURS),  # Christmas is a Friday
        ("2027-03-26T19:00", PARIS, "2027-03-29T09:10", Reason.HOURS),  # the clocks change on Sunday
    ],
)
def test_the_next_working_hours_are_proposed(now, zone, proposed, reason):
    told = propose(at(now, zone), zone=zone, work=WORK, opens=())

    assert (told.at, told.reason) == (at(proposed, zone), reason)


@pytest.mark.shows("ENG-04", "D365-06")
def test_the_recipients_clock_decides_not_the_senders():
    morning = at("2026-11-18T09:30", PARIS)

    assert is_outside(morning, zone=NEW_YORK, work=WORK)
    assert not is_outside(morning, zone=PARIS, work=WORK)
    assert propose(morning, zone=NEW_YORK, work=WORK, opens=()).at == at("2026-11-18T09:10", NEW_YORK)


@pytest.mark.shows("ENG-04")
def test_a_habit_is_read_from_five_working_hours_and_from_no_fewer():
    mornings = [at("2026-11-16T10:20", LONDON) + timedelta(days=day) for day in (0, 1, 2, 3)]
    nights = [at("2026-11-16T23:00", LONDON) + timedelta(days=day) for day in range(9)]
    now = at("2026-11-24T15:00", LONDON)

    few = propose(now, zone=LONDON, work=WORK, opens=[*mornings, *nights])
    enough = propose(now, zone=LONDON, work=WORK, opens=[*mornings, at("2026-11-23T10:59", LONDON), *nights])

    assert (few.reason, few.at) == (Reason.NOW, now)
    assert (enough.reason, enough.openings) == (Reason.HABIT, 5)
    assert enough.at == at("2026-11-25T10:10", LONDON)


def test_of_two_hours_alike_the_earlier_is_the_habit():
    opens = [datetime(2026, 11, 16, hour, tzinfo=UTC) for hour in (9, 9, 9, 15, 15, 15)]

    assert favourite_hour(opens, zone=ZoneInfo("UTC"), work=WORK) == (9, 6)
