"""Charts drawn on the server: widths true to the counts."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from relance.web.charts import Column, Part, columns, day, line, nice_ceiling, partition

pytestmark = pytest.mark.shows("MASS-08")


def test_the_parts_of_a_row_are_as_wide_as_their_counts():
    drawing = partition([[Part(word="Delivered", count=900), Part(word="Bounced", count=100, tone="c4")]], 1000)

    assert [(bar.x, bar.width) for bar in drawing.bars] == [(0, 990), (990, 110)]


def test_the_second_row_starts_at_the_left_and_keeps_the_scale():
    drawing = partition([[Part(word="Delivered", count=1000)], [Part(word="Opened", count=250)]], 1000)

    assert (drawing.bars[1].x, drawing.bars[1].width, drawing.bars[1].y) == (0, 275, 36)


def test_an_empty_part_is_not_drawn():
    drawing = partition([[Part(word="Delivered", count=10), Part(word="Bounced", count=0)]], 10)

    assert [bar.said for bar in drawing.bars] == ["Delivered 10"]


def test_a_mail_sent_to_nobody_draws_nothing():
    assert partition([[Part(word="Delivered", count=0)]], 0).bars == ()


def test_a_narrow_last_part_says_its_words_in_its_neighbour():
    drawing = partition([[Part(word="Delivered", count=980), Part(word="not delivered", count=20, href="/x")]], 1000)
    narrow = drawing.bars[1]

    assert (narrow.label, narrow.aside, narrow.href) == ("", "not delivered 20 ›", "/x")
    assert narrow.aside_x < narrow.x


def test_columns_stand_on_each_other_from_zero():
    drawing = columns([Column(word="9", values=(10, 5))], ["c1", "c2"])
    low, high = drawing.bars

    assert low.y + low.height == pytest.approx(168)
    assert high.y + high.height == pytest.approx(low.y)
    assert low.height == pytest.approx(2 * high.height)


def test_words_below_columns_never_touch():
    week = [Column(word=f"{day} Nov", values=(1,)) for day in range(16, 23)]

    wide, narrow = columns(week, ["c1"], width=680), columns(week, ["c1"], width=240)

    assert (len(wide.names), len(narrow.names)) == (7, 4)


def test_machines_are_hatched():
    drawing = columns([Column(word="9", values=(1, 2))], ["c1", "c5"])

    assert [bar.hatched for bar in drawing.bars] == [False, True]


@pytest.mark.parametrize(("highest", "ceiling"), [(0, 2), (2, 2), (3, 4), (9, 10), (75, 80), (113, 120), (1000, 1000)])
def test_the_top_line_is_a_round_even_number(highest, ceiling):
    assert nice_ceiling(highest) == ceiling


def test_no_value_stands_above_the_top_line():
    assert all(nice_ceiling(n) >= n and nice_ceiling(n) % 2 == 0 for n in range(2, 3000))


def test_a_curve_of_one_value_still_has_a_path():
    path, area = line([3])

    assert path.startswith("M0.0 ")
    assert area.endswith("Z")


def test_a_partition_is_drawn_for_a_desk_and_for_a_phone_and_its_parts_lead_to_their_people():
    rows = [[Part(word="<Delivered>", count=1000, href="/people/delivered")]]

    html = Template("{% load charts %}{% partition rows 1000 'all' %}").render(Context({"rows": rows}))

    assert html.count('<a href="/people/delivered"') == 2
    assert "only-desk" in html
    assert "only-phone" in html
    assert "&lt;Delivered&gt; 1,000" in html


@pytest.mark.shows("ENG-04")
def test_the_hours_of_a_day_stand_before_the_hours_of_work_and_the_best_is_marked():
    counts = [0] * 9 + [4, 1] + [0] * 13

    drawn = day(counts, opens=9, closes=17.5, best=9, width=240, height=46)

    assert [(bar.tone, bar.height) for bar in drawn.bars] == [("c3", 26.0), ("c1", 6.5)]
    assert (drawn.work_x, drawn.work_width, drawn.floor) == (90.0, 85.0, 30.0)
    assert [name for _x, name in drawn.names] == ["0\u00a0h", "6\u00a0h", "12\u00a0h", "18\u00a0h"]
