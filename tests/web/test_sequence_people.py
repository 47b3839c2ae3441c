"""How a sequence's page tells of its people: icons for every reason, what comes next, and the last mail."""

from datetime import UTC, datetime

import pytest

from relance.sequences.models import Enrolment, Step
from relance.web import charts, drawings
from relance.web.sequence_people import REASONS, STEPS, WAITS, coming, standing

pytestmark = pytest.mark.shows("SEQ-11")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", list(Enrolment.Reason))
def test_every_reason_has_its_word_and_an_icon_that_is_there(reason):
    mark = standing(Enrolment(state="paused", reason=reason))

    assert mark.word == reason.label
    assert drawings.drawing(mark.icon)
    assert mark.tone in ("", "good", "warn", "bad")


@pytest.mark.parametrize("mark", [*WAITS.values(), *STEPS.values()])
def test_every_wait_and_step_has_an_icon_that_is_there(mark):
    assert drawings.drawing(mark.icon)


@pytest.mark.parametrize(
    ("row", "kind", "word", "at", "until"),
    [
        ({"state": "active", "due_at": NOW}, "mail", "Mail", NOW, ""),
        ({"state": "active", "due_at": NOW}, "task", "Task", NOW, ""),
        ({"state": "active", "waits": "mail"}, "mail", None, None, "when the mail has left"),
        ({"state": "active", "waits": "task"}, "task", None, None, "when the task is done"),
        ({"state": "paused", "reason": "away", "resumes_at": NOW}, "mail", "Goes on by itself", NOW, ""),
        ({"state": "paused", "reason": "mailbox"}, "mail", None, None, "when the mailbox is back"),
        ({"state": "paused", "reason": "by_hand"}, "mail", None, None, "when somebody resumes it"),
        ({"state": "finished", "reason": "completed", "ended_at": NOW, "waits": "mail"}, "", None, NOW, ""),
        ({"state": "stopped", "reason": "bounced", "ended_at": NOW}, "mail", None, NOW, ""),
        ({"state": "active", "due_at": NOW}, "", None, NOW, ""),
    ],
)
def test_what_comes_next_is_told_with_its_moment_or_with_what_it_waits_for(row, kind, word, at, until):
    told = coming(Enrolment(**row), kind)

    assert (told.mark and str(told.mark.word), told.at, str(told.until)) == (word, at, until)


@pytest.mark.parametrize(
    ("values", "whole", "widths"),
    [
        ((202, 118, 26), 202, [150.0, 87.6, 19.3]),
        ((0, 0, 0), 202, [0.0, 0.0, 0.0]),
        ((0, 0, 0), 0, [0.0, 0.0, 0.0]),
        ((5,), 4, [150.0]),
    ],
)
def test_bars_within_each_other_are_as_wide_as_their_numbers(values, whole, widths):
    assert charts.nested(values, whole) == widths


def test_the_table_of_reasons_is_whole():
    assert set(REASONS) == set(Enrolment.Reason)
    assert set(WAITS) == set(Enrolment.Waits)
    assert set(STEPS) == set(Step.Kind)
