"""What every test may lean on, and the closing word on what was skipped; the database comes from tests/database.py."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
from _pytest.terminal import TerminalReporter
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from tests import options, ready, sweeping

FILES = "relance-files-"
DATABASES = frozenset({"db", "transactional_db", "live_server"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare how long the fault tests run."""
    options.add(parser)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """No test waits for a password, whose hashing is proven by Django; none fails because the machine is busy."""
    if config.pluginmanager.has_plugin("django"):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        settings.WHITENOISE_AUTOREFRESH = True  # else every test client looks through all static files first
        settings.RELANCE_NAME_SERVER = "none"  # no test asks the world
        settings.RELANCE_FILES = tempfile.mkdtemp(prefix=FILES)
        sweeping.install()
    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if config.pluginmanager.has_plugin("django") and Path(settings.RELANCE_FILES).name.startswith(FILES):
        shutil.rmtree(settings.RELANCE_FILES, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """The language of the last page that a test has read is not the next one's."""
    if settings.configured:
        translation.deactivate()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A copy of the migrated database is taken as it is; on a server of one's own Django makes it."""
    return "TEST_DATABASE_URL" not in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_keepdb: bool, django_db_blocker: DjangoDbBlocker
) -> None:
    """Copy the database under the name which this process of the tests uses."""
    if django_db_keepdb:
        with django_db_blocker.unblock():
            ready.copy(connection)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The built-in roles are there, as in every house whose first colleague was added; `sweeping` leaves them so."""
    with django_db_blocker.unblock():
        sweeping.make_roles()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole Relances, which take longest, begin first: no process of the tests waits for another's last one."""
    items.sort(key=lambda item: not starts_processes(item))


def starts_processes(item: pytest.Item) -> bool:
    """Whether a slow test uses no database of this process."""
    fixtures = getattr(item, "fixturenames", ())
    return "slow" in item.keywords and "django_db" not in item.keywords and not DATABASES.intersection(fixtures)


def pytest_collection_finish() -> None:
    """What has been loaded stays: it need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


def skipped_reasons(reporter: TerminalReporter) -> Counter[str]:
    """How many tests were skipped for each reason."""
    reports = [report for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    return Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say in a box what was not tried, so that a green line never hides it."""
    reasons = skipped_reasons(terminalreporter)
    if not reasons:
        return
    lines = [f"{count:4d}  {reason}" for reason, count in reasons.most_common()]
    width = max(map(len, [*lines, "Skipped, so not shown by this run:"]))
    terminalreporter.write_line("┌" + "─" * (width + 2) + "┐")
    for line in ["Skipped, so not shown by this run:", *lines]:
        terminalreporter.write_line(f"│ {line:<{width}} │")
    terminalreporter.write_line("└" + "─" * (width + 2) + "┘")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI everything must be there: a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        os.environ.get("CI") == "true"
        and reporter is not None
        and session.exitstatus == 0
        and skipped_reasons(reporter)
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
