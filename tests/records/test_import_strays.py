"""Bytes of an upload whose row was never written go after a day; what a row names never does."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from relance import schedule
from relance.records.imports import strays
from relance.records.imports.strays import forget_strays
from relance.records.models import Import
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08", "X18")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def put(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "imports").mkdir()

    def one(name, *, seconds):
        path = tmp_path / "imports" / name
        path.write_bytes(b"E-mail\na@b.example\n")
        os.utime(path, (time.time() - seconds,) * 2)
        return path

    return one


def row(name, state):
    organisation()
    by = add_user(email=f"{state}@helionne.example", name="Camille", role="administrator")
    return Import.objects.create(module="lead", by=by, owner=by, created_at=NOW, file=name, name="a.csv", state=state)


def test_what_no_row_names_goes_after_a_day_with_the_copy_beside_it(put):
    old, copy = put("a" * 48, seconds=DAY + 60), put("a" * 48 + ".rows", seconds=DAY + 60)
    young = put("b" * 48, seconds=DAY - 60)

    assert forget_strays(NOW) == 2

    assert (old.exists(), copy.exists(), young.exists()) == (False, False, True)


@pytest.mark.parametrize("state", Import.State.values)
def test_what_a_row_names_stays_however_old_it_is_and_whatever_the_row_is_doing(put, state):
    row("c" * 48, state)
    held, copy = put("c" * 48, seconds=400 * DAY), put("c" * 48 + ".rows", seconds=400 * DAY)
    stray = put("d" * 48, seconds=400 * DAY)

    assert forget_strays(NOW) == 1

    assert (held.exists(), copy.exists(), stray.exists()) == (True, True, False)


def test_a_clock_of_the_demo_that_runs_ahead_makes_no_file_older(put):
    young = put("e" * 48, seconds=5)

    assert forget_strays(NOW.replace(year=2036)) == 0

    assert young.exists()


@pytest.mark.parametrize("name", ["f" * 47, "F" * 48, "f" * 48 + ".csv", "keep.me", "f" * 48 + ".rows.old"])
def test_what_has_no_name_of_ours_is_left_alone(put, name):
    other = put(name, seconds=400 * DAY)

    assert forget_strays(NOW) == 0

    assert other.exists()


def test_what_only_points_elsewhere_and_folders_are_left_alone(put, tmp_path):
    outside = put("keep.me", seconds=400 * DAY)
    link, folder = tmp_path / "imports" / ("a" * 48), tmp_path / "imports" / ("b" * 48)
    link.symlink_to(outside)
    folder.mkdir()
    os.utime(folder, (0, 0))

    assert forget_strays(NOW) == 0

    assert (link.is_symlink(), outside.exists(), folder.is_dir()) == (True, True, True)


def test_where_nothing_was_ever_uploaded_there_is_nothing_to_do(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "none"

    assert forget_strays(NOW) == 0


def test_the_worker_looks_every_day():
    assert [chore.every for chore in schedule.CHORES if chore.run is strays.forget_strays] == [DAY]
