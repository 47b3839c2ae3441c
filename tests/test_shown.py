"""The list of what is shown reads marks wherever pytest allows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import shown

MODULE = """
import pytest
pytestmark = [pytest.mark.django_db, pytest.mark.shows("MOD-1")]

@pytest.mark.shows("ONE-1", "ONE-2")
def test_alone(): ...

@pytest.mark.shows("CLS-1")
class TestGroup:
    pytestmark = pytest.mark.shows("CLS-2")
    def test_inside(self): ...

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.shows("PAR-1"))])
async def test_many(x): ...

@pytest.mark.skip(reason="later")
@pytest.mark.shows("LATER-1")
def test_skipped(): ...

def helper():
    pytest.mark.shows("HELPER-1")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tests = tmp_path / "tests"
    (tests / "deep").mkdir(parents=True)
    (tests / "deep" / "test_it.py").write_text(MODULE)
    return tests


def test_an_id_is_found_on_functions_classes_modules_and_parameters(folder):
    found = shown.collect(folder)

    assert found["ONE-1"] == found["ONE-2"] == ["tests/deep/test_it.py::test_alone"]
    assert found["CLS-1"] == found["CLS-2"] == ["tests/deep/test_it.py::TestGroup::test_inside"]
    assert found["PAR-1"] == ["tests/deep/test_it.py::test_many"]
    assert len(found["MOD-1"]) == 3


def test_what_is_skipped_or_merely_mentioned_shows_nothing(folder):
    found = shown.collect(folder)

    assert "LATER-1" not in found
    assert "HELPER-1" not in found


def test_an_id_that_nothing_shows_makes_the_exit_code_one(folder, monkeypatch, capsys):
    monkeypatch.setattr(shown, "TESTS", folder)

    assert shown.main(["ONE-1"]) == 0
    assert shown.main(["ONE-1", "NONE-9"]) == 1
    assert "Not shown: NONE-9" in capsys.readouterr().err
