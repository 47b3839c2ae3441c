"""The workspace's one row and its clock."""

from datetime import timedelta

import pytest

from relance.lib import clock
from relance.team.actions import add_user
from relance.team.models import Organisation
from relance.team.workspace import ClockIsReal, advance_clock, organisation, reset_clock

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-06")]


def test_there_is_one_organisation_however_often_it_is_asked_for():
    first = organisation()

    assert organisation().pk == first.pk == 1


@pytest.mark.shows("ADM-02", "ADM-05")
def test_a_new_colleague_reads_the_language_of_the_organisation_and_lives_in_its_time_zone():
    Organisation.objects.update_or_create(pk=1, defaults={"language": "fr", "time_zone": "America/Montreal"})

    added = add_user(email="ann@helionne.example", name="Ann", role="salesperson")
    abroad = add_user(
        email="bob@helionne.example", name="Bob", role="salesperson", language="en", time_zone="Asia/Tokyo"
    )

    assert (added.language, added.time_zone) == ("fr", "America/Montreal")
    assert (abroad.language, abroad.time_zone) == ("en", "Asia/Tokyo")


def test_the_clock_of_a_production_workspace_cannot_be_moved():
    organisation()

    with pytest.raises(ClockIsReal):
        advance_clock(timedelta(days=3))
    assert clock.offset() == timedelta(0)


def test_the_clock_of_a_demo_runs_ahead_and_comes_back():
    Organisation.objects.update_or_create(pk=1, defaults={"workspace": "demo"})

    advance_clock(timedelta(days=2))
    advance_clock(timedelta(days=1))

    assert clock.offset() == timedelta(days=3)
    assert reset_clock() == timedelta(0) == clock.offset()
