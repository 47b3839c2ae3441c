"""Templates are ranked by what they brought, never by noise."""

from __future__ import annotations

import pytest

from relance.mail.recommending import Record, are_apart, beside, rated, recommended


def known(*rows):
    return [Record(key=key, seen=seen, worked=worked) for key, (seen, worked) in enumerate(rows, start=1)]


@pytest.mark.shows("TPL-05", "D365-08")
@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([], None),
        ([(0, 0)], None),
        ([(3, 3), (400, 80)], None),  # three of three is luck
        ([(29, 29), (400, 80)], None),  # one short of enough
        ([(400, 80), (400, 84)], None),  # a difference that chance explains
        ([(400, 160), (400, 80)], 1),
        ([(30, 29), (400, 80)], 1),
        ([(100, 90), (1000, 850), (1000, 300)], 2),  # the surer one before the higher one
        ([(500, 250)], None),  # alone it is as usual as itself
    ],
)
def test_the_best_is_proposed_only_where_chance_does_not_explain_it(rows, best):
    proposed = recommended(known(*rows))

    assert (proposed.key if proposed else None) == best


@pytest.mark.shows("TPL-05")
@pytest.mark.parametrize(
    ("seen", "worked", "percents", "is_enough"),
    [
        (0, 0, (20, 6, 34), False),
        (3, 3, (30, 15, 46), False),
        (80, 16, (20, 13, 27), True),
        (980, 196, (20, 18, 22), True),
    ],
)
def test_a_rate_is_drawn_towards_the_usual_one_and_says_how_sure_it_is(seen, worked, percents, is_enough):
    others = [Record(key=9, seen=10_000_000, worked=2_000_000)]

    (told,) = [each for each in rated([Record(key=1, seen=seen, worked=worked), *others]) if each.key == 1]

    assert (told.percent, told.is_enough) == (percents, is_enough)


@pytest.mark.shows("TPL-05")
def test_a_template_stands_beside_the_best_of_those_that_have_enough_and_says_whether_chance_stands_between_them():
    many = known((400, 80), (400, 160), (400, 84), (400, 20), (5, 5))

    first, *others = beside(many, 1)
    (lone,) = beside(known((3, 1)), 1)

    assert [each.key for each in (first, *others)] == [1, 2, 3]
    assert [are_apart(first, other) for other in others] == [True, False]
    assert not are_apart(lone, first)
