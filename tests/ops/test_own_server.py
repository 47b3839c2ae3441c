"""A PostgreSQL of one's own by DATABASE_URL: tried on Debian's, which is older than the embedded one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from relance.ops.postgres import Embedded, WrongMajor
from tests import debian
from tests.ops.running import ROOT, a_home, clean_environment, relance, wait_until

pytestmark = pytest.mark.slow

CARELESS = {"fsync": "off", "synchronous_commit": "off"}
# All migrations run before the first of them; together they use every index, extension and statement of our own.
SELECTION = (
    "tests/records/test_lists.py",  # keyset pages, counts, the words of a search
    "tests/records/test_facts.py",  # criteria over JSON and over what came of mails
    "tests/web/test_search.py",  # the indexes of each module's words
    "tests/people/test_merging.py",  # deferred keys, rows moved from table to table
    "tests/mail/tracking/test_note.py",  # the one door, in one statement
    "tests/mail/outbound/test_recipients.py",  # many recipients in one statement
    "tests/mail/outbound/test_engine_sends.py",  # leases with SKIP LOCKED, notices, COPY
    "tests/mail/inbound/test_placing.py",  # threads under locks
    "tests/deals/test_mails.py",
    "tests/campaigns/test_stats.py",
)


@pytest.fixture(scope="module")
def programs() -> Path:
    postgres = debian.find("postgres")
    if postgres is None:
        pytest.skip("no PostgreSQL of the distribution (Debian: apt-get install postgresql-15)")
    return postgres.parent


@pytest.fixture(scope="module")
def server(programs):
    """Debian's own server, run by our launcher as a stranger's would be: known only by its address."""
    with a_home() as home, Embedded(home, bin_folder=programs, options=CARELESS) as started:
        yield started


def address(server: Embedded, database: str) -> str:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    return f"postgresql://relance@/{database}?host={quote(str(server.place.socket), safe='')}"


def test_relance_runs_on_it_and_starts_none_itself(server):
    with relance(DATABASE_URL=address(server, "production")) as running:
        running.wait_until_ready()
        wait_until(lambda: running.get("/readyz", running.edge_port) == 200, lambda: running.said)
        report = running.command("doctor")

        assert running.get("/readyz") == 200
        assert not [command for command in running.children().values() if "postgres" in command]
        assert not (running.home / "postgres").exists()
        assert "ok    It is PostgreSQL 15." in report.stdout
        assert report.returncode == 0, report.stdout


def test_the_tests_that_use_the_database_pass_on_it(server):
    environment = clean_environment() | {"TEST_DATABASE_URL": server.url}

    command = [sys.executable, "-m", "pytest", "-q", "-m", "django_db and not slow", *SELECTION]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-3000:]


def test_an_address_without_a_server_is_said_in_a_sentence():
    with relance(DATABASE_URL="postgresql://relance@127.0.0.1:1/none") as running:
        code = running.process.wait(60)

        assert code == 1
        assert "The database does not answer" in running.said
        assert "Traceback" not in running.said


def test_a_cluster_of_the_older_server_is_not_opened_by_the_newer(programs):
    with a_home() as home:
        with Embedded(home, bin_folder=programs, options=CARELESS):
            pass

        with pytest.raises(WrongMajor, match="made by PostgreSQL 15"):
            Embedded(home, options=CARELESS).start()
