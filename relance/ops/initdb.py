"""Make an embedded cluster, and refuse one of another major version."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

from relance.lib.home import SUPERUSER, Place
from relance.ops.binaries import Binaries
from relance.ops.cluster import Account, ClusterError

# Before this version initdb knows no builtin provider; the C library's own C.UTF-8 serves then.
BUILTIN_SINCE = 17


class CannotStart(ClusterError):
    """The server could not be prepared, or stopped before it answered."""


class WrongMajor(ClusterError):
    """The data folder was made by another major version of PostgreSQL."""


class Identity(TypedDict, total=False):
    """Words of `subprocess` that change who runs a program."""

    user: int
    group: int
    extra_groups: list[int]


def identity(account: Account | None) -> Identity:
    """Drop root, and root's groups with it."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def environment() -> dict[str, str]:
    """Nothing of ours reaches the server: a PGDATA or a locale of the caller would change it."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def make_cluster(place: Place, binaries: Binaries, account: Account | None, *, careless: bool) -> None:
    """Make it beside its final name, so that an interrupted start leaves no half of one. Raises CannotStart."""
    unfinished = place.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [binaries.program("initdb"), "-D", str(unfinished), f"--username={SUPERUSER}", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
    if binaries.major >= BUILTIN_SINCE:
        command.append("--locale-provider=builtin")
    if careless:
        command.append("--no-sync")
    made = subprocess.run(
        command, cwd="/", env=environment(), capture_output=True, text=True, check=False, **identity(account)
    )
    if made.returncode != 0:
        raise CannotStart(f"The database could not be prepared in {place.folder}:\n{made.stderr.strip()}")
    unfinished.rename(place.data)


def check_major(place: Place, binaries: Binaries) -> None:
    """Raises WrongMajor, with the way out, when the data is of another major version than the programs."""
    found = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != str(binaries.major):
        raise WrongMajor(_the_way_out(found, binaries, place.data))


def _the_way_out(found: str, binaries: Binaries, data: Path) -> str:
    return (
        f"The data in {data} was made by PostgreSQL {found}, and this Relance brings PostgreSQL "
        f"{binaries.major}. Nothing was changed.\n"
        f"  1. Go back to the earlier Relance, or set RELANCE_PG_BIN to the bin folder of a PostgreSQL "
        f"{found}, and start again.\n"
        "  2. Write a backup with that version: relance backup FILE\n"
        f"  3. Move {data} aside, unset RELANCE_PG_BIN, and read the backup in: relance restore FILE"
    )
