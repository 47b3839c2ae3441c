"""Which deal a mail belongs to: a line of the table for each line of DEAL-01 and DEAL-02."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relance.deals.prediction import Candidate, Facts, Prediction, Rule, predict
from relance.deals.rules import State

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deal(number: int, state: str = "open", *, modified: int = 0, created: int = 0) -> Candidate:
    return Candidate(
        deal=number,
        state=State(state),
        modified_at=DAY + timedelta(days=modified),
        created_at=DAY + timedelta(days=created),
    )


@pytest.mark.shows("DEAL-01", "ZDL-06", "ZDL-07", "ZDL-08", "ZDL-09", "C-7")
@pytest.mark.parametrize(
    ("candidates", "expected", "rule"),
    [
        ([], None, Rule.NO_DEAL),
        ([deal(1)], 1, Rule.ONLY_OPEN),
        ([deal(1, modified=1), deal(2, modified=3), deal(3, modified=2)], 2, Rule.LATEST_OPEN),
        ([deal(1, modified=1, created=5), deal(2, modified=1, created=4)], 1, Rule.LATEST_OPEN),
        ([deal(1, modified=1), deal(2, modified=1)], 2, Rule.LATEST_OPEN),
        ([deal(1, "lost")], None, Rule.ONLY_LOST),
        ([deal(1, "lost"), deal(2, "lost")], None, Rule.ONLY_LOST),
        ([deal(1, "won")], 1, Rule.WON),
        ([deal(1, "won", modified=1), deal(2, "won", modified=2)], 2, Rule.WON),
        ([deal(1, "won", modified=1, created=2), deal(2, "won", modified=1, created=1)], 1, Rule.WON),
        ([deal(1, "won"), deal(2, "lost", modified=9)], 1, Rule.WON),
        ([deal(1), deal(2, "won", modified=9)], 1, Rule.ONLY_OPEN),
        ([deal(1), deal(2, "lost", modified=9)], 1, Rule.ONLY_OPEN),
        ([deal(1), deal(2, modified=1), deal(3, "won", modified=9)], 2, Rule.LATEST_OPEN),
    ],
)
def test_a_mail_of_today_goes_to_the_open_deal_that_was_modified_last(candidates, expected, rule):
    assert predict(Facts(candidates=candidates)) == Prediction(deal=expected, rule=rule)


@pytest.mark.shows("DEAL-02", "ZDL-10", "ZDL-11")
@pytest.mark.parametrize(
    ("candidates", "expected", "rule"),
    [
        ([], None, Rule.NO_DEAL),
        ([deal(1)], 1, Rule.PAST),
        ([deal(1, "won")], 1, Rule.PAST),
        ([deal(1, "lost")], None, Rule.ONLY_LOST),
        ([deal(1), deal(2)], None, Rule.SEVERAL_PAST),
        ([deal(1), deal(2, "lost")], None, Rule.SEVERAL_PAST),
        ([deal(1, "won"), deal(2, "won")], None, Rule.SEVERAL_PAST),
    ],
)
def test_mail_of_an_old_mailbox_is_linked_only_where_there_was_no_choice(candidates, expected, rule):
    assert predict(Facts(candidates=candidates, is_past=True)) == Prediction(deal=expected, rule=rule)


@pytest.mark.shows("DEAL-01", "C-7")
def test_what_is_written_on_a_deals_page_belongs_to_that_deal():
    facts = Facts(candidates=[deal(1, modified=9)], written_on=7, of_thread=8)

    assert predict(facts) == Prediction(deal=7, rule=Rule.WRITTEN_HERE)


@pytest.mark.shows("DEAL-01")
@pytest.mark.parametrize("is_past", [False, True])
def test_an_answer_follows_the_deal_of_its_thread(is_past):
    facts = Facts(candidates=[deal(1, modified=9)], of_thread=8, is_past=is_past)

    assert predict(facts) == Prediction(deal=8, rule=Rule.THREAD)
