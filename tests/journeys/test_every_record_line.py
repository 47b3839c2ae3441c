"""Every line of the specification about records is shown by somebody who walks through the pages (REC-01 to REC-10)."""

from __future__ import annotations

import pytest

from tests import shown


@pytest.mark.slow
def test_every_line_about_records_is_shown_by_a_journey():
    found = shown.collect(shown.TESTS)

    walked = {
        line for line, tests in found.items() for test in tests if "/journeys/" in test or "_in_a_browser" in test
    }
    assert {f"REC-{number:02}" for number in range(1, 11)} <= walked
