"""Moments as they come from the database."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

from relance.config.postgresql.base import Moment

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]


def told(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-19 15:42:07.5+01", datetime(2026, 11, 19, 14, 42, 7, 500_000, tzinfo=UTC)),
        ("2026-11-19 14:42:07.000021+00", datetime(2026, 11, 19, 14, 42, 7, 21, tzinfo=UTC)),
        ("0099-02-28 00:00+00", datetime(99, 2, 28, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_moment_comes_back_as_it_was_kept_and_in_utc(text, moment):
    read = told(text)

    assert (read, read.tzinfo) == (moment, UTC)


def test_the_connections_of_the_product_read_moments_that_way():
    with connection.cursor():
        loader = connection.connection.adapters.get_loader(connection.connection.adapters.types["timestamptz"].oid, 0)

    assert loader is Moment


@pytest.mark.parametrize("text", ["infinity", "10000-01-01 00:00+00", "0044-03-15 00:00+00 BC"])
def test_a_moment_that_python_cannot_hold_is_an_error_as_ever(text):
    with pytest.raises(DataError):
        told(text)


def test_a_session_that_speaks_another_time_zone_is_read_right():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")

    assert told("2026-11-19 14:00+00") == datetime(2026, 11, 19, 14, tzinfo=UTC)
