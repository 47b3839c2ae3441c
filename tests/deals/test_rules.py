"""What moves, silence and sums mean."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.deals import rules
from relance.deals.rules import Place, State, Step

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.shows("REC-04")


def place(position=0, state=State.OPEN, pipeline=1):
    return Place(pipeline=pipeline, position=position, state=state)


@pytest.mark.parametrize(
    ("source", "target", "means"),
    [
        (None, place(), Step.MADE),
        (place(0), place(2), Step.FORWARD),
        (place(2), place(1), Step.BACK),
        (place(3), place(state=State.WON), Step.WON),
        (place(3), place(state=State.LOST), Step.LOST),
        (place(state=State.WON), place(state=State.LOST), Step.LOST),
        (place(state=State.LOST), place(1), Step.REOPENED),
        (place(0), place(0, pipeline=2), Step.ELSEWHERE),
    ],
)
def test_a_move_has_one_meaning(source, target, means):
    assert rules.step(source, target) is means


@pytest.mark.parametrize(
    ("state", "won", "lost"), [(State.OPEN, None, None), (State.WON, AT, None), (State.LOST, None, AT)]
)
def test_only_a_closed_deal_has_a_date_of_its_end(state, won, lost):
    ended = rules.ended(state, at=AT)

    assert (ended.won_at, ended.lost_at) == (won, lost)


@pytest.mark.parametrize(
    ("silence", "days"),
    [
        (timedelta(days=13, hours=23), 0),
        (timedelta(days=14), 14),
        (timedelta(days=18, hours=5), 18),
    ],
)
def test_a_deal_is_quiet_after_so_many_whole_days(silence, days):
    assert rules.quiet_days(AT - silence, AT, after=14) == days


def test_nothing_is_quiet_where_no_limit_is_set():
    assert rules.quiet_days(AT - timedelta(days=400), AT, after=0) == 0


def test_sums_are_never_added_across_currencies():
    rows = [("EUR", 2, Decimal("100.50"), 50), ("GBP", 1, Decimal(900), 10), ("EUR", 1, Decimal("49.50"), 90)]

    found = rules.totals(rows)

    assert [(one.currency, one.count, one.amount, one.weighted) for one in found] == [
        ("GBP", 1, Decimal(900), Decimal("90.00")),
        ("EUR", 3, Decimal("150.00"), Decimal("94.80")),
    ]


@given(st.integers(-(2**40), 2**40), st.integers(0, 2**20))
def test_a_place_between_two_cards_lies_between_them_or_says_that_there_is_no_room(above, gap):
    found = rules.between(above, above + gap)

    assert (found is None) == (gap < 2)
    assert found is None or above < found < above + gap


def test_the_ends_of_a_column_are_open():
    assert rules.between(None, None) == 0
    assert rules.between(None, 5) < 5
    assert rules.between(5, None) > 5


def test_a_column_laid_out_anew_keeps_its_order():
    places = rules.laid_out([9, 4, 7])

    assert sorted(places, key=places.get) == [9, 4, 7]


def facts(touched=AT, **mails):
    return rules.Facts(created_at=AT, touched_at=touched, **mails)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("known", "now", "sign", "quiet"),
    [
        (facts(), AT + HOUR, "new", 0),
        (facts(), AT + timedelta(days=2), "added", 0),
        (facts(), AT + timedelta(days=20), "added", 20),
        (facts(touched=AT + timedelta(days=19)), AT + timedelta(days=20), "touched", 0),
        (facts(sent_at=AT + HOUR), AT + 2 * HOUR, "sent", 0),
        (facts(sent_at=AT + HOUR, opened_at=AT + 2 * HOUR), AT + 3 * HOUR, "opened", 0),
        (facts(sent_at=AT + HOUR, bounced_at=AT + 2 * HOUR), AT + 3 * HOUR, "bounced", 0),
        (facts(replied_at=AT + 3 * HOUR, opened_at=AT + 2 * HOUR), AT + timedelta(days=16), "replied", 15),
        (facts(opened_at=AT - HOUR), AT + HOUR, "new", 0),
    ],
)
def test_the_pulse_of_a_deal_is_its_last_sign(known, now, sign, quiet):
    found = rules.pulse(known, now, after=14)

    assert (found.sign, found.quiet) == (sign, quiet)


def test_time_in_a_stage_adds_up_over_all_visits():
    day = timedelta(days=1)
    moves = [(1, AT), (2, AT + 3 * day), (1, AT + 4 * day), (3, AT + 9 * day)]

    found = rules.stays(moves, AT + 10 * day)

    assert {stage: stay.spent.days for stage, stay in found.items()} == {1: 8, 2: 1, 3: 1}
    assert found[1].since == AT + 4 * day
