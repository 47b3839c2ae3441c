"""The working time of the house: days, hours, public holidays, days off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from relance.team import settings, working
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-02", "SEQ-04")]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def house():
    organisation()


def test_an_administrator_chooses_days_hours_holidays_and_further_days_off(client):
    boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    client.force_login(boss)

    answer = client.post(
        "/settings/working-time",
        {"work_days": ["0", "1", "2", "3"], "work_from": "08:30", "work_until": "17:00", "holiday_country": "FR",
         "days_off": "2026-12-24\n2026-12-31", "absence_days": "3"},
    )  # fmt: skip

    assert answer.status_code == 302
    work = working.work_of(organisation(), now=NOW)
    assert work.days == {0, 1, 2, 3}
    assert (work.opens, work.closes) == (time(8, 30), time(17))
    assert {date(2026, 12, 24), date(2026, 12, 31), date(2027, 7, 14), date(2026, 5, 1)} <= work.holidays


def test_the_page_shows_what_stands_and_says_what_is_wrong(client):
    client.force_login(add_user(email="camille@helionne.example", name="Camille", role="administrator"))

    page = client.get("/settings/working-time").content.decode()
    wrong = client.post(
        "/settings/working-time", {"days_off": "Christmas", "work_from": "09:00", "work_until": "08:00"}
    )

    assert 'value="09:00"' in page
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"work_days": []}, {"work_days": [7]}, {"work_until": time(8)}, {"holiday_country": "XX"}],
)
def test_a_house_in_which_nobody_could_ever_work_is_refused(wrong):
    with pytest.raises(settings.NoWorkingTime):
        settings.change(wrong, by=add_user(email="camille@helionne.example", name="Camille", role="administrator"))
