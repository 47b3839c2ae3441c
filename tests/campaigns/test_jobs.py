"""The job that prepares a mass mail."""

import json

import pytest
from django.db import connection

from relance.campaigns import jobs

pytestmark = pytest.mark.django_db


@pytest.mark.shows("MASS-09")
def test_a_job_for_a_message_that_is_gone_does_nothing():
    jobs.prepare(message_id=404)


@pytest.mark.shows("L5")
def test_the_planner_sees_the_people_that_have_just_come_in():
    from tests.mail.outbound.engine import people

    people(300)

    jobs.count_rows(jobs.PEOPLE)

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT * FROM people_person")
        (plan,) = cursor.fetchone()
    expected = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    assert 250 <= expected <= 360
