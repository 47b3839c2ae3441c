"""`relance backup FILE` and `relance restore FILE`: the whole database, by the server's own programs."""

from __future__ import annotations

import argparse
import os
import subprocess
from contextlib import nullcontext
from pathlib import Path

from relance.lib.home import database_url
from relance.ops.binaries import default_folder
from relance.ops.command import Command, Refused
from relance.ops.postgres import Embedded, is_running
from relance.ops.surroundings import find_home, prepare_home


def run_backup(options: argparse.Namespace) -> int:
    """pg_dump must be of the server's version: a newer server refuses an older client."""
    if options.file.exists():
        raise Refused(f"{options.file} exists already; a backup never writes over another.")
    _with_database(options, ["pg_dump", "--format=custom", "--no-owner", f"--file={options.file}"])
    print(f"The database is in {options.file}. Keep the secret of the data folder too: it opens the passwords.")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Into an empty database, whole or not at all."""
    if not options.file.is_file():
        raise Refused(f"There is no file {options.file}.")
    whole = ["--no-owner", "--single-transaction", "--exit-on-error"]
    _with_database(options, ["pg_restore", *whole, str(options.file)])
    print(
        f"The database was read from {options.file}. Nothing leaves by itself until an administrator says so on Today."
    )
    return 0


def _with_database(options: argparse.Namespace, command: list[str]) -> None:
    home = find_home(options.data)
    ours = not os.environ.get("DATABASE_URL") and not is_running(home)
    if ours:
        prepare_home(home)
    with Embedded(home) if ours else nullcontext():
        _run(command, url=database_url(os.environ, home))


def _run(command: list[str], *, url: str) -> None:
    """Run a program of the server's; the password travels in the environment, where `ps` does not show it."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    known = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = known.pop("password", "")
    program, *words = command
    done = subprocess.run(
        [default_folder() / program, f"--dbname={make_conninfo('', **known)}", *words],
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if done.returncode != 0:
        raise Refused(f"{program} refused:\n{done.stderr.strip()}")


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")


BACKUP = Command(
    name="backup",
    summary="Write the database into one file",
    run=run_backup,
    arguments=_file,
    example="relance backup monday.dump",
)
RESTORE = Command(name="restore", summary="Read such a file into an empty database", run=run_restore, arguments=_file)
