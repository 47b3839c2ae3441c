"""A cluster whose database `relance` is migrated already, made once for each state of the migrations and copied then.

Every run of the tests, and every Relance that a test starts, would otherwise carry out all migrations from the first
one on. Tests of a first start leave this aside.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relance.ops.binaries import default_folder
from relance.ops.cluster import account_for, make_folders
from relance.ops.postgres import Embedded

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "relance-ready-"
# What a migrated database depends on: the migrations, and what runs after them.
SOURCES = ("*/migrations/*.py", "**/apps.py", "config/**/*.py")
KEPT_SECONDS = 24 * 3600
# Lost data would only be test data: nothing waits for the disk. Nor are rows counted between the tests: what a test
# has not committed is not seen then, and with tables taken for empty its ten thousand rows are joined one by one.
CARELESS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "autovacuum": "off", "max_connections": "100",
}  # fmt: skip


def put(home: Path) -> None:
    """Give a new home the migrated cluster, before its server is started for the first time."""
    place = Embedded(home).place
    make_folders(place, account_for(place))
    with _made() as made:
        subprocess.run(["cp", "-a", Embedded(made).place.data, place.folder], check=True)


def copy(connection: BaseDatabaseWrapper) -> None:
    """Copy the migrated database of this server to the one that Django's tests use."""
    made = connection.settings_dict["NAME"]
    asked = connection.settings_dict["TEST"]["NAME"] or f"test_{made}"
    quoted = tuple(map(connection.ops.quote_name, (asked, made)))
    with connection._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy".format(*quoted))


@contextmanager
def _made() -> Iterator[Path]:
    """The cluster of this state of the migrations; made anew when somebody changes them while it is being made."""
    while True:
        state = _state()
        with _shared(state) as folder:
            made = folder / "made"
            if made.exists() or _make(folder, state):
                yield made
                return


@contextmanager
def _shared(state: str) -> Iterator[Path]:
    """The folder of a state of the migrations, held so that only one process makes the cluster."""
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{os.geteuid()}-{state}"
    for old in folder.parent.glob(f"{PREFIX}{os.geteuid()}-*"):
        if old != folder and time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _state() -> str:
    told = hashlib.sha256(f"{default_folder()} {importlib.metadata.version('Django')}".encode())
    for path in sorted({path for pattern in SOURCES for path in (ROOT / "relance").glob(pattern)}):
        told.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return told.hexdigest()[:20]


def _make(folder: Path, state: str) -> bool:
    """Migrate a cluster of its own, stop it, and only then call it made; False if the migrations have changed."""
    begun = folder / "begun"
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(mode=0o711)
    _migrate(begun)
    if _state() != state:
        shutil.rmtree(begun)
        return False
    begun.rename(folder / "made")
    return True


def _migrate(home: Path) -> None:
    with Embedded(home, options=CARELESS) as server:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT, check=True, env=os.environ | {"DATABASE_URL": server.url, "RELANCE_HOME": str(home)},
        )  # fmt: skip
