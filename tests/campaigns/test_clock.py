"""Nights when clocks change, in eight places, and clocks that jump: each mail leaves once, none is skipped (G18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from relance.campaigns import actions
from relance.campaigns.models import MassMail
from relance.mail.models import Message
from relance.web.forms.mass_mails import SendForm

pytestmark = [pytest.mark.django_db, pytest.mark.shows("D22", "G18", "MASS-03")]

# Place, the night, what is asked for on its clocks, when that is. A gap moves forward; of an hour that comes twice,
# the first one counts.
NIGHTS = [
    ("Europe/Paris", "2027-03-28", "02:30", "2027-03-28T01:30+00:00"),
    ("Europe/Paris", "2027-10-31", "02:30", "2027-10-31T00:30+00:00"),
    ("Europe/London", "2027-03-28", "01:30", "2027-03-28T01:30+00:00"),
    ("Europe/London", "2027-10-31", "01:30", "2027-10-31T00:30+00:00"),
    ("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30+00:00"),
    ("America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30+00:00"),
    ("America/St_Johns", "2027-03-14", "02:30", "2027-03-14T06:00+00:00"),
    ("America/St_Johns", "2027-11-07", "01:30", "2027-11-07T04:00+00:00"),
    ("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:45+00:00"),  # half an hour only
    ("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45+00:00"),
    ("Pacific/Auckland", "2027-09-26", "02:30", "2027-09-25T14:30+00:00"),
    ("Pacific/Auckland", "2027-04-04", "02:30", "2027-04-03T13:30+00:00"),
    ("Asia/Kolkata", "2028-02-29", "23:45", "2028-02-29T18:15+00:00"),  # no summer time; a leap day
    ("Asia/Kolkata", "2028-03-01", "00:15", "2028-02-29T18:45+00:00"),
    ("Pacific/Kiritimati", "2027-12-31", "23:59", "2027-12-31T09:59+00:00"),  # the first to see a new year
    ("Pacific/Kiritimati", "2028-01-01", "00:00", "2027-12-31T10:00+00:00"),
]


def asked(day: str, hour: str, zone: str) -> datetime:
    form = SendForm()
    form.cleaned_data = {"when": "later", "day": date.fromisoformat(day), "hour": time.fromisoformat(hour)}
    moment = form.moment(ZoneInfo(zone))
    assert moment is not None
    return moment


def launches() -> int:
    return Message.objects.count()


@pytest.mark.parametrize(("zone", "day", "hour", "moment"), NIGHTS)
def test_a_mail_asked_for_in_the_night_of_the_change_leaves_once_at_its_moment(
    zone, day, hour, moment, mass_mail, add, house
):
    add("Olivier Mercadier", "olivier@mercadier.example")
    house.time_zone = zone
    house.save()
    at, expected = asked(day, hour, zone), datetime.fromisoformat(moment)
    actions.schedule(mass_mail, at, by=mass_mail.creator, now=expected - timedelta(days=1))

    begun = []
    for minutes in (-60, -30, -1, 0, 30, 60):
        now = expected + timedelta(minutes=minutes)
        if actions.start_due(now):
            begun.append(now)

    assert at.timestamp() == expected.timestamp()
    assert begun == [expected]
    assert launches() == 1


def scheduled(mass_mail, at: datetime) -> MassMail:
    return actions.schedule(mass_mail, at, by=mass_mail.creator, now=at - timedelta(days=7))


@pytest.fixture
def due(mass_mail, add):
    """A mail that is to leave at nine, after a person has been added to receive it."""
    add("Olivier Mercadier", "olivier@mercadier.example")
    at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    return scheduled(mass_mail, at), at


def test_a_clock_that_goes_back_a_day_launches_nothing_again(due):
    _mail, at = due
    actions.start_due(at)

    assert actions.start_due(at - timedelta(days=1)) == []
    assert actions.start_due(at) == []
    assert actions.start_due(at + timedelta(days=1)) == []
    assert launches() == 1


def test_a_clock_that_jumps_a_day_ahead_asks_before_what_it_passed_leaves(due):
    mail, at = due

    actions.start_due(at + timedelta(days=1))

    mail.refresh_from_db()
    assert (mail.state, launches()) == ("late", 0)


def test_a_clock_that_jumps_ahead_and_back_asks_once_and_loses_nothing(due):
    mail, at = due
    actions.start_due(at + timedelta(days=1))

    assert actions.start_due(at) == []

    mail.refresh_from_db()
    assert mail.state == "late"
    actions.launch(mail, by=mail.creator, now=at)
    assert launches() == 1


def test_the_quarter_of_an_hour_before_departure_is_real_time_in_the_hour_that_comes_twice(mass_mail, add, house):
    add("Olivier Mercadier", "olivier@mercadier.example")
    house.time_zone = "Europe/Paris"
    house.save()
    at = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # the second 02:30 in Paris
    scheduled(mass_mail, at)

    assert not actions.open_for_edit(mass_mail, by=mass_mail.creator, now=at - timedelta(hours=1))
    assert actions.open_for_edit(mass_mail, by=mass_mail.creator, now=at - timedelta(minutes=15))
