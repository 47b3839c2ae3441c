"""A backup read into another data folder is the same workspace, across major versions too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import debian, ready
from tests.ops.running import RELANCE, ROOT, a_home, clean_environment

pytestmark = pytest.mark.slow


def command(home: Path, *words: str, text: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RELANCE, *words, "--data", str(home)],
        cwd=ROOT, env=clean_environment() | environment, capture_output=True, text=True, input=text,
    )  # fmt: skip


def add_ada(home: Path, **environment: str) -> None:
    command(home, "migrate", **environment)
    words = ("user", "create", "--email", "ada@relance.example", "--name", "Ada", "--password-stdin")
    added = command(home, *words, text="correct horse battery\n", **environment)
    assert added.returncode == 0, added.stderr


def knows_ada(home: Path) -> bool:
    return command(home, "token", "create", "--user", "ada@relance.example").stdout.startswith("relance_")


@pytest.mark.shows("ADM-04")
def test_a_backup_holds_everything_and_only_its_owner_reads_it():
    with a_home() as home, a_home() as other:
        ready.put(home)
        add_ada(home)
        file = home.parent / "monday.dump"

        written = command(home, "backup", str(file))
        read = command(other, "restore", str(file))
        again = command(home, "backup", str(file))

        assert (written.returncode, read.returncode) == (0, 0), written.stderr + read.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        assert knows_ada(other)
        assert again.returncode == 1
        assert "exists already" in again.stderr


def test_a_restore_never_mixes_with_what_is_there():
    with a_home() as home:
        ready.put(home)
        add_ada(home)
        file = home.parent / "monday.dump"
        command(home, "backup", str(file))

        refused = command(home, "restore", str(file))

        assert refused.returncode == 1
        assert knows_ada(home)


def test_the_way_out_of_an_older_major_version_works_as_it_is_told():
    postgres = debian.find("postgres")
    if postgres is None:
        pytest.skip("no PostgreSQL of the distribution (Debian: apt-get install postgresql-15)")
    older = {"RELANCE_PG_BIN": str(postgres.parent)}
    with a_home() as home:
        add_ada(home, **older)
        file = home.parent / "before.dump"

        stopped = command(home, "migrate")
        backed_up = command(home, "backup", str(file), **older)
        (home / "postgres" / "data").rename(home / "postgres" / "data.15")
        restored = command(home, "restore", str(file))

        assert stopped.returncode == 1
        assert "made by PostgreSQL 15" in stopped.stderr
        assert backed_up.returncode == 0, backed_up.stderr
        assert restored.returncode == 0, restored.stderr
        assert knows_ada(home)
