"""A worker is killed in the middle of a file, by the system and not by a trick."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from relance.people.models import Address, Person
from relance.records.imports import actions, running
from relance.records.models import Import, ImportRow
from relance.team.actions import add_user
from tests.records.people_files import people_file

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORKER = """
import sys, django
django.setup()
from django.conf import settings
from relance.lib import clock
from relance.records.imports.running import run_now
settings.MEDIA_ROOT = sys.argv[2]
run_now(int(sys.argv[1]), now=clock.now())
"""


def database_url() -> str:
    """Of the tests' own database, for a process that is no test."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}" + (f"?{query}" if query else "")


@pytest.mark.slow
@pytest.mark.shows("REC-08", "G1")
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_no_row_and_doubles_none(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    claire = add_user(email="claire@helionne.example", name="Claire", role="manager")
    made = people_file(12_000)
    row = actions.start(actions.Upload(name="x.csv", chunks=[made.text()]), module="contact", by=claire, now=NOW)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "relance.config.settings"}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(row.pk), str(tmp_path)], env=environment)

    deadline = time.monotonic() + 60
    while (reached := Import.objects.get(pk=row.pk)).treated < 3_000 and time.monotonic() < deadline:
        assert worker.poll() in (None, 0)
    worker.kill()
    worker.wait()
    reached = Import.objects.get(pk=row.pk)
    assert (reached.state, reached.treated % 1_000) == (Import.State.RUNNING, 0)
    running.run_now(row.pk, now=NOW)

    row.refresh_from_db()
    assert (row.state, row.treated, row.created) == (Import.State.DONE, 12_000, made.created)
    assert Person.objects.count() == made.created
    assert Address.objects.count() == made.created + made.two_addresses
    assert ImportRow.objects.filter(outcome="rejected").count() == made.rejected
