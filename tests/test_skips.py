"""A skipped test is never hidden: a box says why, and continuous integration fails on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).with_name("conftest.py")
TESTS = """
import pytest

@pytest.mark.skip(reason="no such program")
def test_one(): ...

@pytest.mark.skip(reason="no such program")
def test_two(): ...

def test_three(): ...
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_it.py").write_text(TESTS)

    def pytest_on(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        outer = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_", "CI"))}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:django", *words]
        return subprocess.run(command, cwd=tmp_path, env=outer | environment, capture_output=True, text=True)

    return pytest_on


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_what_was_skipped_stands_in_a_box_with_its_reason(run, words):
    done = run(*words)

    assert done.returncode == 0
    assert "Skipped, so not shown by this run:" in done.stdout
    assert "   2  no such program" in done.stdout


def test_a_skip_fails_continuous_integration(run):
    assert run(CI="true").returncode == 1


def test_without_a_skip_there_is_no_box(run):
    done = run("-k", "three", CI="true")

    assert done.returncode == 0
    assert "Skipped" not in done.stdout
