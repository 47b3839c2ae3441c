"""A pytest plugin: one PostgreSQL server for the whole run, started before Django reads its settings.

`TEST_DATABASE_URL` names a server of your own instead. Loaded by `-p` in pyproject.toml, since pytest-django
reads the settings before any conftest.py is seen; the workers of pytest-xdist inherit the environment set here.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from relance.ops.postgres import Embedded, is_running
from tests import ready

PREFIX = "relance-tests-"
SECRET_KEY = "tests-only-" + "k" * 53
NOT_A_RUN = {"--collect-only", "--co", "--help", "-h", "--version", "-V", "--markers", "--fixtures"}

_started: list[Embedded] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, None, None]:
    """Runs around every other plugin's turn, so also before pytest-django's."""
    gc.set_threshold(50_000, 20, 50)  # with Python's own, a fifth of the time goes into looking for garbage
    prepare_environment(start=not NOT_A_RUN.intersection(args))
    return (yield)


def prepare_environment(*, start: bool) -> None:
    """Point the settings at the tests' own database, home and key."""
    os.environ["RELANCE_SECRET_KEY"] = SECRET_KEY
    os.environ.pop("RELANCE_SECRET_KEY_FILE", None)
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    keep_what_is_compiled()
    remove_leftovers()
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o711)
    os.environ["RELANCE_HOME"] = str(home)
    # Static files are found where they lie: what the demo has collected may be older.
    os.environ["RELANCE_STATIC"] = str(home / "static")
    (home / "static").mkdir()
    server = Embedded(home, options=ready.CARELESS)
    own = os.environ.get("TEST_DATABASE_URL")
    os.environ["DATABASE_URL"] = own or server.url
    if start and not own:
        ready.put(home)
        server.start()
    _started.append(server)


def keep_what_is_compiled() -> None:
    """Even where the machine asks not to: each worker, and each of the many processes that tests start, would else
    compile a thousand files anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def remove_leftovers() -> None:
    """The folders of runs that were killed: an hour old, and held by nobody."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > 3600 and not is_running(folder):
                shutil.rmtree(folder, ignore_errors=True)


def pytest_unconfigure() -> None:
    """Stop the server and leave nothing behind."""
    while _started:
        server = _started.pop()
        server.stop()
        shutil.rmtree(server.home, ignore_errors=True)
