"""When a step falls due, where an edit leaves people, the calendar of a dry run."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.lib.worktime import Work
from relance.sequences.rules import (
    Places,
    StepFacts,
    Traveller,
    back_at,
    book,
    by_day,
    dry_run,
    due_at,
    landing,
    not_yet_had,
    postponed,
    task_due,
)  # fmt: skip

PARIS, TOKYO = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Tokyo")
WORK = Work(holidays=frozenset({date(2026, 12, 25)}))


def at(text, zone=PARIS):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def mail(days=0, hour=None, hours=0):
    return StepFacts(key=f"m{days}", is_mail=True, wait=timedelta(days=days, hours=hours), hour=hour)


def task(days=0, hour=None):
    return StepFacts(key=f"t{days}", is_mail=False, days=days, hour=hour)


@pytest.mark.shows("SEQ-04", "SEQ-05", "SELL-14", "SELL-15", "SELL-17", "C-2")
@pytest.mark.parametrize(
    ("step", "after", "due"),
    [
        (mail(), "2026-11-19 10:00", "2026-11-19 10:00"),
        (mail(), "2026-11-21 10:00", "2026-11-23 10:00"),
        (mail(1), "2026-11-19 10:00:07", "2026-11-20 10:00:07"),
        (mail(1), "2026-11-20 18:40", "2026-11-23 18:40"),
        (mail(3, time(9)), "2026-11-16 10:00", "2026-11-19 09:00"),
        (mail(1, time(9)), "2026-11-20 09:00:04", "2026-11-23 09:00"),
        (mail(0, time(9)), "2026-11-19 10:00", "2026-11-20 09:00"),
        (mail(0, time(9)), "2026-11-20 10:00", "2026-11-23 09:00"),
        (mail(1), "2026-12-24 10:00", "2026-12-28 10:00"),
        (mail(1), "2026-03-27 10:00", "2026-03-30 10:00"),
        (mail(1), "2028-02-28 10:00", "2028-02-29 10:00"),
        (task(5), "2026-11-21 10:00", "2026-11-21 10:00"),
    ],
)
def test_a_step_falls_due(step, after, due):
    assert due_at(step, after=at(after), zone=PARIS, work=WORK) == at(due)


@pytest.mark.shows("SEQ-05", "SEQ-06", "SELL-16", "C-2")
@pytest.mark.parametrize(
    ("step", "begun", "due"),
    [
        (task(1), "2026-11-21 10:00", "2026-11-23 10:00"),
        (task(2), "2026-11-20 10:00", "2026-11-24 10:00"),
        (task(1, time(17)), "2026-11-20 18:00", "2026-11-23 17:00"),
        (task(0, time(17)), "2026-11-20 18:00", "2026-11-23 17:00"),
        (task(0), "2026-11-20 18:00", "2026-11-20 18:00"),
        (task(1), "2026-12-24 10:00", "2026-12-28 10:00"),
    ],
)
def test_a_task_is_due_after_working_days(step, begun, due):
    assert task_due(step, begun=at(begun), zone=PARIS, work=WORK) == at(due)


@pytest.mark.shows("SEQ-05")
@pytest.mark.parametrize(
    ("due", "hour", "now", "leaves"),
    [
        ("2026-11-19 10:00", None, "2026-11-19 10:00:01", "2026-11-19 10:00:01"),
        ("2026-11-19 10:00", None, "2026-11-19 11:59", "2026-11-19 11:59"),
        ("2026-11-19 10:00", None, "2026-11-19 12:01", "2026-11-19 12:01"),  # late, and within working hours
        ("2026-11-19 17:00", None, "2026-11-20 02:00", "2026-11-20 09:00"),  # not in the night
        ("2026-11-20 17:00", None, "2026-11-20 23:00", "2026-11-23 09:00"),
        ("2026-11-20 23:50", None, "2026-11-21 00:10", "2026-11-23 00:10"),  # late by minutes, into a day off
        ("2026-11-19 09:00", time(9), "2026-11-19 10:59", "2026-11-19 10:59"),
        ("2026-11-19 09:00", time(9), "2026-11-19 11:01", "2026-11-20 09:00"),
        ("2026-11-20 09:00", time(9), "2026-11-20 14:00", "2026-11-23 09:00"),
    ],
)
def test_a_late_mail_leaves_neither_in_the_night_nor_on_a_day_off(due, hour, now, leaves):
    assert postponed(at(due), hour=hour, now=at(now), zone=PARIS, work=WORK) == at(leaves)


@pytest.mark.shows("SEQ-08")
@pytest.mark.parametrize(
    ("day", "now", "back"),
    [
        (date(2026, 11, 25), "2026-11-19 10:00", "2026-11-25 09:00"),
        (date(2026, 11, 28), "2026-11-19 10:00", "2026-11-30 09:00"),
        (None, "2026-11-19 10:00", "2026-11-26 09:00"),
        (date(2026, 11, 18), "2026-11-19 10:00", "2026-11-19 10:00"),
    ],
)
def test_an_absence_ends_when_work_begins_again(day, now, back):
    assert back_at(day, now=at(now), absence_days=5, zone=PARIS, work=WORK) == at(back)


@pytest.mark.shows("SEQ-12")
@pytest.mark.parametrize(
    ("scheduled", "old", "new", "place"),
    [
        ("b", "abc", "abc", 3),
        ("b", "abc", "acb", 4),  # it comes last now: the end
        ("b", "abc", "bac", 2),
        ("b", "abc", "ac", 2),  # it is gone: after the one before it
        ("a", "abc", "bc", 1),  # nothing before it is left: from the beginning
        ("c", "abc", "abcd", 4),
        ("c", "abc", "ab", 3),
        ("x", "abc", "abc", 1),
    ],
)
def test_people_land_after_the_step_that_is_scheduled(scheduled, old, new, place):
    assert landing(scheduled, old=list(old), new=list(new)) == place


@pytest.mark.shows("SEQ-12", "C-1")
@pytest.mark.parametrize(
    ("keys", "place", "had", "found"),
    [
        ("abc", 2, "a", 2),
        ("bac", 2, "ab", 3),  # moved behind the one scheduled, and had already: not a second time
        ("cba", 2, "abc", 4),  # nothing is left: the end
        ("abc", 1, "", 1),
        ("abc", 4, "", 4),
        ("", 1, "", 1),
    ],
)
def test_a_step_that_was_had_is_passed_over(keys, place, had, found):
    assert not_yet_had(list(keys), place=place, had=set(had)) == found


@pytest.mark.shows("SEQ-15")
def test_a_mailbox_sends_so_many_a_day_and_so_far_apart():
    places, slots = Places(per_day=3, gap=timedelta(minutes=10)), []

    for _ in range(8):
        slot, places = book(places, at("2026-11-20 10:00"), zone=PARIS, work=WORK)
        slots.append(slot)

    assert slots == [
        *(at(f"2026-11-20 10:{minute}") for minute in ("00", "10", "20")),
        *(at(f"2026-11-23 10:{minute}") for minute in ("00", "10", "20")),
        *(at(f"2026-11-24 10:{minute}") for minute in ("00", "10")),
    ]


@pytest.mark.shows("SEQ-10")
def test_a_dry_run_tells_each_mail_and_task_of_each_person():
    people = [Traveller(id=1, zone=PARIS), Traveller(id=2, zone=TOKYO)]
    steps = [mail(0, time(9)), mail(1), task(1), mail(1)]

    planned = dry_run(people, steps, start=at("2026-11-19 10:00"), sender_zone=PARIS, work=WORK, places=Places())

    told = [(each.person_id, each.position, each.at.astimezone(PARIS)) for each in planned]
    assert [(pk, step, when.strftime("%a %d %H:%M")) for pk, step, when in told] == [
        (2, 1, "Fri 20 01:00"), (1, 1, "Fri 20 09:00"), (2, 2, "Mon 23 01:00"), (1, 2, "Mon 23 09:00"),
        (2, 3, "Tue 24 01:00"), (1, 3, "Tue 24 09:00"), (2, 4, "Wed 25 01:00"), (1, 4, "Wed 25 09:00"),
    ]  # fmt: skip
    assert [len(each) for each in by_day(planned, zone=PARIS).values()] == [2, 2, 2, 2]


@pytest.mark.shows("SEQ-10", "SEQ-15")
def test_a_dry_run_keeps_to_the_limit_of_the_mailbox():
    people = [Traveller(id=number, zone=PARIS) for number in range(10)]

    planned = dry_run(
        people, [mail()], start=at("2026-11-19 10:00"), sender_zone=PARIS, work=WORK, places=Places(per_day=4)
    )

    assert [len(each) for each in by_day(planned, zone=PARIS).values()] == [4, 4, 2]
    assert list(by_day(planned, zone=PARIS)) == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)]
