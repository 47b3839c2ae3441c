"""The rules of mass mail as tables."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.campaigns import rules
from relance.campaigns.rules import Acts
from relance.mail.outbound.pace import in_same_hour, mass_start

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.shows("MASS-06", "ZMM-30")
@pytest.mark.parametrize(
    ("before", "stops"),
    [
        (timedelta(minutes=16), False),
        (timedelta(minutes=15, seconds=1), False),
        (timedelta(minutes=15), True),
        (timedelta(minutes=14, seconds=59), True),
        (timedelta(0), True),
        (timedelta(minutes=-3), True),
    ],
)
def test_exactly_fifteen_minutes_before_its_time_an_edit_stops_it(before, stops):
    assert rules.is_frozen(AT, now=AT - before, minutes=15) is stops


@pytest.mark.shows("MASS-03", "ZMM-06")
@pytest.mark.parametrize(
    ("started", "starts", "moved"),
    [
        ([], "09:20", False),
        (["09:01", "09:02"], "09:20", False),
        (["08:57", "08:58", "08:59"], "09:20", False),
        (["09:01", "09:02", "09:03"], "10:00", True),
        (["09:01", "09:02", "09:03", "10:00", "10:01", "10:02"], "11:00", True),
    ],
)
def test_three_start_in_a_clock_hour_and_the_next_waits_for_one_with_room(started, starts, moved):
    def at(text):
        return datetime.fromisoformat(f"2026-11-20T{text}:00+00:00")

    start = mass_start(at("09:20"), started=map(at, started), zone=PARIS, limit=3)

    assert (start.at, start.moved) == (at(starts), moved)


@pytest.mark.shows("MASS-03")
@pytest.mark.parametrize(("zone", "same"), [("Europe/Paris", 1), ("Asia/Kolkata", 2)])
def test_the_hour_is_that_of_the_organisation(zone, same):
    others = [AT - timedelta(minutes=20), AT + timedelta(minutes=10)]

    assert in_same_hour(AT + timedelta(minutes=5), others, ZoneInfo(zone)) == same


@pytest.mark.shows("MASS-07", "ZMM-34")
@pytest.mark.parametrize(
    ("who", "acts", "stops"), [("creator", True, True), ("colleague", False, False), ("administrator", False, True)]
)
def test_only_its_creator_acts_and_an_administrator_may_stop(who, acts, stops):
    user = 1 if who == "creator" else 2

    assert rules.may_act(creator_id=1, user_id=user) is acts
    assert rules.may_stop(creator_id=1, user_id=user, administers=who == "administrator") is stops


@pytest.mark.shows("MASS-04", "ZMM-15", "ZMM-16", "ZMM-17")
@pytest.mark.parametrize(
    ("event", "updates", "tasks", "calls", "fault"),
    [
        ("opened", 3, 2, 2, ""),
        ("clicked", 3, 2, 2, ""),
        ("bounced", 3, 0, 0, ""),
        ("opened", 1, 0, 0, ""),
        ("opened", 0, 1, 0, ""),
        ("clicked", 0, 0, 1, ""),
        ("bounced", 1, 1, 0, "fields_only"),
        ("bounced", 0, 0, 1, "fields_only"),
        ("opened", 4, 0, 0, "updates"),
        ("bounced", 4, 0, 0, "updates"),
        ("clicked", 0, 3, 0, "tasks"),
        ("clicked", 0, 0, 3, "calls"),
        ("opened", 0, 0, 0, "nothing"),
    ],
)
def test_what_a_trigger_may_do(event, updates, tasks, calls, fault):
    most = Acts(updates=3, tasks=2, calls=2)

    assert rules.trigger_fault(event, Acts(updates=updates, tasks=tasks, calls=calls), most=most) == fault


@pytest.mark.shows("MASS-04", "ADM-02")
@pytest.mark.parametrize(
    ("acts", "most", "fault"),
    [
        (Acts(tasks=1), Acts(updates=3, calls=2), "tasks"),
        (Acts(updates=5, tasks=4, calls=6), Acts(updates=5, tasks=4, calls=6), ""),
        (Acts(updates=5, tasks=4, calls=7), Acts(updates=5, tasks=4, calls=6), "calls"),
    ],
)
def test_how_much_a_trigger_may_do_is_told_by_the_settings(acts, most, fault):
    assert rules.trigger_fault("opened", acts, most=most) == fault


@pytest.mark.shows("MASS-04", "ZMM-19", "ZMM-20")
@pytest.mark.parametrize(
    ("happened", "days", "due"),
    [
        ("2026-11-20T06:00:00+00:00", 0, "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00+00:00", 0, "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:01:00+00:00", 0, "2026-11-21T08:00:00+00:00"),
        ("2026-11-20T23:30:00+00:00", 1, "2026-11-22T08:00:00+00:00"),
        ("2026-03-28T12:00:00+00:00", 1, "2026-03-29T07:00:00+00:00"),
    ],
)
def test_a_due_date_counts_days_from_what_happened(happened, days, due):
    told = rules.due_on(datetime.fromisoformat(happened), days=days, at=time(9), zone=PARIS)

    assert told == datetime.fromisoformat(due)


@pytest.mark.shows("MASS-05", "ZMM-21", "ZMM-25")
@pytest.mark.parametrize(
    ("who", "days", "at", "fault"),
    [
        ("received", 3, None, ""),
        ("received", None, AT, ""),
        ("not_opened", None, AT, ""),
        ("opened", 3, None, ""),
        ("opened", 0, None, ""),
        ("opened", None, AT, "days_only"),
        ("opened", 3, AT, "days_only"),
        ("clicked", 3, AT, "when"),
        ("clicked", None, None, "when"),
        ("clicked", -1, None, "days"),
        ("clicked", 366, None, "days"),
    ],
)
def test_when_a_follow_up_may_leave(who, days, at, fault):
    assert rules.follow_up_fault(who, days=days, at=at) == fault
